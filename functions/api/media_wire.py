"""A media record, as the wire has it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from shared.app import App
from shared.media.links import MediaLinks
from shared.media.model import EntityType, Media
from shared.media.service import is_primary


class AccessibilityView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether the file can still be read."""

    state: Literal["accessible", "lost", "unknown"]
    reason: str | None
    action: str | None  #: what the user can do: restore_from_trash, share_file, replace, connect_drive
    checked_at: datetime | None


class MadeFromView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A reference that was used."""

    media_id: str
    role: str
    index: int


class FormerView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A file that it had before it was replaced."""

    drive_file_id: str
    source_type: str
    file_name: str
    until: datetime


class MediaView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was made or linked, and where it is."""

    id: str
    entity_type: EntityType
    entity_id: str
    project_id: str
    media_type: Literal["image", "video"]
    source_type: Literal["generated", "linked", "replaced", "uploaded"]
    file_name: str
    mime_type: str
    file_size_bytes: int
    width: int | None
    height: int | None
    duration_seconds: float | msgspec.UnsetType = msgspec.UNSET
    drive_file_id: str
    view_url: str
    thumbnail_url: str
    public_url: str | None
    content_url: str
    preview_url: str
    original_drive_url: str | msgspec.UnsetType = msgspec.UNSET
    linked_at: datetime | msgspec.UnsetType = msgspec.UNSET
    job_id: str | None
    model_used: str | msgspec.UnsetType = msgspec.UNSET
    prompt_used: str | msgspec.UnsetType = msgspec.UNSET
    generation_params: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    credits_used: int
    sharing: Literal["public", "restricted"]
    is_accessible: bool
    accessibility: AccessibilityView
    last_checked_at: datetime | None
    is_primary: bool
    favorite: bool
    tags: list[str]
    made_from: list[MadeFromView]
    history: list[FormerView]
    created_at: datetime
    updated_at: datetime


ACTIONS = {
    "trashed": "restore_from_trash",
    "private": "share_file",
    "not_granted_or_gone": "replace",
    "content_blocked": "replace",
    "needs_reconnect": "connect_drive",
}  #: by the reason why a file cannot be read


def action_of(reason: str | None) -> str | None:
    """What the user can do about it."""
    return ACTIONS.get(reason or "")


def media_view(app: App, media: Media) -> MediaView:
    """A record with its links; those to our own bytes are signed and short-lived."""
    links = MediaLinks(app.config, app.secret("SESSION_SECRET"), app.clock)
    optional = {
        name: value
        for name in (
            "duration_seconds",
            "original_drive_url",
            "linked_at",
            "model_used",
            "prompt_used",
            "generation_params",
        )
        if (value := getattr(media, name)) is not None
    }
    plain = ("id", "entity_type", "entity_id", "project_id", "media_type", "source_type", "file_name", "mime_type",
             "file_size_bytes", "width", "height", "drive_file_id", "job_id", "credits_used", "sharing",
             "is_accessible", "last_checked_at", "favorite", "created_at", "updated_at")  # fmt: skip
    return MediaView(
        **{name: getattr(media, name) for name in plain},
        **optional,
        view_url=links.view_url(media),
        thumbnail_url=links.thumbnail_url(media),
        public_url=links.public_url(media),
        content_url=links.content_url(media),
        preview_url=links.preview_url(media),
        accessibility=AccessibilityView(
            state=media.accessibility.state,
            reason=media.accessibility.reason,
            action=action_of(media.accessibility.reason),
            checked_at=media.accessibility.checked_at,
        ),
        is_primary=is_primary(app.documents, media),
        tags=list(media.tags),
        made_from=[MadeFromView(media_id=m.media_id, role=m.role, index=m.index) for m in media.made_from],
        history=[msgspec.convert(former, FormerView, from_attributes=True) for former in media.history],
    )
