"""Files of the user's own: link, upload, replace, check."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from functions.api.media_wire import MediaView, action_of, media_view
from functions.api.stories_wire import Id
from functions.parsing import read_body
from functions.routing import Answer, Call, Route, Routes
from shared.core.errors import (
    AssetNotAccessible,
    AssetWrongType,
    Conflict,
    DriveNotConnected,
    DriveReconnectRequired,
    DriveStorageFull,
    DriveUnavailable,
    IdempotencyKeyReused,
    InvalidDriveUrl,
    InvalidRequest,
    NotFound,
    PayloadTooLarge,
    RateLimited,
    UnsupportedMediaType,
)
from shared.core.idempotency import checked_key
from shared.media.checking import check_asset
from shared.media.linking import link_asset, replace_asset
from shared.media.model import EntityType
from shared.media.uploading import EXTENSIONS, MAX_UPLOAD, upload_asset

DriveUrl = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]


class LinkAsset(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`driveUrl`: the address of a file in Google Drive in any form, or its id."""

    entity_type: EntityType
    entity_id: Id
    drive_url: DriveUrl
    media_type: Literal["image", "video"]


class ReplaceAsset(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The address of the file that takes the other one's place."""

    new_drive_url: DriveUrl


class UploadQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Whose gallery the picture goes to."""

    entity_type: EntityType
    entity_id: Id


class CheckView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was seen now. `isAccessible` turns false only when a second look, hours later, misses the file too."""

    is_accessible: bool
    state: Literal["accessible", "lost", "unknown"]
    reason: str | None
    action: str | None
    last_checked_at: datetime | None


def link(call: Call) -> Answer:
    """A file that anyone with the link may read, or that was picked."""
    body = call.body
    media, new = link_asset(
        call.app.library,
        call.user_id,
        (body.entity_type, body.entity_id),
        body.drive_url,
        body.media_type,
        idempotency_key=_key(call),
    )
    return _added(media_view(call.app, media), new=new)


def upload(call: Call) -> Answer:
    """The bytes of a picture."""
    key = _key(call)
    mime_type = call.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if mime_type not in EXTENSIONS:
        raise UnsupportedMediaType(message=f"Send the picture as one of {', '.join(EXTENSIONS)}.")
    data = read_body(call.request, MAX_UPLOAD)
    if not data:
        raise InvalidRequest("no bytes", message="The body is empty: send the picture's bytes.")
    entity = (call.query.entity_type, call.query.entity_id)
    media, new = upload_asset(call.app.library, call.user_id, entity, data, mime_type, idempotency_key=key)
    return _added(media_view(call.app, media), new=new)


def replace(call: Call) -> Answer:
    """Another file for the same media."""
    media = replace_asset(call.app.library, call.user_id, call.path["id"], call.body.new_drive_url)
    return Answer(media_view(call.app, media))


def check(call: Call) -> Answer:
    """Look now."""
    media, verdict = check_asset(call.app.library, call.user_id, call.path["id"])
    seen = verdict if verdict.state == "unknown" else media.accessibility
    return Answer(
        CheckView(
            is_accessible=media.is_accessible,
            state=seen.state,
            reason=seen.reason,
            action=action_of(seen.reason),
            last_checked_at=media.last_checked_at,
        )
    )


def _key(call: Call) -> str | None:
    return checked_key(call.request.headers.get("Idempotency-Key"))


def _added(view: MediaView, *, new: bool) -> Answer:
    return Answer(view, 201 if new else 200, {"Location": f"/api/media/{view.id}"})


FILE_ERRORS = (InvalidDriveUrl, AssetNotAccessible, AssetWrongType, DriveUnavailable)
UPLOAD_ERRORS = (DriveNotConnected, DriveReconnectRequired, DriveStorageFull, DriveUnavailable, PayloadTooLarge,
                 UnsupportedMediaType, AssetWrongType)  # fmt: skip
ROUTES: Routes = (
    Route("POST", "/api/assets/link", link, "Link a file in Google Drive to a gallery", body=LinkAsset,
          answer=MediaView, status=201, also={200: MediaView}, idempotent=True,
          errors=(NotFound, IdempotencyKeyReused, *FILE_ERRORS)),
    Route("POST", "/api/assets/upload", upload, "Upload a reference picture into the user's Drive", query=UploadQuery,
          reads_body=True, answer=MediaView, status=201, also={200: MediaView}, idempotent=True,
          errors=(NotFound, IdempotencyKeyReused, *UPLOAD_ERRORS)),
    Route("PUT", "/api/assets/{id}/replace", replace, "Put another file in the place of a media's", body=ReplaceAsset,
          answer=MediaView, errors=(NotFound, Conflict, *FILE_ERRORS)),
    Route("GET", "/api/assets/{id}/check", check, "Look now whether the file can be read", answer=CheckView,
          errors=(NotFound, RateLimited)),
)  # fmt: skip
