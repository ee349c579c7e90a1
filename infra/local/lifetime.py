"""A process that ends with the one that started it, even by SIGKILL."""

from __future__ import annotations

import shutil
import threading


def dying_with_parent(signal_name: str) -> list[str]:
    """What to put before a command: Linux's setpriv, which asks the kernel for the signal and becomes the command.

    Not `preexec_fn`: that runs Python between fork and exec, and in a process with threads it can wait for ever for a
    lock that another thread held. The kernel minds the thread that started the command, so only the main thread's live.
    """
    setpriv = shutil.which("setpriv") if threading.current_thread() is threading.main_thread() else None
    return [setpriv, "--pdeathsig", signal_name] if setpriv else []
