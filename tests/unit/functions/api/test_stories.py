"""The five collections, through the boundary."""

from __future__ import annotations

from typing import Any

import pytest

from functions.api.stories import ROUTES
from shared.core.documents import Create
from shared.generation.model import Job, job_key
from tests.fakes.app import Person, make_app, stored


@pytest.fixture
def ana() -> Person:
    """A signed-in user."""
    return Person(make_app(), "ana")


def make(person: Person, collection: str, **fields: Any) -> dict[str, Any]:
    """One entity."""
    if collection != "projects":
        fields.setdefault("projectId", make(person, "projects", name="Story")["id"])
    fields.setdefault("title" if collection in ("scenes", "moodboards") else "name", "A")
    made: dict[str, Any] = person.call(ROUTES, "POST", f"/api/{collection}", fields).data
    return made


COLLECTIONS = ("projects", "characters", "universes", "scenes", "moodboards")


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_an_entity_is_created_read_changed_and_deleted(ana: Person, collection: str) -> None:
    """The same five calls everywhere."""
    made = make(ana, collection)
    path = f"/api/{collection}/{made['id']}"
    name = "title" if "title" in made else "name"
    assert ana.call(ROUTES, "GET", path).data == made
    changed = ana.call(ROUTES, "PATCH", path, {"version": 1, name: "B"}).data
    assert (changed[name], changed["version"]) == ("B", 2)
    assert [found["id"] for found in ana.call(ROUTES, "GET", f"/api/{collection}").data] == [made["id"]]

    assert ana.call(ROUTES, "DELETE", path).data == {"id": made["id"], "deleted": True}
    assert ana.call(ROUTES, "GET", path).error == "NOT_FOUND"


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_anothers_entity_is_like_one_that_was_made_up(ana: Person, collection: str) -> None:
    """The same answer but for the request's id, for every call."""
    made = make(ana, collection)
    budi = Person(ana.app, "budi")
    before = stored(ana.app)
    for method, body in (("GET", None), ("PATCH", {"version": 1}), ("DELETE", None)):
        answers = []
        for entity_id in (made["id"], "made-up", "not%20an%20id"):
            answer = budi.call(ROUTES, method, f"/api/{collection}/{entity_id}", body)
            answers.append((answer.status, {k: v for k, v in answer.body.items() if k != "requestId"}))
        assert answers[0] == answers[1] == answers[2]
        assert answers[0][0] == 404
    assert stored(ana.app) == before


def test_a_stale_version_is_a_conflict_that_tells_the_present_one(ana: Person) -> None:
    """Nobody overwrites what they have not seen."""
    made = make(ana, "projects")
    path = f"/api/projects/{made['id']}"
    ana.call(ROUTES, "PATCH", path, {"version": 1, "name": "B"})
    late = ana.call(ROUTES, "PATCH", path, {"version": 1, "name": "C"})

    assert (late.status, late.error, late.body["currentVersion"]) == (409, "CONFLICT", 2)


def test_a_child_needs_a_project_of_its_owner(ana: Person) -> None:
    """Foreign and made-up projects are not found."""
    foreign = make(Person(ana.app, "budi"), "projects")
    for project_id in (foreign["id"], "made-up"):
        answer = ana.call(ROUTES, "POST", "/api/characters", {"projectId": project_id, "name": "A"})
        assert answer.error == "NOT_FOUND"
        assert ana.call(ROUTES, "GET", f"/api/characters?projectId={project_id}").error == "NOT_FOUND"


def test_a_moodboards_scene_is_of_the_same_project(ana: Person) -> None:
    """And can be taken away by null."""
    scene, other = make(ana, "scenes"), make(ana, "projects")
    wrong = ana.call(
        ROUTES, "POST", "/api/moodboards", {"projectId": other["id"], "title": "M", "sceneId": scene["id"]}
    )
    assert (wrong.error, wrong.body["field"]) == ("INVALID_REQUEST", "sceneId")

    board = make(ana, "moodboards", projectId=scene["projectId"], sceneId=scene["id"])
    kept = ana.call(ROUTES, "DELETE", f"/api/scenes/{scene['id']}")
    assert (kept.error, kept.body["counts"]) == ("CONFLICT", {"moodboards": 1})
    bare = ana.call(ROUTES, "PATCH", f"/api/moodboards/{board['id']}", {"version": 1, "sceneId": None}).data
    assert bare["sceneId"] is None
    assert ana.call(ROUTES, "DELETE", f"/api/scenes/{scene['id']}").status == 200


def test_a_project_with_children_is_kept_and_says_how_many(ana: Person) -> None:
    """Counts by kind."""
    project = make(ana, "projects")
    make(ana, "characters", projectId=project["id"])
    make(ana, "characters", projectId=project["id"])
    answer = ana.call(ROUTES, "DELETE", f"/api/projects/{project['id']}")

    assert (answer.error, answer.body["counts"]) == ("CONFLICT", {"characters": 2})


def test_a_character_with_a_job_under_way_is_kept(ana: Person) -> None:
    """A job that has ended does not count."""
    character = make(ana, "characters")
    now = ana.app.clock.now()
    job = Job(
        id="j", user_id="ana", tenant_id="t", project_id=character["projectId"], kind="character",
        entity_type="character", entity_id=character["id"], media_id="m", file_name="f", model="seedream-4.5",
        prompt="p", params={}, price=5, price_version="v", payload_hash="h", turn="0", wake_at=now, deadline_at=now, created_at=now,
    )  # fmt: skip
    ana.app.documents.commit((Create(job_key("j"), job),), "c")
    answer = ana.call(ROUTES, "DELETE", f"/api/characters/{character['id']}")

    assert answer.body["counts"] == {"jobs": 1}


def test_an_idempotency_key_makes_one_entity(ana: Person) -> None:
    """Another body with the same key is refused; another user's key is another key."""
    first = ana.call(ROUTES, "POST", "/api/projects", {"name": "A"}, Idempotency_Key="k")
    again = ana.call(ROUTES, "POST", "/api/projects", {"name": "A"}, Idempotency_Key="k")
    other = ana.call(ROUTES, "POST", "/api/projects", {"name": "B"}, Idempotency_Key="k")
    budis = Person(ana.app, "budi").call(ROUTES, "POST", "/api/projects", {"name": "B"}, Idempotency_Key="k")

    assert first.data == again.data
    assert (other.status, other.error) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert budis.status == 201
    for bad in ("", " x", "x" * 256, "ä"):
        answer = ana.call(ROUTES, "POST", "/api/projects", {"name": "A"}, Idempotency_Key=bad)
        assert answer.error == "INVALID_REQUEST"


def test_pages_follow_one_another_without_gaps(ana: Person) -> None:
    """Newest first; sizes are coerced; the end has no token."""
    ids = []
    for _ in range(7):
        ids.append(make(ana, "projects")["id"])
        ana.app.clock.sleep(1)
    seen, token = [], ""
    while True:
        page = ana.call(ROUTES, "GET", f"/api/projects?pageSize=3{token}")
        seen += [found["id"] for found in page.data]
        if "nextPageToken" not in page.body:
            break
        token = f"&pageToken={page.body['nextPageToken']}"

    assert seen == ids[::-1]
    for size in (0, -1, 100_000):
        assert ana.call(ROUTES, "GET", f"/api/projects?pageSize={size}").status == 200
