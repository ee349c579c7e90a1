"""Projects and what is in them, as the wire has them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from shared.core.paging import PageQuery

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\S")]
Text = Annotated[str, msgspec.Meta(max_length=4000)]
Version = Annotated[int, msgspec.Meta(ge=1)]


class Body(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A strict body."""

    def given(self) -> dict[str, object]:
        """The fields that were given, but the version."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__ if name != "version"}
        return {name: value for name, value in fields.items() if value is not msgspec.UNSET}


class ProjectCreate(Body, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A new project."""

    name: Name
    style_preset: Text = ""


class ProjectPatch(Body, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Changes of a project."""

    version: Version
    name: Name | msgspec.UnsetType = msgspec.UNSET
    style_preset: Text | msgspec.UnsetType = msgspec.UNSET


class CharacterCreate(Body, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A new character."""

    project_id: Id
    name: Name
    appearance: Text = ""
    clothing: Text = ""
    accessories: Text = ""
    visual_style: Text = ""


class CharacterPatch(Body, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Changes of a character."""

    version: Version
    name: Name | msgspec.UnsetType = msgspec.UNSET
    appearance: Text | msgspec.UnsetType = msgspec.UNSET
    clothing: Text | msgspec.UnsetType = msgspec.UNSET
    accessories: Text | msgspec.UnsetType = msgspec.UNSET
    visual_style: Text | msgspec.UnsetType = msgspec.UNSET


class UniverseCreate(Body, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A new universe."""

    project_id: Id
    name: Name
    setting: Text = ""


class UniversePatch(Body, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Changes of a universe."""

    version: Version
    name: Name | msgspec.UnsetType = msgspec.UNSET
    setting: Text | msgspec.UnsetType = msgspec.UNSET


class SceneCreate(Body, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A new scene."""

    project_id: Id
    title: Name
    description: Text = ""


class ScenePatch(Body, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Changes of a scene."""

    version: Version
    title: Name | msgspec.UnsetType = msgspec.UNSET
    description: Text | msgspec.UnsetType = msgspec.UNSET


class MoodboardCreate(Body, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A new moodboard."""

    project_id: Id
    title: Name
    scene_id: Id | None = None
    universe_id: Id | None = None


class MoodboardPatch(Body, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Changes of a moodboard; null takes a scene or universe away."""

    version: Version
    title: Name | msgspec.UnsetType = msgspec.UNSET
    scene_id: Id | msgspec.UnsetType | None = msgspec.UNSET
    universe_id: Id | msgspec.UnsetType | None = msgspec.UNSET


class InProjectQuery(PageQuery, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The query of a list within projects."""

    project_id: Id | None = None


class Primary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The media that stand for an entity."""

    image: str | None
    video: str | None


class ProjectView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A project."""

    id: str
    version: int
    name: str
    style_preset: str
    created_at: datetime
    updated_at: datetime


class CharacterView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A character."""

    id: str
    project_id: str
    version: int
    name: str
    appearance: str
    clothing: str
    accessories: str
    visual_style: str
    primary: Primary
    created_at: datetime
    updated_at: datetime


class UniverseView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A universe."""

    id: str
    project_id: str
    version: int
    name: str
    setting: str
    primary: Primary
    created_at: datetime
    updated_at: datetime


class SceneView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A scene."""

    id: str
    project_id: str
    version: int
    title: str
    description: str
    primary: Primary
    created_at: datetime
    updated_at: datetime


class MoodboardView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A moodboard."""

    id: str
    project_id: str
    version: int
    title: str
    scene_id: str | None
    universe_id: str | None
    primary: Primary
    created_at: datetime
    updated_at: datetime
