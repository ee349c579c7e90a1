"""What the use cases of assets need from outside, and how they find a file in Drive."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from shared.core.clock import Clock
from shared.core.documents import Documents
from shared.core.errors import (
    AssetNotAccessible,
    AssetWrongType,
    DriveNotConnected,
    DriveReconnectRequired,
    DriveUnavailable,
    InvalidDriveUrl,
    RetryableError,
)
from shared.core.ids import Ids
from shared.core.logs import Logger
from shared.drive.model import DriveFile, FileRef, Sight, Source, Unclear
from shared.drive.ports import DriveFiles, DriveRefusal, TokenRejected
from shared.drive.reading import as_user, opened
from shared.drive.urls import DriveLink, Kind, parse_drive_url
from shared.generation.ports import Pictures, ResultUnusable

if TYPE_CHECKING:
    from shared.drive.connections import Connections

IMAGES = ("image/png", "image/jpeg", "image/webp")
VIDEOS = ("video/mp4", "video/webm", "video/quicktime")
SHORTCUT = "application/vnd.google-apps.shortcut"
MAX_DECODED = 25 * 1024 * 1024  #: a larger picture is linked undecoded, with the size that Drive tells
SAY: Mapping[Kind, str] = {
    "folder": "That is a folder. Open it and copy the link of one file.",
    "form": "That is a form. Link a picture or a film.",
    "short_link": "That is a short link. Open it and copy the full address of the file in Google Drive.",
    "published": "That is a published page. Copy the link of the file itself, by its Share button.",
}
ALTERNATIVES = ["share_file"]  #: beside picking it: share it with anyone who has the link


@dataclass(frozen=True)
class Library:
    """The ports. Those that cost a client come late."""

    documents: Documents
    drive: Callable[[], DriveFiles]
    connections: Callable[[], Connections]
    pictures: Callable[[], Pictures]
    clock: Clock
    ids: Ids
    logger: Logger
    tenant_id: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A file and how it can be read. `google_sub`: whose token reads it; None: only the key does."""

    file: DriveFile
    ref: FileRef
    google_sub: str | None
    public: bool

    def source(self, user_id: str) -> Source:
        """How its bytes are read."""
        return Source(user_id=user_id, file=self.ref, owned=self.google_sub is not None, public=self.public)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a media record says of a file, and its preview."""

    mime_type: str
    size: int
    width: int | None
    height: int | None
    duration_seconds: float | None
    checksum: str | None  #: SHA-256, hexadecimal
    preview: bytes


def link_of(text: str) -> FileRef:
    """The file that an address names. Raises `InvalidDriveUrl` with what it is instead."""
    link: DriveLink = parse_drive_url(text)
    if link.file_id is None or link.kind in SAY:
        raise InvalidDriveUrl(link.kind, message=SAY.get(link.kind), kind=link.kind, field="driveUrl")
    return FileRef(link.file_id, link.resource_key)


def find_file(library: Library, user_id: str, ref: FileRef, *, follow: bool = True) -> Found:
    """A file that can be read, by the user's token or by anybody; a shortcut is followed once.

    Raises `AssetNotAccessible`, or `DriveUnavailable` when Drive cannot say.
    """
    by_token, google_sub = sight_by_token(library, user_id, ref)
    by_key = sight_by_key(library, ref)
    owned = isinstance(by_token, DriveFile)
    file = by_token if isinstance(by_token, DriveFile) else by_key
    if not isinstance(file, DriveFile):
        if Unclear("unavailable") in (by_token, by_key):
            raise DriveUnavailable("neither the token nor the key can say")
        raise AssetNotAccessible("not granted and not public", alternatives=ALTERNATIVES, reason="not_found")
    if file.target and follow:
        return find_file(library, user_id, file.target, follow=False)
    if file.trashed:
        message = "That file is in the trash of Google Drive. Restore it there first."
        raise AssetNotAccessible("trashed", message=message, alternatives=ALTERNATIVES, reason="trashed")
    public = isinstance(by_key, DriveFile) or bool(file.public)
    ref = FileRef(file.id, file.resource_key or ref.resource_key)
    return Found(file=file, ref=ref, google_sub=google_sub if owned else None, public=public)


def sight_by_token(library: Library, user_id: str, ref: FileRef) -> tuple[Sight, str | None]:
    """What the user's token sees, and whose Google account it is."""
    try:
        return as_user(
            library.connections(),
            user_id,
            lambda access: (library.drive().get(access, ref.file_id, ref.resource_key), access.google_sub),
        )
    except (DriveNotConnected, DriveReconnectRequired):
        return Unclear("needs_reconnect"), None
    except (RetryableError, DriveRefusal, TokenRejected) as error:
        library.logger.warning("drive.unclear", witness="token", reason=str(error))
        return Unclear("unavailable"), None


def sight_by_key(library: Library, ref: FileRef) -> Sight:
    """What anybody sees."""
    try:
        return library.drive().get(None, ref.file_id, ref.resource_key)
    except (RetryableError, DriveRefusal) as error:
        library.logger.warning("drive.unclear", witness="key", reason=str(error))
        return Unclear("unavailable")


def facts_of(library: Library, user_id: str, found: Found, media_type: str) -> Facts:
    """What the file is, by its real type; a picture is decoded. Raises `AssetWrongType`, `AssetNotAccessible`."""
    file = found.file
    allowed = IMAGES if media_type == "image" else VIDEOS
    if file.mime_type not in allowed or not file.size:
        message = f"That file is {file.mime_type or 'of no known type'}. Here belongs one of {', '.join(allowed)}."
        raise AssetWrongType(message=message, expected=media_type, found=file.mime_type)
    if not file.can_download:
        message = "The owner of that file does not let others download it."
        raise AssetNotAccessible("no download", message=message, alternatives=ALTERNATIVES, reason="content_blocked")
    if media_type == "image" and file.size <= MAX_DECODED:
        return picture_facts(library, _bytes(library, user_id, found))
    return Facts(
        mime_type=file.mime_type,
        size=file.size,
        width=file.width,
        height=file.height,
        duration_seconds=file.duration_seconds,
        checksum=file.sha256,
        preview=library.pictures().placeholder(media_type),
    )


def picture_facts(library: Library, data: bytes) -> Facts:
    """What a picture is. Raises `AssetWrongType` for what is not one whole still picture within the limits."""
    pictures = library.pictures()
    try:
        picture, preview = pictures.verify(data), pictures.preview(data)
    except ResultUnusable as error:
        message = "That is not a whole PNG, JPEG or WebP picture of at most 50 megapixels."
        raise AssetWrongType(str(error), message=message, expected="image", found="unreadable") from error
    return Facts(
        mime_type=picture.mime_type,
        size=len(data),
        width=picture.width,
        height=picture.height,
        duration_seconds=None,
        checksum=hashlib.sha256(data).hexdigest(),
        preview=preview,
    )


def _bytes(library: Library, user_id: str, found: Found) -> bytes:
    try:
        with opened(library.connections(), library.drive(), found.source(user_id)) as download:
            return b"".join(download.chunks)
    except DriveRefusal as refusal:
        message = "Google Drive does not let that file be downloaded."
        raise AssetNotAccessible(
            refusal.reason, message=message, alternatives=ALTERNATIVES, reason="content_blocked"
        ) from refusal
