"""An emulator's command as a process, for tests of what survives its end."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Command:
    """`python -m infra.local.NAME --state DIR`. `addresses` are those of its line `ready ...`."""

    def __init__(self, name: str, state: Path, *options: str) -> None:
        command = [sys.executable, "-m", f"infra.local.{name}", "--state", str(state), *options]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        ready, *self.addresses = self._process.stdout.readline().split() or [""]
        assert ready == "ready", "the command did not start"

    def line(self) -> str:
        """The next line that it prints; waits for it."""
        assert self._process.stdout
        return self._process.stdout.readline()

    def kill(self) -> None:
        """End it as a crash does."""
        self._end(signal.SIGKILL)

    def terminate(self) -> int:
        """End it as a supervisor does; its exit status."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        assert self._process.stdout
        self._process.send_signal(number)
        status = self._process.wait(20)
        self._process.stdout.close()
        return status
