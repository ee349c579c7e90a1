"""What the Drive connection and the product need from Google."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

import msgspec

from shared.core.errors import PermanentError
from shared.core.secret import Secret
from shared.drive.model import About, Access, Ask, ChangePage, DriveFile, FilePage, Sight, Upload


class GrantInvalid(PermanentError):
    """Google no longer accepts the grant (`invalid_grant` and its kin alone mean this).

    `reason`: revoked, rapt, policy, client.
    """

    code = "GOOGLE_DRIVE_RECONNECT_REQUIRED"
    http_status = 409
    action = "connect_drive"


class DriveRefusal(PermanentError):
    """Drive refuses, and a repeat will not help. `reason` is Google's word (storageQuotaExceeded, notFound, …)."""

    code = "DRIVE_REFUSED"
    http_status = 502
    message = "Google Drive refused this."

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(f"Drive refused: {status} {reason}", reason=reason)
        self.reason = reason
        self.status = status


class TokenRejected(PermanentError):
    """Drive does not accept the access token (401): refresh once, then try once more."""

    code = "GOOGLE_DRIVE_RECONNECT_REQUIRED"
    http_status = 409
    action = "connect_drive"


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What the token endpoint answered. `scopes` is what was granted; `refresh_token` is often absent."""

    access_token: Secret
    expires_at: datetime
    scopes: frozenset[str]
    refresh_token: Secret | None = None
    refresh_expires_at: datetime | None = None
    id_token: Secret | None = None


class GoogleIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Who an ID token says the user is."""

    issuer: str
    subject: str
    email: str | None = None
    email_verified: bool = False
    name: str | None = None
    picture: str | None = None
    hosted_domain: str | None = None
    nonce: str | None = None


class GoogleOAuth(Protocol):
    """Google's token endpoint and ID tokens."""

    def exchange(self, code: Secret, verifier: Secret, redirect_uri: str) -> Tokens:
        """A code for tokens. Raises `GrantInvalid`, or `DriveUnavailable` for an outage."""
        ...

    def refresh(self, refresh_token: Secret) -> Tokens:
        """A new access token. Raises `GrantInvalid`, or `DriveUnavailable` for an outage."""
        ...

    def revoke(self, token: Secret) -> None:
        """Remove the user's whole grant at Google; one that is dead already is fine. Raises `DriveUnavailable`."""
        ...

    def verify(self, id_token: Secret, nonce: str) -> GoogleIdentity:
        """Check signature, issuer, audience, times and nonce. Raises `Unauthenticated`, or `DriveUnavailable`."""
        ...


class KeyWrapper(Protocol):
    """Cloud KMS: wraps a data key."""

    def wrap(self, data_key: bytes, context: bytes) -> bytes:
        """Encrypt a data key; `context` is authenticated with it. Raises `Unavailable`."""
        ...

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Decrypt it again. Raises `Unavailable`, or ValueError when key or context are not those that wrapped it."""
        ...


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that come from Drive. `first` and `last` are byte positions, `total` the file's size."""

    chunks: Iterator[bytes]
    mime_type: str
    first: int
    last: int
    total: int


class DriveFiles(Protocol):
    """A user's Drive, under the scope drive.file; and what anyone with the link may read, where `access` may be None.

    A public file that was never picked is not readable with a user's token, so both ways are needed.

    Every method raises `TokenRejected` (401), `DriveRefusal` (certain, with Google's reason) or `DriveUnavailable`
    (rate limits, 5xx, network, HTML instead of JSON).
    """

    def about(self, access: Access) -> About:
        """Whose Drive it is, and how full."""
        ...

    def generate_ids(self, access: Access, count: int) -> list[str]:
        """Reserve file ids for this user."""
        ...

    def get(self, access: Access | None, file_id: str, resource_key: str | None = None) -> DriveFile | None:
        """A file's metadata; None when it is not granted, not public, or gone (all look the same)."""
        ...

    def find_folder(self, access: Access) -> DriveFile | None:
        """The app's folder by its marker in appProperties, not trashed. A search may lag behind a create."""
        ...

    def create_folder(self, access: Access, file_id: str) -> DriveFile:
        """The app's folder with a reserved id; creating it twice gives the same folder."""
        ...

    def upload(self, access: Access, upload: Upload, source: Iterator[bytes], size: int) -> DriveFile:
        """Create a file resumably with its reserved id, in constant memory; doing it twice gives the same file.

        The answer's size and checksum are those of the bytes in `source`; a file that exists with other bytes raises
        `DriveRefusal("fileIdInUse")`, and so does one that is in the trash.
        """
        ...

    def make_public(self, access: Access, file_id: str) -> bool:
        """Anyone with the link may read. False when a policy forbids it: the file stays private."""
        ...

    def download(
        self,
        access: Access | None,
        file_id: str,
        first: int = 0,
        last: int | None = None,
        *,
        resource_key: str | None = None,
    ) -> AbstractContextManager[Download]:
        """Bytes `first` to `last`, inclusive; None: to the end. Raises `RangeNotSatisfiable` too."""
        ...

    def rename(self, access: Access, file_id: str, name: str) -> None:
        """Give a file another name; twice is fine."""
        ...

    def trash(self, access: Access, file_id: str) -> None:
        """Move to the trash; gone already is fine."""
        ...


class FeedLost(PermanentError):
    """The change feed does not go on from this token: everything must be looked at once."""


class DriveWatch(Protocol):
    """Looking at many files: cheap in time, in memory and in quota (a look costs 5 units, a page 100).

    Pages raise what `DriveFiles` raises.
    """

    def look(self, asks: Sequence[Ask]) -> list[Sight]:
        """What is seen of each, in the order of the asks; many at a time. Never raises for what Drive does."""
        ...

    def first_token(self, access: Access) -> str:
        """Where the change feed goes on from now."""
        ...

    def changes(self, access: Access, token: str) -> ChangePage:
        """What has changed among the files that this user's token sees, at most 1,000. Raises `FeedLost`."""
        ...

    def files_page(self, access: Access, token: str | None = None) -> FilePage:
        """All that this user's token sees, also in the trash, at most 1,000 a page."""
        ...


class DriveAccess(Protocol):
    """Access to the users' Drives: `Connections`."""

    def access(self, user_id: str) -> Access:
        """A live token. Raises `DriveNotConnected`, `DriveReconnectRequired` or `DriveUnavailable`."""
        ...

    def renew(self, access: Access) -> Access:
        """Another token, after Drive refused this one. Raises the same."""
        ...

    def ensure_folder(self, access: Access) -> str:
        """The id of the app's folder, made when it is gone. Raises what `DriveFiles` raises."""
        ...
