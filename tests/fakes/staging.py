"""The staging bucket in memory: objects disappear after seven days."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from shared.core.clock import Clock
from shared.core.errors import NotFound
from shared.generation.ports import Body

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

    def put_stream(self, name: str, chunks: Iterator[bytes], size: int, content_type: str) -> None:
        """See `Staging`."""
        self.put(name, b"".join(chunks), content_type)

    @contextmanager
    def read(self, name: str, first: int = 0) -> Iterator[Body]:
        """See `Staging`."""
        found = self._live(name)
        if found is None:
            raise NotFound(f"no staged object {name}")
        data = found[0]
        yield Body(chunks=(data[at : at + CHUNK] for at in range(first, len(data), CHUNK)), total=len(data))

    def delete(self, name: str) -> None:
        """See `Staging`."""
        self.objects.pop(name, None)

    def _live(self, name: str) -> tuple[bytes, str, datetime] | None:
        found = self.objects.get(name)
        return found if found and self._clock.now() < found[2] + LIFETIME else None
