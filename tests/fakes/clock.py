"""Time and ids that a test decides."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class VirtualClock:
    """Time that passes only when told to, or when somebody sleeps."""

    def __init__(self, start: datetime = datetime(2026, 11, 25, 12, tzinfo=UTC)) -> None:
        self._now = start
        self._lock = threading.Lock()
        self.moved: Callable[[], None] = lambda: None  #: who lives in this time too

    def now(self) -> datetime:
        """See `Clock`."""
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """See `Clock`: time passes at once."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        with self._lock:
            self._now += timedelta(seconds=seconds)
        self.moved()

    def advance_to(self, moment: datetime) -> None:
        """Let time pass until a moment; one that is over changes nothing."""
        with self._lock:
            self._now = max(self._now, moment)
        self.moved()


class CountingIds:
    """Ids that are unique and the same in every run. Thread-safe."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def new(self) -> str:
        """See `Ids`."""
        return f"id{next(self._numbers):030d}"

    def token(self) -> str:
        """See `Ids`."""
        return f"token{next(self._numbers):038d}"
