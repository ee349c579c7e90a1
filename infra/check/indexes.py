"""`infra/indexes.yaml`: whether Firestore could answer a query with the indexes that Terraform makes.

Firestore's emulator answers every query; the real one refuses those without their index (B: Firestore's documentation
on query planning). The in-memory documents of the tests ask here, so that every query of every test is held against it.

A query needs an index when it has an order, or a range beside an equality, on different fields. Equalities are
merged: it may be answered by several indexes with the same order whose equalities together are the query's. `in`
counts as one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from shared.core.documents import Query

PATH = Path(__file__).parents[1] / "indexes.yaml"
RANGES = ("<", "<=", ">", ">=")
DIRECTIONS = {False: "ASCENDING", True: "DESCENDING"}


@dataclass(frozen=True)
class Indexes:
    """Composite ones by collection, as (path, mode); `unindexed` and `expiring` as collection/field."""

    composite: dict[str, tuple[tuple[tuple[str, str], ...], ...]]
    unindexed: frozenset[str]
    expiring: frozenset[str]


@cache
def read_indexes(path: Path = PATH) -> Indexes:
    """The file."""
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    composite: dict[str, tuple[Any, ...]] = {}
    for index in document["composite"]:
        fields = tuple((field["path"], field["mode"]) for field in index["fields"])
        composite[index["collection"]] = (*composite.get(index["collection"], ()), fields)
    return Indexes(composite, frozenset(document["unindexed"]), frozenset(document["expiring"]))


def missing(query: Query, indexes: Indexes | None = None) -> str | None:
    """What the query lacks, in words; None: Firestore can answer it."""
    known = indexes or read_indexes()
    equal = {(name, "CONTAINS" if how == "array_contains" else "ASCENDING")
             for name, how, _ in query.where if how not in RANGES}  # fmt: skip
    ranged = {name for name, how, _ in query.where if how in RANGES}
    if len(ranged) > 1 or (ranged and query.order and query.order[0][0] not in ranged):
        return f"{query.collection}: a range is on one field, which is ordered by first"
    order = tuple((name, DIRECTIONS[descending]) for name, descending in query.order)
    order = order or tuple((name, "ASCENDING") for name in ranged)
    if not order or (not equal and len(order) == 1):
        return _unindexed(query.collection, [name for name, _ in (*equal, *order)], known)
    usable = [set(fields[: -len(order)]) for fields in known.composite.get(query.collection, ())
              if fields[-len(order) :] == order and set(fields[: -len(order)]) <= equal]  # fmt: skip
    covered = set[tuple[str, str]]().union(*usable)
    if covered == equal:
        return None
    return f"{query.collection}: no index for {sorted(equal - covered) or sorted(equal)} ordered by {list(order)}"


def _unindexed(collection: str, names: Iterable[str], known: Indexes) -> str | None:
    """Fields without a single-field index cannot be asked for by themselves."""
    for name in names:
        if f"{collection}/{name}" in known.unindexed | known.expiring:
            return f"{collection}: {name} has no single-field index"
    return None
