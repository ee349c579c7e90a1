"""Documents in this process's memory: for unit tests and the simulation, with Firestore's refusals."""

from __future__ import annotations

import heapq
import operator
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from infra.check.indexes import Indexes, missing
from shared.core.documents import (
    Conflicted,
    Create,
    Delete,
    Key,
    Query,
    Snapshot,
    Version,
    Write,
    to_document,
)

MAX_DOCUMENT_BYTES = 1_048_576
COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class MemoryDocuments:
    """See `Documents`. Thread-safe; versions are the numbers of the commits."""

    def __init__(self, indexes: Indexes | None = None) -> None:
        self._indexes = indexes  # None: those that Terraform makes
        self.called: Callable[[str], None] = lambda _: None  #: who counts: read, write
        self._changed = threading.Condition()
        self._commits = 0
        self._collections: dict[str, dict[Key, Snapshot]] = defaultdict(dict)
        self._of_user: dict[tuple[str, Any], dict[str, Snapshot]] = defaultdict(dict)

    def get(self, keys: Sequence[Key]) -> list[Snapshot]:
        """See `Documents`."""
        self.called("read")
        with self._changed:
            return [self._collections[key.collection].get(key, Snapshot(key)) for key in keys]

    def find(self, query: Query) -> list[Snapshot]:
        """See `Documents`. A query without its index is refused, as by the real Firestore and not by its emulator."""
        self.called("read")
        assert (lacking := missing(query, self._indexes)) is None, f"{lacking}: infra/indexes.yaml"
        with self._changed:
            found = self._candidates(query)
        for name, how, wanted in query.where:
            found = _filtered(found, _getter(name), how, wanted)
        for name, _ in query.order:  # Firestore orders only documents that have the field; ours store null for "not"
            get = _getter(name)
            found = [snapshot for snapshot in found if get(snapshot.data) is not None]
        if query.after is not None:
            found = [snapshot for snapshot in found if _is_after(snapshot, query)]
        order = (*query.order, ("", bool(query.order and query.order[-1][1])))
        if len({descending for _, descending in order}) == 1:
            names = [name for name, _ in order]
            best = heapq.nlargest if order[0][1] else heapq.nsmallest
            return best(query.limit, found, key=lambda one: [_order_value(one, name) for name in names])
        for name, descending in reversed(order):
            found.sort(key=lambda snapshot: _order_value(snapshot, name), reverse=descending)
        return found[: query.limit]

    def count(self, query: Query) -> int:
        """See `Documents`."""
        return len(self.find(query))

    def commit(self, writes: Sequence[Write], command: str) -> None:
        """See `Documents`."""
        self.called("write")
        with self._changed:
            for item in writes:
                self._check(item)
            self._commits += 1
            for item in writes:
                self._apply(item, command)
            self._changed.notify_all()

    def wait(self, key: Key, seen: Version, seconds: float) -> Snapshot:
        """See `Documents`."""
        end = time.monotonic() + seconds
        with self._changed:
            while True:
                snapshot = self._collections[key.collection].get(key, Snapshot(key))
                left = end - time.monotonic()
                if snapshot.version != seen or left <= 0:
                    return snapshot
                self._changed.wait(left)

    def pause(self, attempt: int) -> None:
        """See `Documents`: memory has no contention worth waiting for."""

    def dump(self) -> dict[Key, dict[str, Any]]:
        """Everything that is stored, for tests."""
        with self._changed:
            found = [snapshot for collection in self._collections.values() for snapshot in collection.values()]
            return {snapshot.key: dict(snapshot.data or {}) for snapshot in found}

    def _candidates(self, query: Query) -> list[Snapshot]:
        """Those of the user whom the query names; else all."""
        for name, how, wanted in query.where:
            if (name, how) == ("userId", "=="):
                return list(self._of_user[query.collection, wanted].values())
        return list(self._collections[query.collection].values())

    def _check(self, item: Write) -> None:
        stored = self._collections[item.key.collection].get(item.key)
        expected = None if isinstance(item, Create) else item.snapshot.version
        if (stored.version if stored else None) != expected:
            raise Conflicted(f"{item.key.collection}/{item.key.id}")
        if not isinstance(item, Delete) and _is_too_large(to_document(item.value)):
            raise ValueError(f"{item.key.collection}/{item.key.id} is larger than a document may be")

    def _apply(self, item: Write, command: str) -> None:
        stored = self._collections[item.key.collection]
        before = stored.pop(item.key, None)
        if before:
            self._of_user[item.key.collection, (before.data or {}).get("userId")].pop(item.key.id, None)
        if isinstance(item, Delete):
            return
        data = _plain(to_document(item.value))
        stored[item.key] = Snapshot(item.key, data, self._commits, command)
        self._of_user[item.key.collection, data.get("userId")][item.key.id] = stored[item.key]


def _plain(value: Any, *, in_list: bool = False) -> Any:
    """A copy, with the refusals of Firestore: no list in a list, no naive time, no other type."""
    if value is None or type(value) in (str, bool, float, bytes):
        return value
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ValueError("an integer has 64 bits")
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time must have a zone")
        return value
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple) and not in_list:
        return [_plain(item, in_list=True) for item in value]
    raise TypeError(f"a document does not hold {type(value).__name__}")


def _is_too_large(document: dict[str, Any]) -> bool:
    """Counting every value is slow: most documents are far from the limit."""
    return len(msgspec.msgpack.encode(document)) > MAX_DOCUMENT_BYTES // 2 and _size(document) > MAX_DOCUMENT_BYTES


def _size(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(len(str(name)) + 1 + _size(item) for name, item in value.items())
    if isinstance(value, list | tuple):
        return sum(map(_size, value))
    if isinstance(value, bytes):
        return len(value)
    return len(value.encode()) + 1 if isinstance(value, str) else 8


Get = Callable[[Any], Any]


def _getter(name: str) -> Get:
    """A field of a document, or a field of a map in it."""
    outer, _, inner = name.partition(".")
    if not inner:
        return lambda data: data.get(outer)
    deeper = _getter(inner)
    return lambda data: deeper(data[outer]) if isinstance(data.get(outer), Mapping) else None


def _order_value(snapshot: Snapshot, name: str) -> Any:
    return _getter(name)(snapshot.data) if name else snapshot.key.id


def _filtered(found: list[Snapshot], get: Get, how: str, wanted: Any) -> list[Snapshot]:
    match how:
        case "==":
            return [one for one in found if get(one.data) == wanted]
        case "in":
            return [one for one in found if get(one.data) in wanted]
        case "array_contains":
            return [one for one in found if isinstance(held := get(one.data), list) and wanted in held]
    compare, kind = COMPARE[how], type(wanted)
    return [one for one in found if type(value := get(one.data)) is kind and compare(value, wanted)]


def _is_after(snapshot: Snapshot, query: Query) -> bool:
    directions = [descending for _, descending in query.order]
    directions.append(bool(directions and directions[-1]))
    names = [*(name for name, _ in query.order), ""]
    for name, last, descending in zip(names, query.after or (), directions, strict=True):
        value = _order_value(snapshot, name)
        if value != last:
            return bool(value < last) if descending else bool(value > last)
    return False
