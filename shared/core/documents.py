"""The one database port: documents with optimistic, atomic changes.

A change of state is never a held transaction. `change` reads the documents it depends on, lets a pure function decide,
and commits all writes at once; every write says which version it was based on. On a conflict it reads again. When the
outcome of a commit is unknown it reads again too, and recognises its own command by the id that is stamped on every
document it wrote. So `decide` may run more than once, and must be pure.

A document is a flat or nested map of None, bool, int, float, str, bytes, aware datetimes, lists and maps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

import msgspec

from shared.core.errors import NotFound, Unavailable
from shared.core.ids import is_document_id

T = TypeVar("T")
Version = Any  #: opaque: what the store needs to recognise that a document has not changed
MAX_ATTEMPTS = 20  #: 50 parallel changes of one document needed 8 (measured)


@dataclass(frozen=True, order=True)
class Key:
    """Which document. Raises `NotFound` for an id that no document can have, so that ids from outside are safe."""

    collection: str
    id: str

    def __post_init__(self) -> None:
        if not is_document_id(self.id):
            raise NotFound(f"not an id of {self.collection}")


@dataclass(frozen=True)
class Snapshot:
    """A document as it was read. `data` is None when there is none."""

    key: Key
    data: Mapping[str, Any] | None = None
    version: Version = None
    command: str | None = None  #: the command that wrote it last

    @property
    def exists(self) -> bool:
        """Whether there is a document."""
        return self.data is not None

    def read(self, kind: type[T]) -> T:
        """The document as a Struct. Raises `NotFound` when there is none."""
        if self.data is None:
            raise NotFound(f"no document {self.key.collection}/{self.key.id}")
        return msgspec.convert(self.data, kind)

    def read_or_none(self, kind: type[T]) -> T | None:
        """The document as a Struct, or None."""
        return self.read(kind) if self.exists else None


@dataclass(frozen=True)
class Create:
    """Write a document that must not exist yet."""

    key: Key
    value: msgspec.Struct


@dataclass(frozen=True)
class Replace:
    """Write a document that must still be as it was read."""

    snapshot: Snapshot
    value: msgspec.Struct

    @property
    def key(self) -> Key:
        """Which document."""
        return self.snapshot.key


@dataclass(frozen=True)
class Delete:
    """Remove a document that must still be as it was read."""

    snapshot: Snapshot

    @property
    def key(self) -> Key:
        """Which document."""
        return self.snapshot.key


Write = Create | Replace | Delete


def write(snapshot: Snapshot, value: msgspec.Struct) -> Create | Replace:
    """`Create` or `Replace`, by what was read."""
    return Replace(snapshot, value) if snapshot.exists else Create(snapshot.key, value)


Operator = Literal["==", "<", "<=", ">", ">=", "in", "array_contains"]


@dataclass(frozen=True)
class Query:
    """Which documents of one collection, in which order.

    `order` is a tuple of (field, descending); the id, in the direction of the last field, always breaks ties. `after`
    holds the values of the order's fields and the id of the last document of the page before.
    """

    collection: str
    where: tuple[tuple[str, Operator, Any], ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    limit: int = 100
    after: tuple[Any, ...] | None = None


class Conflicted(Exception):
    """A commit was refused: a document was not as expected. Nothing was written."""


class OutcomeUnknown(Exception):
    """A commit may or may not have happened."""


class Documents(Protocol):
    """Where documents are kept."""

    def get(self, keys: Sequence[Key]) -> list[Snapshot]:
        """One snapshot for each key, in the order of the keys. Raises `Unavailable`."""
        ...

    def find(self, query: Query) -> list[Snapshot]:
        """The documents that fit, at most `query.limit`. Raises `Unavailable`."""
        ...

    def count(self, query: Query) -> int:
        """How many fit, up to `query.limit`. Raises `Unavailable`."""
        ...

    def commit(self, writes: Sequence[Write], command: str) -> None:
        """All writes or none; `command` is stamped on each written document.

        Raises `Conflicted` when a document is not as expected, `OutcomeUnknown` when the answer was lost.
        """
        ...

    def wait(self, key: Key, seen: Version, seconds: float) -> Snapshot:
        """The document as soon as its version is not `seen`, or as it is when the time is over."""
        ...

    def pause(self, attempt: int) -> None:
        """Wait before attempt n (from 1) of a contended change: jittered, growing."""
        ...


@dataclass(frozen=True)
class Change:
    """What `decide` wants: the writes, and what the caller gets when they are committed."""

    writes: Sequence[Write] = ()
    result: Any = None


@dataclass(frozen=True)
class Reads:
    """The documents that a decision is based on."""

    snapshots: Mapping[Key, Snapshot] = field(default_factory=dict)

    def __getitem__(self, key: Key) -> Snapshot:
        return self.snapshots[key]


def change(documents: Documents, keys: Sequence[Key], decide: Callable[[Reads], Change], *, command: str) -> Any:
    """Read, decide, commit; again on a conflict. Returns the result of the decision that was committed.

    `command` must be unique to this call: it tells our own success from somebody else's. A document that is only read
    guards nothing: rewrite it unchanged when the decision rests on it. What `decide` raises comes through, and then
    nothing is written. Raises `Unavailable` when the documents stay contended.
    """
    for attempt in range(1, MAX_ATTEMPTS + 1):
        decision = decide(Reads({snapshot.key: snapshot for snapshot in documents.get(keys)}))
        if not decision.writes:
            return decision.result
        try:
            documents.commit(decision.writes, command)
            return decision.result
        except OutcomeUnknown:
            if _was_committed(documents, decision.writes, command):
                return decision.result
        except Conflicted:
            pass
        documents.pause(attempt)
    raise Unavailable(f"still contended after {MAX_ATTEMPTS} attempts: {', '.join(k.collection for k in keys)}")


def _was_committed(documents: Documents, writes: Sequence[Write], command: str) -> bool:
    """A commit is atomic: one document with our command on it proves all of them."""
    written = [item.key for item in writes if not isinstance(item, Delete)]
    return any(snapshot.command == command for snapshot in documents.get(written))


def get(documents: Documents, key: Key, kind: type[T]) -> T:
    """One document as a Struct. Raises `NotFound`."""
    return documents.get([key])[0].read(kind)


def to_document(value: msgspec.Struct) -> dict[str, Any]:
    """A Struct as a document: datetimes and bytes stay what they are."""
    document: dict[str, Any] = msgspec.to_builtins(value, builtin_types=(datetime, bytes))
    return document
