"""Every route, every id: another user's thing is like a made-up one, and a list shows one's own only."""

from __future__ import annotations

import importlib
import itertools
from typing import Any

import pytest

from functions.routing import Auth, Route
from infra.local.manifest import read_functions
from infra.openapi import routes_of
from tests.fakes.app import stored
from tests.fakes.studio import Browser, Studio
from tests.unit.functions.api.test_assets import by_hand, png

ROUTES = [
    route
    for function in read_functions()
    if function.kind == "public"
    for route in routes_of(function)
    if route.auth is not Auth.OPEN
]
WITH_ID = [route for route in ROUTES if "{id}" in route.path]
LISTS = [route for route in ROUTES if route.method == "GET" and route.paged]
COLLECTION = {"assets": "media"}


class World:
    """Ana, who has one of everything, and Budi, who has nothing of hers."""

    def __init__(self) -> None:
        self.studio = Studio()
        self.ana, self.budi = self.studio.writer(), self.studio.writer("budi@gmail.com")
        sari = self.ana.character()
        job = self.ana.picture(sari)
        project = str(job["media"]["projectId"])
        self.ids = {"characters": sari, "jobs": str(job["id"]), "media": str(job["media"]["id"]), "projects": project}
        for collection, fields in (("universes", {"name": "u"}), ("scenes", {"title": "s"}),
                                   ("moodboards", {"title": "m"})):  # fmt: skip
            self.ids[collection] = str(self.ana.make(collection, projectId=project, **fields)["id"])
        self.file = by_hand(self.studio, public=True)

    def path(self, route: Route, *, made_up: bool = False) -> str:
        """With Ana's id, or one that nobody has."""
        name = route.path.split("/")[2]
        return route.path.replace("{id}", "made-up" if made_up else self.ids[COLLECTION.get(name, name)])

    def bodies(self, route: Route) -> list[Any]:
        """What would be valid from Ana."""
        ids = self.ids
        known: dict[str, list[Any]] = {
            "PATCH": [{"isPrimary": True}, {"favorite": True}] if "media" in route.path else [{"version": 1}],
            "PUT": [{"newDriveUrl": self.file}],
            "POST": [None],
            "DELETE": [None],
            "GET": [None],
        }
        of_post: dict[str, list[Any]] = {
            "/api/characters": [{"projectId": ids["projects"], "name": "x"}],
            "/api/universes": [{"projectId": ids["projects"], "name": "x"}],
            "/api/scenes": [{"projectId": ids["projects"], "title": "x"}],
            "/api/moodboards": [{"projectId": ids["projects"], "title": "x"}],
            "/api/generate/character": [{"characterId": ids["characters"]}],
            "/api/generate/moodboard": [{"moodboardId": ids["moodboards"], "characterIds": [ids["characters"]],
                                         "sceneId": ids["scenes"]}],
            "/api/generate/animation": [{"moodboardId": ids["moodboards"], "sourceImageId": ids["media"]}],
            "/api/assets/link": [{"entityType": "character", "entityId": ids["characters"], "driveUrl": self.file,
                                  "mediaType": "image"}],
            "/api/media/export": [{"projectId": ids["projects"]}],
        }  # fmt: skip
        return of_post.get(route.path, known[route.method]) if route.method == "POST" else known[route.method]


@pytest.fixture(scope="module")
def world() -> World:
    """One for all: nothing here may change anything."""
    return World()


def call(browser: Browser, route: Route, path: str, body: Any = None) -> Any:
    """One request to the function that has the route."""
    module = next(name for name, routes in _modules().items() if route in routes)
    return browser.call(importlib.import_module(module).ROUTES, route.method, path, body)


def _modules() -> dict[str, Any]:
    names = [f"functions.api.{function.name.removeprefix('api_')}" for function in read_functions()
             if function.kind == "public"]  # fmt: skip
    return {name: importlib.import_module(name).ROUTES for name in names}


@pytest.mark.parametrize("route", WITH_ID, ids=lambda route: f"{route.method} {route.path}")
def test_another_users_id_in_the_path_is_like_a_made_up_one(world: World, route: Route) -> None:
    """The same answer, but for the request's id; and nothing changes."""
    before, files = stored(world.studio.app), dict(world.studio.files.files)
    for body in world.bodies(route):
        answers = [call(world.budi, route, world.path(route, made_up=made_up), body) for made_up in (False, True)]
        bodies = [{name: value for name, value in answer.body.items() if name != "requestId"} for answer in answers]
        assert bodies[0] == bodies[1]
        assert (answers[0].status, answers[0].error) == (404, "NOT_FOUND")
    assert (stored(world.studio.app), world.studio.files.files) == (before, files)


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.method == "POST" and "{id}" not in route.path and route.body],
    ids=lambda route: route.path,
)  # fmt: skip
def test_another_users_id_in_a_body_makes_nothing(world: World, route: Route) -> None:
    """404; a reference picture is 422, like one that is not there."""
    before = stored(world.studio.app)
    for body in world.bodies(route):
        if body is None:
            continue
        answer = call(world.budi, route, route.path, body)
        assert answer.error in ("NOT_FOUND", "REFERENCE_NOT_USABLE"), answer.body
    assert stored(world.studio.app) == before


def test_another_users_id_in_a_query_makes_and_shows_nothing(world: World) -> None:
    """Upload and export."""
    before = stored(world.studio.app)
    routes = {f"{route.method} {route.path}": route for route in ROUTES}
    path = f"/api/assets/upload?entityType=character&entityId={world.ids['characters']}"
    upload = routes["POST /api/assets/upload"]
    module = importlib.import_module("functions.api.assets")
    assert upload in module.ROUTES
    assert world.budi.call(module.ROUTES, "POST", path, png(), Content_Type="image/png").error == "NOT_FOUND"
    export = routes["GET /api/media/export"]
    assert call(world.budi, export, f"/api/media/export?projectId={world.ids['projects']}").error == "NOT_FOUND"
    assert stored(world.studio.app) == before


@pytest.mark.parametrize("route", LISTS, ids=lambda route: route.path)
def test_a_list_shows_ones_own_whatever_its_filters_and_tokens_say(world: World, route: Route) -> None:
    """Ana's ids as filters, and Ana's page token."""
    own = call(world.ana, route, f"{route.path}?pageSize=1")
    tokens = [own.body["nextPageToken"]] if "nextPageToken" in own.body else []
    filters = [f"{name}={world.ids[collection]}" for name, collection in
               (("projectId", "projects"), ("entityId", "characters"), ("entityId", "moodboards"))]  # fmt: skip
    queries = ["", *filters, "q=fox", "tag=t", *(f"pageToken={token}" for token in tokens)]
    everything_of_ana = {str(value) for value in world.ids.values()}
    for query, size in itertools.product(queries, ("", "pageSize=100")):
        answer = call(world.budi, route, f"{route.path}?{'&'.join(filter(None, (query, size)))}")
        if answer.status != 200:
            assert answer.error in ("INVALID_REQUEST", "NOT_FOUND"), answer.body
            continue
        shown = {str(one.get("id")) for one in answer.data}
        assert shown.isdisjoint(everything_of_ana)
    assert LISTS
