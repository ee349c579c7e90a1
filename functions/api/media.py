"""List, get, change and delete media."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import PurePath
from typing import Annotated, Any, Literal

import msgspec

from functions.api.media_wire import MadeFromView, MediaView, media_view
from functions.api.stories_wire import Id
from functions.routing import Answer, Call, Route, Routes
from shared.core.errors import DriveNotConnected, DriveReconnectRequired, DriveUnavailable, InvalidRequest, NotFound
from shared.core.paging import PageQuery
from shared.drive.model import Access
from shared.drive.ports import DriveFiles, DriveRefusal
from shared.drive.reading import as_user
from shared.media.facets import terms_of, words_of
from shared.media.model import EntityType, Media
from shared.media.service import (
    change_media,
    delete_media,
    list_media,
    own_media,
    search_media,
    set_primary,
    used_in,
)

Tag = Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
FileName = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
UNFIT = re.compile(r"[\x00-\x1f\x7f/\\]")  #: in a file's name: controls, and what is a folder elsewhere


class MediaQuery(PageQuery, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Filters; each must hold."""

    entity_type: Literal["character", "moodboard", "animation"] | None = None
    entity_id: Id | None = None
    project_id: Id | None = None
    media_type: Literal["image", "video"] | None = None
    source_type: Literal["generated", "linked", "replaced", "uploaded"] | None = None
    is_accessible: bool | None = None
    favorite: bool | None = None
    model: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    tag: Tag | None = None
    q: Annotated[str, msgspec.Meta(max_length=200)] | None = None  #: words of the prompt or the file's name


