"""A list that is walked while others insert and delete: what is there throughout comes once."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.adapters.firestore_documents import FirestoreDocuments
from shared.core.documents import Create, Delete, Documents, Key
from shared.core.paging import PageQuery
from shared.media.facets import facets_of, terms_of
from shared.media.model import Media, media_key
from shared.media.service import list_media, search_media
from tests.fakes.documents import MemoryDocuments

KEPT, CHURN = 300, 1000
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["memory", "firestore"])
def documents(request: pytest.FixtureRequest) -> Documents:
    """Both."""
    if request.param == "memory":
        return MemoryDocuments()
    return FirestoreDocuments(request.getfixturevalue("project_id"))


def media(media_id: str, seconds: float, user: str = "ana", **more: Any) -> Media:
    """A record. Several are made at the same moment."""
    at = START + timedelta(seconds=int(seconds))
    made = Media(
        id=media_id,
        user_id=user,
        tenant_id="t",
        project_id="p",
        entity_type="character",
        entity_id="c",
        media_type="image",
        file_name="fox.png",
        mime_type="image/png",
        file_size_bytes=1,
        drive_file_id=f"f-{media_id}",
        created_at=at,
        updated_at=at,
        **more,
    )
    return Media(**{**{name: getattr(made, name) for name in made.__struct_fields__}, "facets": facets_of(made)})


def fill(documents: Documents, records: list[Media]) -> None:
    """Store."""
    for start in range(0, len(records), 100):
        part = records[start : start + 100]
        documents.commit([Create(media_key(one.id), one) for one in part], f"fill-{start}")


Walk = Callable[[Documents, PageQuery], Any]
LIST: Walk = lambda documents, page: list_media(documents, "ana", {}, page)  # noqa: E731
SEARCH: Walk = lambda documents, page: search_media(  # noqa: E731
    documents, "ana", {"mediaType": "image"}, terms_of("fox", None), page
)


@pytest.mark.parametrize("walk", [LIST, SEARCH], ids=["list", "search"])
def test_what_is_there_throughout_is_neither_missed_nor_doubled(documents: Documents, walk: Walk) -> None:
    """1,000 records come and go meanwhile, between the others and at the same moments."""
    rng = random.Random(3)
    kept = [media(f"kept-{number:04d}", number // 3) for number in range(KEPT)]
    fill(documents, kept)
    errors: list[Exception] = []

    def churn() -> None:
        try:
            there: list[Key] = []
            for start in range(0, CHURN, 20):
                fresh = [media(f"new-{start + n:04d}", rng.uniform(-9, KEPT)) for n in range(20)]
                documents.commit([Create(media_key(one.id), one) for one in fresh], f"in-{start}")
                there += [media_key(one.id) for one in fresh]
                gone = [there.pop(rng.randrange(len(there))) for _ in range(14)]
                documents.commit([Delete(found) for found in documents.get(gone)], f"out-{start}")
        except Exception as error:  # noqa: BLE001 told below
            errors.append(error)

    thread = threading.Thread(target=churn)
    thread.start()
    walks = 0
    while thread.is_alive() or not walks:
        seen: list[str] = []
        page = walk(documents, PageQuery(page_size=rng.choice([7, 20, 100])))
        seen += [one.id for one in page.items]
        while page.next_page_token:
            page = walk(documents, PageQuery(page_size=rng.choice([7, 20, 100]), page_token=page.next_page_token))
            seen += [one.id for one in page.items]
        assert sorted(one for one in seen if one.startswith("kept")) == [one.id for one in kept]
        assert len(set(seen)) == len(seen)
        walks += 1
    thread.join()
    assert errors == []


def test_a_page_token_of_another_user_shows_nothing_of_theirs(documents: Documents) -> None:
    """It says where to go on, and not in whose list."""
    fill(documents, [media(f"a-{number}", number) for number in range(5)])
    fill(documents, [media(f"b-{number}", number, "budi") for number in range(5)])
    token = list_media(documents, "ana", {}, PageQuery(page_size=2)).next_page_token
    page = list_media(documents, "budi", {}, PageQuery(page_size=100, page_token=token))
    assert {one.user_id for one in page.items} == {"budi"}
