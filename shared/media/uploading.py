"""A picture of the user's own, into their Drive and an entity's gallery."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import msgspec

from shared.core.documents import Change, Key, Reads, change, write
from shared.core.errors import AssetWrongType, DriveReconnectRequired, DriveStorageFull
from shared.core.ids import digest
from shared.drive.model import Access, DriveFile, FileRef, Upload
from shared.drive.ports import DriveRefusal
from shared.drive.reading import as_user
from shared.media.library import Facts, Found, Library, picture_facts
from shared.media.linking import Memory, add, linked, own_entity
from shared.media.model import EntityType, Media, media_key
from shared.media.service import own_media

MAX_UPLOAD = 10 * 1024 * 1024
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
FULL = ("storageQuotaExceeded", "quotaExceeded")
KEPT = timedelta(days=7)


class PendingUpload(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`pending_uploads/{mediaId}`: the Drive file's id, stored before the upload, so that a repeat makes no second."""

    user_id: str
    google_sub: str
    file_id: str
    expires_at: datetime


def upload_asset(
    library: Library,
    user_id: str,
    entity: tuple[EntityType, str],
    data: bytes,
    mime_type: str,
    *,
    idempotency_key: str | None = None,
) -> tuple[Media, bool]:
    """Store a picture: the media, and whether it is new; the same bytes twice are the same media.

    Raises `NotFound` for an entity that is not the user's, `AssetWrongType`, the errors of the connection,
    `DriveStorageFull`, `DriveUnavailable`, `DriveRefusal`, `IdempotencyKeyReused`.
    """
    owner = own_entity(library, user_id, entity)
    checksum = hashlib.sha256(data).hexdigest()
    memory = Memory.of(user_id, idempotency_key, "upload", entity, checksum)
    if earlier := memory.earlier(library):
        return own_media(library.documents, user_id, earlier), False
    facts = picture_facts(library, data)
    if facts.mime_type != mime_type:
        message = f"The picture is {facts.mime_type}, and was sent as {mime_type}."
        raise AssetWrongType(message=message, expected=mime_type, found=facts.mime_type)
    media_id, there = _media_of(library, digest("upload", user_id, *entity, checksum), checksum)
    if there:
        return there, False
    found = _stored(library, user_id, media_id, data, facts)
    media = linked(library, user_id, entity, owner.project_id, found, facts, "image", None)
    return add(library, msgspec.structs.replace(media, id=media_id), facts.preview, memory)


def _media_of(library: Library, media_id: str, checksum: str) -> tuple[str, Media | None]:
    """The id for these bytes, and their media if there is one; one that was replaced or lost makes room for another."""
    there = library.documents.get([media_key(media_id)])[0].read_or_none(Media)
    if there is None or (there.checksum == checksum and there.is_accessible):
        return media_id, there
    return _media_of(library, digest("again", media_id), checksum)


def _stored(library: Library, user_id: str, media_id: str, data: bytes, facts: Facts) -> Found:
    try:
        return as_user(
            library.connections(), user_id, lambda access: _into_drive(library, access, media_id, data, facts)
        )
    except DriveRefusal as refusal:
        if refusal.reason in FULL:
            connection = library.connections().find(user_id)
            used = connection.storage_used_bytes if connection else None
            limit = connection.storage_limit_bytes if connection else None
            raise DriveStorageFull(refusal.reason, usedBytes=used, limitBytes=limit) from refusal
        if refusal.reason in ("insufficientPermissions", "domainPolicy"):
            raise DriveReconnectRequired(refusal.reason, reason=refusal.reason) from refusal
        raise


def _into_drive(library: Library, access: Access, media_id: str, data: bytes, facts: Facts) -> Found:
    drive, folder = library.drive(), library.connections().ensure_folder(access)
    name = f"reference_{media_id[:8]}.{EXTENSIONS[facts.mime_type]}"

    def send(file_id: str) -> DriveFile:
        upload = Upload(
            file_id=file_id,
            name=name,
            mime_type=facts.mime_type,
            parent=folder,
            app_properties={"mediaId": media_id},
        )
        return drive.upload(access, upload, iter((data,)), len(data))

    try:
        file = send(_reserved(library, access, media_id))
    except DriveRefusal as refusal:
        if refusal.reason != "fileIdInUse":
            raise
        file = send(_reserved(library, access, media_id, fresh=True))  # the earlier one is in the trash, or was changed
    public = drive.make_public(access, file.id)
    ref = FileRef(file.id, file.resource_key)
    return Found(file=file, ref=ref, google_sub=access.google_sub, public=public)


def _reserved(library: Library, access: Access, media_id: str, *, fresh: bool = False) -> str:
    """The file's id, the same for every attempt. Another Google account needs another one."""
    key = Key("pending_uploads", media_id)
    new_id = library.drive().generate_ids(access, 1)[0]

    def decide(reads: Reads) -> Change:
        known = reads[key].read_or_none(PendingUpload)
        if known and known.google_sub == access.google_sub and not fresh:
            return Change((), known.file_id)
        expires_at = library.clock.now() + KEPT
        pending = PendingUpload(
            user_id=access.user_id, google_sub=access.google_sub, file_id=new_id, expires_at=expires_at
        )
        return Change((write(reads[key], pending),), new_id)

    file_id: str = change(library.documents, [key], decide, command=library.ids.new())
    return file_id