class MediaPatch(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Changes of a media; what is left out stays."""

    is_primary: bool | msgspec.UnsetType = msgspec.UNSET
    favorite: bool | msgspec.UnsetType = msgspec.UNSET
    tags: Annotated[list[Tag], msgspec.Meta(max_length=20)] | msgspec.UnsetType = msgspec.UNSET
    file_name: FileName | msgspec.UnsetType = msgspec.UNSET  #: also of the file in Drive; it keeps its extension


class UsedInView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Something that was made from a media."""

    media_id: str
    media_type: Literal["image", "video"]
    entity_type: EntityType
    entity_id: str
    role: str
    index: int
    created_at: datetime


class Lineage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a media was made from, in order, and what was made from it, newest first."""

    made_from: list[MadeFromView]
    used_in: list[UsedInView]


class DeleteQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What happens to the file in Drive."""

    drive_file: Literal["keep", "trash"] = "keep"


class MediaDeleted(msgspec.Struct, frozen=True, rename="camel"):
    """What was removed."""

    id: str
    deleted: bool
    drive_file: str


FILTERS = {
    "entity_type": "entityType",
    "entity_id": "entityId",
    "project_id": "projectId",
    "media_type": "mediaType",
    "source_type": "sourceType",
    "is_accessible": "isAccessible",
    "favorite": "favorite",
    "model": "modelUsed",
}


def list_(call: Call) -> Answer:
    """A page."""
    filters = {stored: value for name, stored in FILTERS.items() if (value := getattr(call.query, name)) is not None}
    if call.query.q is not None and not words_of(call.query.q):
        raise InvalidRequest("no word", message="Search for a word of two characters or more.", field="q")
    terms = terms_of(call.query.q, call.query.tag)
    documents = call.app.documents
    page = (
        search_media(documents, call.user_id, filters, terms, call.query)
        if terms
        else list_media(documents, call.user_id, filters, call.query)
    )
    return Answer([media_view(call.app, media) for media in page.items], next_page_token=page.next_page_token)


def get(call: Call) -> Answer:
    """One."""
    return Answer(media_view(call.app, own_media(call.app.documents, call.user_id, call.path["id"])))


def change(call: Call) -> Answer:
    """Make it the primary one of its entity, or no longer; favourite, tags, name."""
    app, body, media_id = call.app, call.body, call.path["id"]
    changes: dict[str, Any] = {}
    if body.favorite is not msgspec.UNSET:
        changes["favorite"] = body.favorite
    if body.tags is not msgspec.UNSET:
        changes["tags"] = tuple(dict.fromkeys(tag.strip() for tag in body.tags if tag.strip()))
    if body.file_name is not msgspec.UNSET:
        changes["file_name"] = _renamed(call, own_media(app.documents, call.user_id, media_id), body.file_name)
    media = change_media(app.documents, app.ids, app.clock, call.user_id, media_id, changes) if changes else None
    if body.is_primary is not msgspec.UNSET:
        media = set_primary(app.documents, app.ids, call.user_id, media_id, primary=body.is_primary)
    return Answer(media_view(app, media or own_media(app.documents, call.user_id, media_id)))


def lineage(call: Call) -> Answer:
    """Both ways."""
    documents, media = call.app.documents, own_media(call.app.documents, call.user_id, call.path["id"])
    used = [
        UsedInView(
            media_id=other.id,
            media_type=other.media_type,
            entity_type=other.entity_type,
            entity_id=other.entity_id,
            role=made.role,
            index=made.index,
            created_at=other.created_at,
        )
        for other in used_in(documents, call.user_id, media.id)
        for made in other.made_from
        if made.media_id == media.id
    ]
    made_from = [MadeFromView(media_id=made.media_id, role=made.role, index=made.index) for made in media.made_from]
    return Answer(Lineage(made_from=made_from, used_in=used))


def delete(call: Call) -> Answer:
    """Remove the record; the file in Drive stays or goes to the trash."""
    app, how = call.app, call.query.drive_file
    trash = _trash(call) if how == "trash" else None
    delete_media(app.documents, app.ids, call.user_id, call.path["id"], trash=trash)
    app.logger.info("media.deleted", mediaId=call.path["id"], driveFile=how)
    return Answer(MediaDeleted(id=call.path["id"], deleted=True, drive_file=how))


def _renamed(call: Call, media: Media, wanted: str) -> str:
    """The new name, which the file in Drive has by now."""
    if UNFIT.search(wanted) or not wanted.strip():
        raise InvalidRequest("not a name", message="A name has no slashes and no line breaks.", field="fileName")
    extension = PurePath(media.file_name).suffix
    name = wanted.strip().removesuffix(extension) + extension
    try:
        _in_drive(call, lambda drive, access: drive.rename(access, media.drive_file_id, name))
    except DriveRefusal as refusal:
        raise NotFound(f"Drive: {refusal.reason}") from refusal
    return name


def _trash(call: Call) -> Callable[[Media], None]:
    return lambda media: _in_drive(call, lambda drive, access: drive.trash(access, media.drive_file_id))


def _in_drive(call: Call, act: Callable[[DriveFiles, Access], None]) -> None:
    as_user(call.app.connections, call.user_id, lambda access: act(call.app.drive, access))


DRIVE_ERRORS = (DriveNotConnected, DriveReconnectRequired, DriveUnavailable)
ROUTES: Routes = (
    Route("GET", "/api/media", list_, "List media, newest first", query=MediaQuery, answer=list[MediaView], paged=True),
    Route("GET", "/api/media/{id}", get, "Get a media", answer=MediaView, errors=(NotFound,)),
    Route("GET", "/api/media/{id}/lineage", lineage, "What it was made from, and what from it", answer=Lineage,
          errors=(NotFound,)),
    Route("PATCH", "/api/media/{id}", change, "Set as primary, favourite, tags, name", body=MediaPatch,
          answer=MediaView, errors=(NotFound, *DRIVE_ERRORS)),
    Route("DELETE", "/api/media/{id}", delete, "Delete a media", query=DeleteQuery, answer=MediaDeleted,
          errors=(NotFound, *DRIVE_ERRORS)),
)  # fmt: skip
