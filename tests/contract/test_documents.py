"""Every `Documents` keeps these promises: the one in memory and Firestore."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from infra.check.indexes import Indexes
from shared.adapters.firestore_documents import FirestoreDocuments
from shared.core.documents import (
    Change,
    Conflicted,
    Create,
    Delete,
    Documents,
    Key,
    OutcomeUnknown,
    Query,
    Reads,
    Replace,
    Snapshot,
    Write,
    change,
    get,
    write,
)
from shared.core.errors import NotFound
from tests.fakes.documents import MemoryDocuments

NOW = datetime(2026, 11, 25, 12, 0, 0, 123456, UTC)


class Item(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Something to keep."""

    owner_id: str = "ana"
    count: int = 0
    at: datetime = NOW
    note: str | None = None
    blob: bytes = b""
    tags: tuple[str, ...] = ()
    nested: dict[str, Any] = {}


class Small(msgspec.Struct, frozen=True):
    """The same document with one field only."""

    count: int = 0


@pytest.fixture(params=["memory", "firestore"])
def documents(request: pytest.FixtureRequest) -> Documents:
    """Both."""
    if request.param == "memory":
        newest = (("ownerId", "ASCENDING"), ("at", "DESCENDING"))
        return MemoryDocuments(Indexes({"items": (newest,)}, frozenset(), frozenset()))
    return FirestoreDocuments(request.getfixturevalue("project_id"))


def key(name: str) -> Key:
    """A document's key."""
    return Key("items", name)


def stored(documents: Documents, name: str, **fields: Any) -> Snapshot:
    """A document that exists."""
    documents.commit((Create(key(name), Item(**fields)),), "setup")
    return documents.get([key(name)])[0]


def test_what_was_written_is_read(documents: Documents) -> None:
    """With its types: microseconds, bytes, nested maps, lists, None."""
    item = Item(count=2**62, note=None, blob=b"\x00\xff", tags=("a", "b"), nested={"deep": {"at": NOW, "n": [1, "x"]}})
    documents.commit((Create(key("one"), item),), "c1")

    snapshot = documents.get([key("one"), key("none")])
    assert snapshot[0].read(Item) == item
    assert (snapshot[0].command, snapshot[1].exists) == ("c1", False)
    with pytest.raises(NotFound):
        get(documents, key("none"), Item)


def test_create_refuses_a_taken_id(documents: Documents) -> None:
    """So ids that are derived from a request make it idempotent."""
    stored(documents, "one")
    with pytest.raises(Conflicted):
        documents.commit((Create(key("one"), Item(count=9)),), "c")
    assert get(documents, key("one"), Item).count == 0


def test_a_stale_write_is_refused(documents: Documents) -> None:
    """Replace and delete say what they were based on."""
    stale = stored(documents, "one")
    documents.commit((Replace(stale, Item(count=1)),), "c")
    for late in (Replace(stale, Item(count=2)), Delete(stale)):
        with pytest.raises(Conflicted):
            documents.commit((late,), "late")

    fresh = documents.get([key("one")])[0]
    assert fresh.read(Item).count == 1
    documents.commit((Delete(fresh),), "c")
    for late in (Replace(fresh, Item(count=2)), Delete(fresh)):
        with pytest.raises(Conflicted):
            documents.commit((late,), "late")


def test_all_is_written_or_nothing(documents: Documents) -> None:
    """One refusal refuses all."""
    stored(documents, "taken")
    with pytest.raises(Conflicted):
        documents.commit((Create(key("new"), Item()), Create(key("taken"), Item())), "c")
    assert not documents.get([key("new")])[0].exists


def test_a_field_that_is_gone_is_gone(documents: Documents) -> None:
    """Replace writes the whole document."""
    snapshot = stored(documents, "one", note="x")
    documents.commit((Replace(snapshot, Small(count=3)),), "c")

    assert dict(documents.get([key("one")])[0].data or {}) == {"count": 3}


