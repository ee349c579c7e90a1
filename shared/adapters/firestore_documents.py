"""Documents in Firestore.

Optimistic commits only. Two transactions that read and then write one document deadlock in the emulator for two
seconds, and the client's own retry around `commit` can turn our own success into a failed precondition; so the commit
runs with `retry=None`, and `shared.core.documents.change` decides what happens next.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.core.documents import (
    Conflicted,
    Create,
    Delete,
    Key,
    OutcomeUnknown,
    Query,
    Snapshot,
    Version,
    Write,
    to_document,
)
from shared.core.errors import Unavailable

COMMAND = "_command"  #: the field that tells which command wrote a document last
READ_TIMEOUT_S = 20
COMMIT_TIMEOUT_S = 20
REFUSED = (exceptions.FailedPrecondition, exceptions.Aborted, exceptions.AlreadyExists, exceptions.NotFound)
_JITTER = random.Random()  # noqa: S311 not a secret
UNKNOWN = (exceptions.ServerError, exceptions.RetryError, exceptions.TooManyRequests, exceptions.Cancelled)


class FirestoreDocuments:
    """See `Documents`."""

    def __init__(self, project: str) -> None:
        self._client = firestore.Client(project=project)

    def get(self, keys: Sequence[Key]) -> list[Snapshot]:
        """See `Documents`."""
        references = [self._reference(key) for key in keys]
        with _unavailable():
            found = {f"{s.reference.path}": s for s in self._client.get_all(references, timeout=READ_TIMEOUT_S)}
        return [_snapshot(key, found[reference.path]) for key, reference in zip(keys, references, strict=True)]

    def find(self, query: Query) -> list[Snapshot]:
        """See `Documents`."""
        with _unavailable():
            return [
                _snapshot(Key(query.collection, found.id), found)
                for found in self._query(query).stream(timeout=READ_TIMEOUT_S)
            ]

    def count(self, query: Query) -> int:
        """See `Documents`."""
        with _unavailable():
            return int(self._query(query).count().get(timeout=READ_TIMEOUT_S)[0][0].value)

    def commit(self, writes: Sequence[Write], command: str) -> None:
        """See `Documents`."""
        batch = self._client.batch()
        for item in writes:
            self._add(batch, item, command)
        try:
            batch.commit(retry=None, timeout=COMMIT_TIMEOUT_S)
        except REFUSED as error:
            raise Conflicted(type(error).__name__) from error
        except UNKNOWN as error:
            raise OutcomeUnknown(type(error).__name__) from error

    def wait(self, key: Key, seen: Version, seconds: float) -> Snapshot:
        """See `Documents`: a listener, so that nothing is read while nothing changes."""
        changed = threading.Event()

        def look(snapshots: Sequence[Any], *_: object) -> None:
            if any(not snapshot.exists or snapshot.update_time != seen for snapshot in snapshots):
                changed.set()

        watch = self._reference(key).on_snapshot(look)
        try:
            changed.wait(seconds)
        finally:
            watch.unsubscribe()
        return self.get([key])[0]

    def pause(self, attempt: int) -> None:
        """See `Documents`: up to 10 ms, later 20 ms per attempt: 50 parallel changes end even on a busy machine."""
        time.sleep(_JITTER.uniform(0, 0.01 * attempt if attempt <= 8 else 0.02 * attempt))

    def _reference(self, key: Key) -> Any:
        return self._client.collection(key.collection).document(key.id)

    def _query(self, query: Query) -> Any:
        built: Any = self._client.collection(query.collection)
        for name, operator, value in query.where:
            built = built.where(filter=FieldFilter(name, operator, value))
        for name, descending in query.order:
            built = built.order_by(name, direction="DESCENDING" if descending else "ASCENDING")
        if query.order:
            built = built.order_by("__name__", direction="DESCENDING" if query.order[-1][1] else "ASCENDING")
        if query.after is not None:
            cursor = {name: value for (name, _), value in zip(query.order, query.after, strict=False)}
            built = built.start_after({**cursor, "__name__": self._reference(Key(query.collection, query.after[-1]))})
        return built.limit(query.limit)

    def _add(self, batch: Any, item: Write, command: str) -> None:
        reference = self._reference(item.key)
        if isinstance(item, Create):
            batch.create(reference, {**to_document(item.value), COMMAND: command})
            return
        unchanged = self._client.write_option(last_update_time=item.snapshot.version)
        if isinstance(item, Delete):
            batch.delete(reference, option=unchanged)
            return
        document = {**to_document(item.value), COMMAND: command}
        gone = set(item.snapshot.data or ()) - set(document)
        batch.update(reference, {**document, **dict.fromkeys(gone, firestore.DELETE_FIELD)}, option=unchanged)


@contextmanager
def _unavailable() -> Iterator[None]:
    try:
        yield
    except (*UNKNOWN, exceptions.Aborted) as error:
        raise Unavailable(f"Firestore: {type(error).__name__}") from error


def _snapshot(key: Key, found: Any) -> Snapshot:
    if not found.exists:
        return Snapshot(key)
    data = _plain(found.to_dict())
    command = data.pop(COMMAND, None)
    return Snapshot(key, data, found.update_time, command)


def _plain(value: Any) -> Any:
    """Firestore's times have nanoseconds and a class of their own: make them ordinary UTC times."""
    if isinstance(value, datetime):
        moment = value.astimezone(UTC)
        return datetime.combine(moment.date(), moment.time(), UTC)
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
