"""What an emulator was asked and what it did: the evidence that tests judge by.

A secret is never kept as it came: `fingerprint` stands for it, so that a test can prove that a certain
secret was really used without the journal becoming a place where secrets leak.
"""

from __future__ import annotations

import hashlib
import threading
from typing import Any


def fingerprint(secret: str) -> str:
    """A stand-in for a secret that tells whether two are equal."""
    return "sha256:" + hashlib.sha256(secret.encode()).hexdigest()[:32]


class Journal:
    """An append-only list of events. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: list[dict[str, Any]] = []

    def add(self, event: str, **facts: Any) -> None:
        """Record what happened; the number `n` counts from 1."""
        with self._lock:
            self._events.append({"n": len(self._events) + 1, "event": event, **facts})

    def events(self, event: str | None = None) -> list[dict[str, Any]]:
        """All events, or those of one kind, oldest first."""
        with self._lock:
            return [dict(entry) for entry in self._events if event in (None, entry["event"])]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._events.clear()
