"""Starts the parts, waits until each is ready, and ends them all: on demand, when one crashes, or with its death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from typing import TextIO

from infra.local.lifetime import dying_with_parent
from infra.local.parts import Part

ROOT = Path(__file__).parents[2]
START_SECONDS = 90.0
STOP_SECONDS = 15.0
COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95)


class PartFailed(Exception):
    """A part did not start, or ended by itself; the message has its last lines."""


class Running:
    """One part: a process in a session of its own, whose lines are logged."""

    def __init__(self, part: Part, logs: Path, echo: TextIO | None, colour: int) -> None:
        self.part = part
        self.last: deque[str] = deque(maxlen=15)
        self._ready = threading.Event()
        self._log = (logs / f"{part.name}.log").open("a", encoding="utf-8")
        self._echo = echo
        self._prefix = f"\x1b[{colour}m{part.name:>10}\x1b[0m " if echo and echo.isatty() else f"{part.name:>10} "
        self.process = subprocess.Popen(
            [*dying_with_parent("KILL"), sys.executable, "-u", "-m", part.module, *part.options],
            cwd=ROOT,
            env={**os.environ, **part.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        """Until it has printed its line. Raises `PartFailed`."""
        if not self._ready.wait(seconds) or self.process.poll() is not None:
            raise PartFailed(self.obituary("did not start"))

    def obituary(self, what: str) -> str:
        """What happened, with the last lines of its log."""
        lines = "\n".join(f"    {line}" for line in self.last)
        return f"{self.part.name} {what} (status {self.process.poll()}). Its last lines:\n{lines}"

    def stop(self, signal_number: int = signal.SIGTERM) -> None:
        """End it and what it has started."""
        if self.process.poll() is None:
            _signal_group(self.process.pid, signal_number)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                _signal_group(self.process.pid, signal.SIGKILL)
                self.process.wait()
        _signal_group(self.process.pid, signal.SIGKILL)
        self._reader.join(STOP_SECONDS)
        assert self.process.stdout
        self.process.stdout.close()
        self._log.close()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            text = line.rstrip("\n")
            self.last.append(text)
            self._log.write(f"{text}\n")
            self._log.flush()
            if self._echo:
                self._echo.write(f"{self._prefix}{text}\n")
                self._echo.flush()
            if text == "ready" or text.startswith("ready "):
                self._ready.set()
        self._ready.set()  # it has ended: nobody need wait any longer


class Supervisor:
    """The parts by name. `echo`: where their lines are shown."""

    def __init__(self, logs: Path, echo: TextIO | None = None) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self._logs = logs
        self._echo = echo
        self._running: dict[str, Running] = {}

    def start(self, parts: list[Part]) -> None:
        """Start them side by side, and wait until all are ready. Raises `PartFailed`."""
        started = [self._start(part) for part in parts]
        for running in started:
            running.wait_ready()

    def restart(self, name: str, part: Part | None = None) -> None:
        """End a part and start it again, perhaps otherwise."""
        running = self._running.pop(name)
        running.stop()
        self.start([part or running.part])

    def names(self) -> list[str]:
        """The parts that run."""
        return list(self._running)

    def pid(self, name: str) -> int:
        """The process of a part."""
        return self._running[name].process.pid

    def failed(self, *, but: tuple[str, ...] = ()) -> str | None:
        """What to say of a part that has ended by itself; None while all live."""
        for name, running in self._running.items():
            if name not in but and running.process.poll() is not None:
                return running.obituary("ended by itself")
        return None

    def wait_end(self, name: str, seconds: float) -> int:
        """Until a part has ended by itself; its status. Raises subprocess.TimeoutExpired."""
        return self._running[name].process.wait(seconds)

    def stop(self) -> None:
        """End everything, the last started first; each is given its time, all at once."""
        parts = list(reversed(self._running.items()))
        self._running.clear()
        for name, running in parts:
            if name.startswith(("gateway", "scheduler")):
                running.stop()
        threads = [
            threading.Thread(target=running.stop)
            for name, running in parts
            if not name.startswith(("gateway", "scheduler"))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _start(self, part: Part) -> Running:
        running = Running(part, self._logs, self._echo, COLOURS[len(self._running) % len(COLOURS)])
        self._running[part.name] = running
        return running


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return  # all of it has ended
