"""The connection to a user's Drive, and Drive's files, as values."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from shared.core.documents import Key
from shared.core.secret import Secret

DRIVE_FILE_SCOPE = "https://www.googleapis.com/auth/drive.file"
FOLDER_NAME = "Ecosystem IP AI"
FOLDER_TYPE = "application/vnd.google-apps.folder"


class Connection(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`user_google_drive_tokens/{userId}`: tokens only as ciphertext, and what is known of the user's Drive."""

    user_id: str
    tenant_id: str
    google_sub: str  #: which Google account; files made through it are invisible to any other
    drive_email: str | None = None
    access_token: bytes | None = None  #: ciphertext
    refresh_token: bytes | None = None  #: ciphertext
    wrapped_key: bytes | None = None  #: the data key, wrapped by KMS; deleting it shreds the tokens
    token_expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None  #: only for time-limited grants
    scopes: tuple[str, ...] = ()
    state: Literal["connected", "needs_reconnect", "disconnected"] = "connected"
    reason: str | None = None
    is_active: bool = True
    version: int = 1  #: grows with each new grant; part of the ciphertexts' authenticated data
    refresh_lease: datetime | None = None  #: until when one instance is refreshing
    refresh_holder: str | None = None  #: which one
    drive_folder_id: str | None = None
    storage_used_bytes: int = 0
    storage_limit_bytes: int | None = None
    changes_page_token: str | None = None
    connected_at: datetime
    last_used_at: datetime | None = None


def connection_key(user_id: str) -> Key:
    """Where a user's connection is kept."""
    return Key("user_google_drive_tokens", user_id)


class Access(msgspec.Struct, frozen=True):
    """What a call to a user's Drive needs."""

    user_id: str
    google_sub: str
    token: Secret  #: a live access token


class FileRef(msgspec.Struct, frozen=True):
    """Which file: some older link-shared files are found only with their resource key."""

    file_id: str
    resource_key: str | None = None


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A file, and which ways there are: `owned` by the user's token, `public` by the key."""

    user_id: str
    file: FileRef
    owned: bool
    public: bool


class DriveFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file or folder as Drive describes it. Sizes in bytes and pixels; checksums in hexadecimal.

    `public` is None when whoever asks is not told. A shortcut has a target, which may have a resource key of its own.
    """

    id: str
    name: str = ""
    mime_type: str = ""
    size: int | None = None
    md5: str | None = None
    sha256: str | None = None
    trashed: bool = False
    parents: tuple[str, ...] = ()
    web_view_link: str | None = None
    resource_key: str | None = None
    can_add_children: bool = True
    can_download: bool = True
    public: bool | None = None
    width: int | None = None
    height: int | None = None
    duration_seconds: float | None = None
    target: FileRef | None = None


class Unclear(msgspec.Struct, frozen=True):
    """A witness who cannot say whether there is a file."""

    reason: str


Sight = DriveFile | Unclear | None  #: what a witness says of a file; None: there is none for it


class Ask(msgspec.Struct, frozen=True):
    """One look at one file: with a user's token, or (None) with the API key."""

    file: FileRef
    access: Access | None


class FileChange(msgspec.Struct, frozen=True):
    """Something happened to a file: as it is now, or None when it is gone or not visible any more."""

    file_id: str
    file: DriveFile | None


class ChangePage(msgspec.Struct, frozen=True, kw_only=True):
    """Changes in order; `token` is where the feed goes on, at once when there are `more`."""

    changes: tuple[FileChange, ...]
    token: str
    more: bool


class FilePage(msgspec.Struct, frozen=True, kw_only=True):
    """Files; `token` is of the next page, None on the last."""

    files: tuple[DriveFile, ...]
    token: str | None


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Whose Drive it is and how full. `limit_bytes` is None when it is unlimited."""

    email: str
    permission_id: str
    used_bytes: int
    limit_bytes: int | None


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file to be created. `file_id` was reserved with `generate_ids` and stored before."""

    file_id: str
    name: str
    mime_type: str
    parent: str
    app_properties: dict[str, str]
