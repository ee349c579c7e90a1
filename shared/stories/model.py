"""Projects and what is in them, as values."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from shared.core.documents import Key

Collection = Literal["projects", "characters", "universes", "scenes", "moodboards"]


class Primary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The media that stand for an entity (media ids)."""

    image: str | None = None
    video: str | None = None


class Entity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What every story document has."""

    id: str
    user_id: str
    tenant_id: str
    version: int = 1
    created_at: datetime
    updated_at: datetime


class Project(Entity, frozen=True, kw_only=True, rename="camel"):
    """`projects/{id}`: `style_preset` goes into every prompt of the project."""

    name: str
    style_preset: str = ""


class InProject(Entity, frozen=True, kw_only=True, rename="camel"):
    """An entity of a project."""

    project_id: str
    primary: Primary = Primary()


class Character(InProject, frozen=True, kw_only=True, rename="camel"):
    """`characters/{id}`."""

    name: str
    appearance: str = ""
    clothing: str = ""
    accessories: str = ""
    visual_style: str = ""


class Universe(InProject, frozen=True, kw_only=True, rename="camel"):
    """`universes/{id}`."""

    name: str
    setting: str = ""


class Scene(InProject, frozen=True, kw_only=True, rename="camel"):
    """`scenes/{id}`."""

    title: str
    description: str = ""


class Moodboard(InProject, frozen=True, kw_only=True, rename="camel"):
    """`moodboards/{id}`."""

    title: str
    scene_id: str | None = None
    universe_id: str | None = None


def entity_key(collection: Collection, entity_id: str) -> Key:
    """Where an entity is kept. Raises `NotFound` for an id that cannot be."""
    return Key(collection, entity_id)
