"""Faults that a test or a person switches on: which one, for whom, how many times.

A fault is a name from the emulator's documented list, a `match` (facts of a request that must all be
equal, such as the account) and a number of times. What the name does is the emulator's affair.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Fault:
    """One switched-on fault. `times` counts down; a negative number means until it is cleared.

    `every`: of so many requests that fit, the last one has it.
    """

    name: str
    times: int = 1
    match: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    every: int = 1
    seen: int = 0  #: requests that fitted so far


class Faults:
    """The faults that are on. Unknown names are refused, so that a test cannot switch on nothing."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known
        self._lock = threading.Lock()
        self._on: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Switch a fault on. Raises ValueError for a name that this emulator does not know."""
        if fault.name not in self._known:
            raise ValueError(f"unknown fault {fault.name!r}; known: {', '.join(sorted(self._known))}")
        with self._lock:
            self._on.append(fault)

    def take(self, name: str, **facts: Any) -> dict[str, Any] | None:
        """Use up one occurrence of a fault that fits the facts: its parameters, or None."""
        with self._lock:
            for fault in self._on:
                fits = all(facts.get(key) == value for key, value in fault.match.items())
                if fault.name != name or fault.times == 0 or not fits:
                    continue
                fault.seen += 1
                if fault.seen % fault.every == 0:
                    fault.times -= 1
                    return fault.params
        return None

    def clear(self) -> None:
        """Switch everything off."""
        with self._lock:
            self._on.clear()
