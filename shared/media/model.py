"""A media record: what was made or linked, and where in the user's Drive it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from shared.core.documents import Key
from shared.drive.model import FileRef, Source
from shared.stories.model import Character, Collection, InProject, Moodboard, entity_key

EntityType = Literal["character", "moodboard", "animation"]
_ENTITIES: Mapping[str, tuple[Collection, type[InProject]]] = {
    "character": ("characters", Character),
    "moodboard": ("moodboards", Moodboard),
    "animation": ("moodboards", Moodboard),
}


def entity_of(entity_type: EntityType, entity_id: str) -> tuple[Key, type[InProject]]:
    """Which document a media or a job belongs to, and as what it is read."""
    collection, kind = _ENTITIES[entity_type]
    return entity_key(collection, entity_id), kind


class Accessibility(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is known of whether the file can still be read."""

    state: Literal["accessible", "lost", "unknown"] = "accessible"
    reason: str | None = None
    misses: int = 0  #: definite ones; the second makes it lost
    missed_at: datetime | None = None  #: the first of them
    unclear: int = 0  #: looks in a row that could not tell
    checked_at: datetime | None = None
    asked_at: datetime | None = None  #: when its user had it looked at last
    next_check_at: datetime | None = None  #: None: the user's change feed tells when something happens to it
    interval_days: int = 1


class MadeFrom(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One reference that a generation used, in its role and order."""

    media_id: str
    role: str
    index: int
    drive_file_id: str


class FormerFile(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A file that a media had before it was replaced."""

    drive_file_id: str
    resource_key: str | None = None
    google_sub: str | None = None
    source_type: str
    file_name: str
    until: datetime


class Media(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`generated_media/{id}`. Sizes in bytes and pixels, durations in seconds."""

    id: str
    user_id: str
    tenant_id: str
    project_id: str
    entity_type: EntityType
    entity_id: str
    media_type: Literal["image", "video"]
    source_type: Literal["generated", "linked", "replaced", "uploaded"] = "generated"
    file_name: str
    mime_type: str
    file_size_bytes: int
    width: int | None = None
    height: int | None = None
    duration_seconds: float | None = None
    drive_file_id: str
    google_sub: str | None = None  #: the Google account whose Drive holds the file
    resource_key: str | None = None
    checksum: str | None = None  #: SHA-256, hexadecimal
    drive_web_view_link: str | None = None
    original_drive_url: str | None = None
    linked_at: datetime | None = None
    job_id: str | None = None
    model_used: str | None = None
    prompt_used: str | None = None
    generation_params: dict[str, Any] | None = None
    credits_used: int = 0
    sharing: Literal["public", "restricted"] = "public"
    is_accessible: bool = True
    accessibility: Accessibility = Accessibility()
    last_checked_at: datetime | None = None
    favorite: bool = False
    tags: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    made_from: tuple[MadeFrom, ...] = ()
    history: tuple[FormerFile, ...] = ()
    version: int = 1
    created_at: datetime
    updated_at: datetime

    def source(self) -> Source:
        """How its bytes are read: with the user's token if the app made it or it was picked, else with the key."""
        file, owned = FileRef(self.drive_file_id, self.resource_key), self.google_sub is not None
        return Source(user_id=self.user_id, file=file, owned=owned, public=self.sharing == "public")


class Preview(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`previews/{mediaId}`: a small WebP, at most 40 KB."""

    user_id: str
    webp: bytes


def media_key(media_id: str) -> Key:
    """Where a media record is kept."""
    return Key("generated_media", media_id)


def preview_key(media_id: str) -> Key:
    """Where a preview is kept."""
    return Key("previews", media_id)