class LosesAnswers:
    """Documents whose commits happen, or do not, and whose answers are lost."""

    def __init__(self, inner: Documents, *, happens: bool) -> None:
        self._inner = inner
        self._happens = happens
        self.lost = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def commit(self, writes: Sequence[Write], command: str) -> None:
        """Lose the first answer."""
        if self.lost:
            self._inner.commit(writes, command)
            return
        self.lost += 1
        if self._happens:
            self._inner.commit(writes, command)
        raise OutcomeUnknown("lost")


def add_one(name: str = "one") -> Any:
    """A change that counts."""

    def decide(reads: Reads) -> Change:
        count = reads[key(name)].read(Item).count + 1
        return Change((write(reads[key(name)], Item(count=count)),), count)

    return decide


@pytest.mark.parametrize("happens", [True, False])
def test_a_commit_with_a_lost_answer_counts_once(documents: Documents, *, happens: bool) -> None:
    """Our own command is recognised; one that did not happen is done again."""
    stored(documents, "one")
    flaky = LosesAnswers(documents, happens=happens)

    assert change(flaky, [key("one")], add_one(), command="mine") == 1
    assert get(documents, key("one"), Item).count == 1


def test_fifty_parallel_changes_lose_nothing(documents: Documents) -> None:
    """Optimistic commits, again on a conflict."""
    stored(documents, "one")
    start = threading.Barrier(50)
    results: list[int] = []

    def run(number: int) -> None:
        start.wait()
        results.append(change(documents, [key("one")], add_one(), command=f"c{number}"))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == list(range(1, 51))
    assert get(documents, key("one"), Item).count == 50


def test_a_decision_that_raises_writes_nothing(documents: Documents) -> None:
    """What it raises comes through."""
    stored(documents, "one")

    def refuse(_: Reads) -> Change:
        raise NotFound("no")

    with pytest.raises(NotFound):
        change(documents, [key("one")], refuse, command="c")
    assert get(documents, key("one"), Item).count == 0


def test_find_filters_orders_and_pages_without_gaps_or_repeats(documents: Documents) -> None:
    """Newest first; the id breaks ties."""
    for number in range(7):
        stored(documents, f"i{number}", count=number % 3, at=NOW + timedelta(seconds=number // 2), tags=("x",))
    stored(documents, "other", owner_id="budi")
    seen: list[str] = []
    after = None
    while True:
        query = Query("items", where=(("ownerId", "==", "ana"),), order=(("at", True),), limit=3, after=after)
        page = documents.find(query)
        seen += [found.key.id for found in page]
        if len(page) < 3:
            break
        after = (page[-1].read(Item).at, page[-1].key.id)

    assert seen == ["i6", "i5", "i4", "i3", "i2", "i1", "i0"]
    assert documents.count(Query("items", where=(("ownerId", "==", "ana"), ("count", "==", 0)))) == 3
    assert documents.count(Query("items", where=(("count", "in", [1, 2]),))) == 4
    assert documents.count(Query("items", where=(("tags", "array_contains", "x"),))) == 7
    ascending = documents.find(Query("items", where=(("at", "<=", NOW),), order=(("at", False),)))
    assert [found.key.id for found in ascending] == ["i0", "i1", "other"]


def test_none_is_not_earlier_than_any_time(documents: Documents) -> None:
    """So a job that has ended (`wakeAt` None) is never due."""
    stored(documents, "one", note=None)
    stored(documents, "two", note="a")

    assert [found.key.id for found in documents.find(Query("items", where=(("note", "<=", "z"),)))] == ["two"]


def test_wait_returns_at_a_change_and_else_when_the_time_is_over(documents: Documents) -> None:
    """A long poll without polling."""
    snapshot = stored(documents, "one")
    assert documents.wait(key("one"), snapshot.version, 0.2).version == snapshot.version

    threading.Timer(0.3, lambda: documents.commit((Replace(snapshot, Item(count=5)),), "c")).start()
    assert documents.wait(key("one"), snapshot.version, 20).read(Item).count == 5
    assert documents.wait(key("one"), snapshot.version, 20).read(Item).count == 5


@pytest.mark.parametrize("name", ["", "a/b", ".", "..", "__x__ y", "ä", "x" * 300])
def test_an_id_that_no_document_can_have_is_not_found(name: str) -> None:
    """Ids come from outside."""
    with pytest.raises(NotFound):
        Key("items", name)
