"""List, get, change and delete media."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from functions.api.media_wire import MediaView, media_view
from functions.api.stories_wire import Id
from functions.routing import Answer, Call, Route, Routes
from shared.core.errors import DriveNotConnected, DriveReconnectRequired, DriveUnavailable, NotFound
from shared.core.paging import PageQuery
from shared.drive.ports import TokenRejected
from shared.media.model import Media
from shared.media.service import delete_media, list_media, own_media, set_primary


class MediaQuery(PageQuery, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Filters; each must hold."""

    entity_type: Literal["character", "moodboard", "animation"] | None = None
    entity_id: Id | None = None
    project_id: Id | None = None
    media_type: Literal["image", "video"] | None = None
    source_type: Literal["generated", "linked", "replaced", "uploaded"] | None = None


class MediaPatch(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Changes of a media."""

    is_primary: bool


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
}


def list_(call: Call) -> Answer:
    """A page."""
    filters = {stored: value for name, stored in FILTERS.items() if (value := getattr(call.query, name)) is not None}
    page = list_media(call.app.documents, call.user_id, filters, call.query)
    return Answer([media_view(call.app, media) for media in page.items], next_page_token=page.next_page_token)


def get(call: Call) -> Answer:
    """One."""
    return Answer(media_view(call.app, own_media(call.app.documents, call.user_id, call.path["id"])))


def change(call: Call) -> Answer:
    """Make it the primary one of its entity, or no longer."""
    app = call.app
    media = set_primary(app.documents, app.ids, call.user_id, call.path["id"], primary=call.body.is_primary)
    return Answer(media_view(app, media))


def delete(call: Call) -> Answer:
    """Remove the record; the file in Drive stays or goes to the trash."""
    app, how = call.app, call.query.drive_file
    trash = _trash(call) if how == "trash" else None
    delete_media(app.documents, app.ids, call.user_id, call.path["id"], trash=trash)
    app.logger.info("media.deleted", mediaId=call.path["id"], driveFile=how)
    return Answer(MediaDeleted(id=call.path["id"], deleted=True, drive_file=how))


def _trash(call: Call) -> Callable[[Media], None]:
    def trash(media: Media) -> None:
        app = call.app
        access = app.connections.access(call.user_id)
        try:
            app.drive.trash(access, media.drive_file_id)
        except TokenRejected:
            app.drive.trash(app.connections.renew(access), media.drive_file_id)

    return trash


DRIVE_ERRORS = (DriveNotConnected, DriveReconnectRequired, DriveUnavailable)
ROUTES: Routes = (
    Route("GET", "/api/media", list_, "List media, newest first", query=MediaQuery, answer=list[MediaView], paged=True),
    Route("GET", "/api/media/{id}", get, "Get a media", answer=MediaView, errors=(NotFound,)),
    Route("PATCH", "/api/media/{id}", change, "Set as primary", body=MediaPatch, answer=MediaView, errors=(NotFound,)),
    Route("DELETE", "/api/media/{id}", delete, "Delete a media", query=DeleteQuery, answer=MediaDeleted,
          errors=(NotFound, *DRIVE_ERRORS)),
)  # fmt: skip
