"""The time that an emulator lives in: real time plus what a test or a person has added."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class AdjustableClock:
    """Real time that can be moved forward, so that a day-old link can be had in a moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ahead = 0.0

    def time(self) -> float:
        """Seconds since the epoch, in this clock's time."""
        with self._lock:
            return time.time() + self._ahead

    def now(self) -> datetime:
        """The same as an aware UTC datetime."""
        return datetime.fromtimestamp(self.time(), UTC)

    def advance(self, seconds: float) -> None:
        """Move forward. Time never goes back: ValueError for a negative amount."""
        if seconds < 0:
            raise ValueError("time does not go back")
        with self._lock:
            self._ahead += seconds
