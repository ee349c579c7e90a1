"""Rate limits: a token bucket per key, in this process's memory.

Approximate on purpose: each instance counts for itself and nothing is written to the database, so that a flood cannot
cause writes. The edge has a limit of its own in front of this one.
"""

from __future__ import annotations

import math
import threading

from shared.core.clock import Clock
from shared.core.errors import RateLimited

MAX_KEYS = 10_000  #: more keys than this at once are a flood of addresses: the fullest buckets are forgotten


class RateLimits:
    """Buckets of `per_minute` tokens that refill steadily. Thread-safe."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}  # key: (tokens, at)

    def take(self, key: str) -> None:
        """Use one token. Raises `RateLimited` with `retryAfter` in whole seconds."""
        now = self._clock.now().timestamp()
        with self._lock:
            tokens, at = self._buckets.get(key, (float(self._per_minute), now))
            tokens = min(float(self._per_minute), tokens + (now - at) * self._per_minute / 60)
            if tokens < 1:
                raise RateLimited(f"rate limit of {key}", retryAfter=math.ceil((1 - tokens) * 60 / self._per_minute))
            self._buckets[key] = (tokens - 1, now)
            if len(self._buckets) > MAX_KEYS:
                self._forget()

    def _forget(self) -> None:
        fullest = sorted(self._buckets, key=lambda key: self._buckets[key][0], reverse=True)
        for key in fullest[: MAX_KEYS // 2]:
            del self._buckets[key]
