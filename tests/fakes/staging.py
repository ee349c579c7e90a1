"""The staging bucket in memory: objects disappear after seven days."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from shared.core.clock import Clock
from shared.core.errors import NotFound

LIFETIME = timedelta(days=7)
CHUNK = 64 * 1024


class MemoryStaging:
    """See `Staging`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.objects: dict[str, tuple[bytes, str, datetime]] = {}

    def put(self, name: str, data: bytes, content_type: str) -> None:
        """See `Staging`."""
        self.objects[name] = (data, content_type, self._clock.now())

    def size(self, name: str) -> tuple[int, str] | None:
        """See `Staging`."""
        found = self._live(name)
        return (len(found[0]), found[1]) if found else None

    @contextmanager
    def read(self, name: str) -> Iterator[Iterator[bytes]]:
        """See `Staging`."""
        found = self._live(name)
        if found is None:
            raise NotFound(f"no staged object {name}")
        yield (found[0][start : start + CHUNK] for start in range(0, len(found[0]), CHUNK))

    def delete(self, name: str) -> None:
        """See `Staging`."""
        self.objects.pop(name, None)

    def _live(self, name: str) -> tuple[bytes, str, datetime] | None:
        found = self.objects.get(name)
        return found if found and self._clock.now() < found[2] + LIFETIME else None
