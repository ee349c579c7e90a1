"""Projects, characters, universes, scenes and moodboards: five collections, the same five calls each."""

from __future__ import annotations

from dataclasses import dataclass
from types import GenericAlias
from typing import Any

import msgspec

from functions.api import stories_wire as wire
from functions.routing import Answer, Call, Route, Routes
from shared.core.errors import Conflict, IdempotencyKeyReused, NotFound
from shared.core.idempotency import checked_key
from shared.core.paging import PageQuery
from shared.stories.model import Collection, Entity


@dataclass(frozen=True)
class Kind:
    """One collection, with its Structs on the wire."""

    collection: Collection
    create: type[wire.Body]
    patch: type[wire.Body]
    view: type[msgspec.Struct]
    query: type[PageQuery] = wire.InProjectQuery

    def render(self, entity: Entity) -> msgspec.Struct:
        """An entity as the wire has it: the view's fields and no others."""
        return msgspec.convert(entity, self.view, from_attributes=True)

    def post(self, call: Call) -> Answer:
        """Create."""
        key = checked_key(call.request.headers.get("Idempotency-Key"))
        entity = call.app.stories.create(call.user_id, self.collection, call.body.given(), key)
        return Answer(self.render(entity), 201, {"Location": f"/api/{self.collection}/{entity.id}"})

    def page(self, call: Call) -> Answer:
        """A page."""
        project_id = getattr(call.query, "project_id", None)
        page = call.app.stories.page(call.user_id, self.collection, project_id, call.query)
        return Answer([self.render(entity) for entity in page.items], next_page_token=page.next_page_token)

    def get(self, call: Call) -> Answer:
        """One."""
        return Answer(self.render(call.app.stories.get(call.user_id, self.collection, call.path["id"])))

    def change(self, call: Call) -> Answer:
        """Change the given fields."""
        body: Any = call.body
        entity = call.app.stories.update(call.user_id, self.collection, call.path["id"], body.version, body.given())
        return Answer(self.render(entity))

    def delete(self, call: Call) -> Answer:
        """Remove."""
        call.app.stories.delete(call.user_id, self.collection, call.path["id"])
        return Answer({"id": call.path["id"], "deleted": True})

    def routes(self) -> Routes:
        """The five calls."""
        one, many = self.collection[:-1], f"/api/{self.collection}"
        each = f"{many}/{{id}}"
        return (
            Route("GET", many, self.page, f"List {self.collection}, newest first", query=self.query,
                  answer=GenericAlias(list, (self.view,)), paged=True, errors=(NotFound,)),
            Route("POST", many, self.post, f"Create a {one}", body=self.create, answer=self.view, status=201,
                  idempotent=True, errors=(NotFound, IdempotencyKeyReused)),
            Route("GET", each, self.get, f"Get a {one}", answer=self.view, errors=(NotFound,)),
            Route("PATCH", each, self.change, f"Change a {one}", body=self.patch, answer=self.view,
                  errors=(NotFound, Conflict)),
            Route("DELETE", each, self.delete, f"Delete a {one} that nothing needs", answer=Deleted,
                  errors=(NotFound, Conflict)),
        )  # fmt: skip


class Deleted(msgspec.Struct, frozen=True, rename="camel"):
    """What was removed."""

    id: str
    deleted: bool


KINDS = (
    Kind("projects", wire.ProjectCreate, wire.ProjectPatch, wire.ProjectView, PageQuery),
    Kind("characters", wire.CharacterCreate, wire.CharacterPatch, wire.CharacterView),
    Kind("universes", wire.UniverseCreate, wire.UniversePatch, wire.UniverseView),
    Kind("scenes", wire.SceneCreate, wire.ScenePatch, wire.SceneView),
    Kind("moodboards", wire.MoodboardCreate, wire.MoodboardPatch, wire.MoodboardView),
)
ROUTES: Routes = tuple(route for kind in KINDS for route in kind.routes())
