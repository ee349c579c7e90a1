"""Which queries Firestore could answer with the indexes that Terraform makes, and which it would refuse."""

from __future__ import annotations

from typing import Any

import pytest

from infra.check.indexes import Indexes, missing, read_indexes
from shared.core.documents import Operator, Query
from tests.fakes.documents import MemoryDocuments

A: tuple[str, Operator, Any] = ("a", "==", 1)
B: tuple[str, Operator, Any] = ("b", "==", 1)
C: tuple[str, Operator, Any] = ("c", "==", 1)
NEWEST = (("t", True),)
KNOWN = Indexes(
    {"x": ((("a", "ASCENDING"), ("t", "DESCENDING")), (("a", "ASCENDING"), ("b", "ASCENDING"), ("t", "DESCENDING")),
           (("a", "ASCENDING"), ("c", "ASCENDING"), ("t", "DESCENDING")),
           (("a", "ASCENDING"), ("l", "CONTAINS"), ("t", "DESCENDING")))},
    frozenset({"x/long"}), frozenset({"x/until"}),
)  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        Query("x", (A,)),
        Query("x", (A, B, C)),
        Query("x", (), NEWEST),
        Query("x", (("t", "<", 1),), NEWEST),
        Query("x", (A,), NEWEST),
        Query("x", (A, B), NEWEST),
        Query("x", (A, B, C), NEWEST),
        Query("x", (A, ("b", "in", [1, 2])), NEWEST),
        Query("x", (A, ("l", "array_contains", 1)), NEWEST),
    ],
    ids=str,
)
def test_what_has_its_index_is_answered(query: Query) -> None:
    """Equalities alone need none; with an order they are merged from several."""
    assert missing(query, KNOWN) is None


@pytest.mark.parametrize(
    "query",
    [
        Query("y", (A,), NEWEST),
        Query("x", (B,), NEWEST),
        Query("x", (A, ("d", "==", 1)), NEWEST),
        Query("x", (A,), (("t", False),)),
        Query("x", (A, ("t", "<", 1))),
        Query("x", (A, ("l", "==", 1)), NEWEST),
        Query("x", (("t", "<", 1),), (("a", False),)),
        Query("x", (("t", "<", 1), ("a", ">", 1))),
        Query("x", (("long", "==", 1),)),
        Query("x", (("until", "<", 1),), (("until", False),)),
    ],
    ids=str,
)
def test_what_has_none_is_named(query: Query) -> None:
    """Another collection, filter or order; two ranges; a field that is exempt."""
    assert missing(query, KNOWN) is not None


def test_the_documents_of_every_test_refuse_a_query_without_its_index() -> None:
    """As the real Firestore does, and its emulator does not."""
    with pytest.raises(AssertionError, match=r"infra/indexes\.yaml"):
        MemoryDocuments().find(Query("generated_media", (("userId", "==", "u"),), (("fileName", False),)))


def test_no_index_is_there_twice_and_none_asks_for_an_exempt_field_alone() -> None:
    """A composite index may have a field that has no index of its own."""
    known = read_indexes()
    every: list[Any] = [(name, fields) for name, found in known.composite.items() for fields in found]
    assert len(every) == len(set(every))
    assert not known.unindexed & known.expiring
