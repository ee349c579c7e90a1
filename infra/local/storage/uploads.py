"""Resumable uploads: a session that takes bytes in chunks and can be asked how far it is.

cloud.google.com/storage/docs/performing-resumable-uploads: a session lives a week; every chunk but the last has a
multiple of 256 KiB; 308 with `Range: bytes=0-N` says what is kept.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from infra.local.clock import AdjustableClock
from infra.local.storage.content import Content
from infra.local.storage.errors import Refusal, invalid
from infra.local.storage.objects import Objects
from infra.local.storage.preconditions import Preconditions
from infra.local.storage.store import Resource, Store

UNIT = 256 * 1024
LIFETIME = 7 * 86400.0
RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


class Progress(NamedTuple):
    """How many bytes are kept, or the object when it is complete."""

    kept: int
    made: Resource | None = None


class ContentRange(NamedTuple):
    """A `Content-Range` header. `first` None: no bytes, a question only. `total` None: not known yet."""

    first: int | None
    end: int
    total: int | None

    @classmethod
    def parse(cls, header: str, length: int) -> ContentRange:
        """No header stands for all bytes at once. Raises 400."""
        if not header:
            return cls(0, length, length)
        match = RANGE.fullmatch(header)
        if not match:
            raise invalid(f"Failed to parse Content-Range header: {header[:100]}")
        total = None if match[3] == "*" else int(match[3])
        if match[1] is None:
            return cls(None, 0, total)
        first, end = int(match[1]), int(match[2]) + 1
        if end <= first or end - first != length or (total is not None and end > total):
            raise invalid("The Content-Range header does not fit the body.")
        return cls(first, end, total)

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after these bytes."""
        return self.first is not None and self.end == self.total


class Uploads:
    """The sessions. Operations raise `Refusal`."""

    def __init__(self, store: Store, objects: Objects, clock: AdjustableClock) -> None:
        self._store = store
        self._objects = objects
        self._clock = clock

    def begin(self, bucket: str, resource: Resource, conditions: Preconditions, length: int | None) -> str:
        """A new session's id. Preconditions are checked now, and again at the end. `length`: the announced size."""
        self._objects.check_insert(bucket, resource, conditions)
        path, upload_id = self._store.new_file(), uuid.uuid4().hex
        path.touch()
        session = {"bucket": bucket, "resource": resource, "conditions": asdict(conditions), "length": length}
        self._store.put_upload(upload_id, self._clock.time(), path, session)
        return upload_id

    def take(self, upload_id: str, span: ContentRange, data: bytes, hashes: Resource) -> Progress:
        """Keep a chunk; the last one makes the object. Without bytes: only tell."""
        with self._store.lock:
            created, path, session = self._session(upload_id)
            if session.get("made"):
                return Progress(0, session["made"])
            kept = path.stat().st_size
            if span.first is not None:
                self._check(span, kept, session["length"])
                with path.open("ab") as file:
                    file.write(data)
                kept = span.end
            if kept != span.total:
                return Progress(kept)
            made = self._finish(session, path, hashes)
            self._store.put_upload(upload_id, created, path, session | {"made": made})
            return Progress(kept, made)

    def cancel(self, upload_id: str) -> None:
        """The session and its bytes are gone."""
        with self._store.lock:
            _, path, session = self._session(upload_id)
            self._store.delete_upload(upload_id)
            if not session.get("made"):
                path.unlink()

    def _session(self, upload_id: str) -> tuple[float, Path, Resource]:
        found = self._store.upload(upload_id)
        if not found:
            raise Refusal(404, "notFound", "No such upload session.")
        if self._clock.time() - found[0] > LIFETIME:
            raise Refusal(410, "gone", "The upload session has expired.")
        return found

    def _check(self, span: ContentRange, kept: int, announced: int | None) -> None:
        """Refuse a chunk before its bytes are kept."""
        if span.first != kept:
            raise invalid(f"Invalid request. The next byte that is expected is {kept}.")
        if span.total is not None and announced not in (None, span.total):
            raise invalid("The total size is not the one that X-Upload-Content-Length has announced.")
        if not span.is_last and (span.end - kept) % UNIT:
            raise invalid(
                "Invalid request. The number of bytes uploaded is required to be a multiple of 262144, "
                "except for the final request."
            )

    def _finish(self, session: Resource, path: Path, hashes: Resource) -> Resource:
        content = Content.read(path)
        content.verify(hashes)
        conditions = Preconditions(**session["conditions"])
        return self._objects.insert(session["bucket"], session["resource"], content, conditions)
