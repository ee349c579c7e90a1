"""Several emulators in one process: `python -m infra.local.together MODULE OPTIONS… + MODULE OPTIONS…`.

They share what they import, which is most of their memory and of the time that they take to start.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from infra.local.control import Started, run_until_signalled

PLUS = "+"


def start(words: Sequence[str]) -> Started:
    """Start each with its own options; they end together, the last one first."""
    started: list[Started] = [
        importlib.import_module(f"{module}.__main__").start(options) for module, *options in groups(words)
    ]

    def stop() -> None:
        for _, end in reversed(started):
            end()

    return " ".join(ready for ready, _ in started), stop


def groups(words: Sequence[str]) -> list[list[str]]:
    """The words between the pluses."""
    found: list[list[str]] = [[]]
    for word in words:
        if word == PLUS:
            found.append([])
        else:
            found[-1].append(word)
    return found


if __name__ == "__main__":
    run_until_signalled(*start(sys.argv[1:]))
