"""Named boundaries of the engine, where a test kills the process: `CRASH_AT=T2:after` and a journal file.

The process ends by SIGKILL, as when a machine dies: nothing is cleaned up. Only on a local cloud, and only the first
time: the journal says that the point was reached, and a process that comes after goes on.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

from shared.core.config import Config


def crash_points(env: Mapping[str, str], config: Config) -> Callable[[str], None]:
    """What the engine calls at each boundary: nothing, unless the environment of a local cloud names one."""
    wanted, journal = env.get("CRASH_AT"), env.get("CRASH_JOURNAL")
    if not (wanted and journal and config.is_local):
        return _nothing

    def reach(name: str) -> None:
        path = Path(journal)
        if name != wanted or path.exists():
            return
        with path.open("x") as file:
            file.write(f"{name} {os.getpid()}\n")
            file.flush()
            os.fsync(file.fileno())
        os.kill(os.getpid(), signal.SIGKILL)

    return reach


def _nothing(_: str) -> None:
    """Most processes have no crash point."""
