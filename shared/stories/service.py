"""What a user can do with projects and what is in them: create, read, change, delete. All is bounded by owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from shared.core.clock import Clock
from shared.core.documents import Change, Create, Delete, Documents, Key, Query, Reads, Write, change, write
from shared.core.errors import Conflict, InvalidRequest, NotFound
from shared.core.idempotency import earlier_result, payload_hash, record_key, remember
from shared.core.ids import Ids
from shared.core.paging import Page, PageQuery, page_of
from shared.stories.model import (
    Character,
    Collection,
    Entity,
    InProject,
    Moodboard,
    Project,
    Scene,
    Universe,
    entity_key,
)

KINDS: Mapping[Collection, type[Entity]] = {
    "projects": Project,
    "characters": Character,
    "universes": Universe,
    "scenes": Scene,
    "moodboards": Moodboard,
}
IN_PROJECT: tuple[Collection, ...] = ("characters", "universes", "scenes", "moodboards")
LIVE_STEPS = ("queued", "submitting", "submit_unknown", "submitted", "ready", "blocked", "cancelling")
COUNT_LIMIT = 1000
E = TypeVar("E", bound=Entity)


@dataclass(frozen=True)
class Stories:
    """The use cases, on their ports."""

    documents: Documents
    clock: Clock
    ids: Ids
    tenant_id: str = "default"

    def create(
        self, user_id: str, collection: Collection, fields: Mapping[str, Any], idempotency_key: str | None = None
    ) -> Entity:
        """A new entity. Its project, scene and universe must be the user's and belong together.

        The parents are rewritten unchanged in the same commit, so that none is deleted meanwhile. Raises `NotFound`,
        `IdempotencyKeyReused`, `InvalidRequest` for a reference into another project.
        """
        kind = KINDS[collection]
        parents = _parents(fields)
        entity_id = self.ids.new()
        memory = record_key(user_id, idempotency_key) if idempotency_key else None
        request_hash = payload_hash(collection, dict(fields))
        keys = [*parents, *([memory] if memory else [])]
        now = self.clock.now()

        def decide(reads: Reads) -> Change:
            if memory and (earlier := earlier_result(reads, memory, request_hash, now)):
                return Change((), earlier)
            writes = _guards(reads, parents, user_id, fields.get("project_id"))
            entity = kind(
                id=entity_id, user_id=user_id, tenant_id=self.tenant_id, created_at=now, updated_at=now, **fields
            )
            writes.append(Create(entity_key(collection, entity_id), entity))
            if memory:
                writes.append(remember(reads, memory, request_hash, entity_id, now))
            return Change(writes, entity_id)

        made = change(self.documents, keys, decide, command=self.ids.new())
        return self.get(user_id, collection, made)

    def get(self, user_id: str, collection: Collection, entity_id: str) -> Entity:
        """The user's entity. Raises `NotFound` for anybody else's."""
        return _owned(self.documents.get([entity_key(collection, entity_id)])[0].read(KINDS[collection]), user_id)

    def page(self, user_id: str, collection: Collection, project_id: str | None, page: PageQuery) -> Page[Entity]:
        """The user's entities, newest first; of one project, if it is the user's. Raises `NotFound`."""
        where: dict[str, Any] = {"userId": user_id}
        if project_id is not None:
            self.get(user_id, "projects", project_id)
            where["projectId"] = project_id
        return page_of(self.documents, collection, KINDS[collection], where, page)

    def update(
        self, user_id: str, collection: Collection, entity_id: str, version: int, fields: Mapping[str, Any]
    ) -> Entity:
        """Change the given fields of the version that the user saw. Raises `Conflict` for a stale one, `NotFound`."""
        key = entity_key(collection, entity_id)
        parents = _parents({name: value for name, value in fields.items() if value is not None})
        now = self.clock.now()

        def decide(reads: Reads) -> Change:
            entity = _owned(reads[key].read(KINDS[collection]), user_id)
            if entity.version != version:
                raise Conflict("stale version", currentVersion=entity.version)
            project_id = entity.project_id if isinstance(entity, InProject) else None
            changed = msgspec.structs.replace(entity, **fields, version=version + 1, updated_at=now)
            return Change([*_guards(reads, parents, user_id, project_id), write(reads[key], changed)], changed)

        changed: Entity = change(self.documents, [key, *parents], decide, command=self.ids.new())
        return changed

    def delete(self, user_id: str, collection: Collection, entity_id: str) -> None:
        """Remove an entity that nothing needs. Raises `Conflict` with the counts of what does, `NotFound`.

        Counting comes after reading and before the commit: whoever adds a child rewrites this document, and then the
        commit finds it changed.
        """
        key = entity_key(collection, entity_id)

        def decide(reads: Reads) -> Change:
            _owned(reads[key].read(KINDS[collection]), user_id)
            counts = {name: count for name, count in self._needing(user_id, collection, entity_id) if count}
            if counts:
                message = "This is still used: " + ", ".join(f"{count} {name}" for name, count in counts.items()) + "."
                raise Conflict("has children", message=message, counts=counts)
            return Change((Delete(reads[key]),))

        change(self.documents, [key], decide, command=self.ids.new())

    def _needing(self, user_id: str, collection: Collection, entity_id: str) -> list[tuple[str, int]]:
        def count(other: str, field: str, *more: tuple[str, Any, Any]) -> int:
            where = (("userId", "==", user_id), (field, "==", entity_id), *more)
            return self.documents.count(Query(other, where=where, limit=COUNT_LIMIT))

        live = ("step", "in", list(LIVE_STEPS))
        if collection == "projects":
            return [(name, count(name, "projectId")) for name in IN_PROJECT] + [
                ("media", count("generated_media", "projectId")),
                ("jobs", count("generation_jobs", "projectId", live)),
            ]
        if collection in ("universes", "scenes"):
            return [("moodboards", count("moodboards", "universeId" if collection == "universes" else "sceneId"))]
        return [
            ("media", count("generated_media", "entityId")),
            ("jobs", count("generation_jobs", "entityId", live)),
        ]


def _parents(fields: Mapping[str, Any]) -> list[Key]:
    named: tuple[tuple[str, Collection], ...] = (
        ("project_id", "projects"),
        ("scene_id", "scenes"),
        ("universe_id", "universes"),
    )
    return [entity_key(collection, fields[field]) for field, collection in named if fields.get(field) is not None]


def _guards(reads: Reads, parents: list[Key], user_id: str, project_id: str | None) -> list[Write]:
    writes: list[Write] = []
    for key in parents:
        parent = _owned(reads[key].read(KINDS[key.collection]), user_id)  # type: ignore[index] # a Collection
        if isinstance(parent, InProject) and parent.project_id != project_id:
            message = f"That {key.collection[:-1]} belongs to another project."
            raise InvalidRequest("another project", message=message, field=f"{key.collection[:-1]}Id")
        writes.append(write(reads[key], parent))
    return writes


def _owned(entity: E, user_id: str) -> E:
    if entity.user_id != user_id:
        raise NotFound("an entity of another user")
    return entity
