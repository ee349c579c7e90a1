"""Errors this backend raises on purpose.

::

    AppError
      PermanentError                  the same call cannot work later
        InvalidRequest            400   field
        InvalidDriveUrl           400   kind
        Unauthenticated           401   action sign_in
        InsufficientCredits       402   required, available
        Forbidden                 403
        NotFound                  404   also for another user's object
        MethodNotAllowed          405
        Conflict                  409
        DriveNotConnected         409   action connect_drive
        DriveReconnectRequired    409   action connect_drive, reason
        GoogleAccountMismatch     409   expected, given (masked)
        DriveStorageFull          409   action free_storage, usedBytes, limitBytes
        PayloadTooLarge           413
        UnsupportedMediaType      415
        RangeNotSatisfiable       416
        IdempotencyKeyReused      422
        AssetNotAccessible        422   action pick_file, alternatives, reason
        AssetWrongType            422   expected, found
        ReferenceNotUsable        422   field, mediaId, reason
        CharacterHasNoImage       422   characterIds
      RetryableError                  the same call may work later
        RateLimited               429   retryAfter
        TooManyJobs               429   limit
        Unavailable               503
        DriveUnavailable          503
        ProviderUnavailable       503

The exception's own argument is for the log and never leaves the server; `message` is for people; `details` are
the facts that the HTTP contract promises beside the code.
"""

from __future__ import annotations

from typing import Any, ClassVar


class AppError(Exception):
    """Base of every error with a meaning to the caller."""

    code: ClassVar[str] = "INTERNAL"
    http_status: ClassVar[int] = 500
    message: str = "Something went wrong on our side. Please try again."
    action: str | None = None
    retryable: ClassVar[bool] = False

    def __init__(self, log: str = "", *, message: str | None = None, **details: Any) -> None:
        super().__init__(log or self.code)
        self.details = details
        if message is not None:
            self.message = message


class PermanentError(AppError):
    """The same call cannot work later."""


class RetryableError(AppError):
    """The same call may work later."""

    retryable = True


class InvalidRequest(PermanentError):
    """The input is not what the contract says; `field` names the part."""

    code = "INVALID_REQUEST"
    http_status = 400
    message = "The request is not valid."


class InvalidDriveUrl(PermanentError):
    """The text is not a link to one Drive file; `kind` says what it is instead."""

    code = "INVALID_DRIVE_URL"
    http_status = 400
    message = "That is not a link to a file in Google Drive."


class Unauthenticated(PermanentError):
    """There is no valid session."""

    code = "UNAUTHENTICATED"
    http_status = 401
    message = "Please sign in."
    action = "sign_in"


class InsufficientCredits(PermanentError):
    """`required` credits are more than the `available` ones."""

    code = "INSUFFICIENT_CREDITS"
    http_status = 402
    message = "You do not have enough credits for this."
    action = "buy_credits"


class Forbidden(PermanentError):
    """A cross-site request, a foreign origin, or a caller without the right."""

    code = "FORBIDDEN"
    http_status = 403
    message = "This request is not allowed from here."


class NotFound(PermanentError):
    """There is no such thing, or it belongs to somebody else: the caller cannot tell which."""

    code = "NOT_FOUND"
    http_status = 404
    message = "There is nothing here, or it is not yours."


class MethodNotAllowed(PermanentError):
    """The path exists, the method does not; `allow` lists those that do."""

    code = "METHOD_NOT_ALLOWED"
    http_status = 405
    message = "This address does not answer that method."


class Conflict(PermanentError):
    """The stored state does not allow this step."""

    code = "CONFLICT"
    http_status = 409
    message = "This has changed in the meantime. Load it again and retry."


class DriveNotConnected(PermanentError):
    """The user has no Google Drive connected."""

    code = "GOOGLE_DRIVE_NOT_CONNECTED"
    http_status = 409
    message = "Please connect your Google Drive first."
    action = "connect_drive"


class DriveReconnectRequired(PermanentError):
    """The connection no longer works; `reason` says why."""

    code = "GOOGLE_DRIVE_RECONNECT_REQUIRED"
    http_status = 409
    message = "Please connect your Google Drive again."
    action = "connect_drive"


class GoogleAccountMismatch(PermanentError):
    """Another Google account than the connected one; `expected` and `given` are masked addresses."""

    code = "GOOGLE_ACCOUNT_MISMATCH"
    http_status = 409
    message = "That is another Google account than the one that holds your files."


class DriveStorageFull(PermanentError):
    """The user's Drive has no room; `usedBytes` and `limitBytes` as far as known."""

    code = "DRIVE_STORAGE_FULL"
    http_status = 409
    message = "Your Google Drive is full. Free some space and we will go on."
    action = "free_storage"


class PayloadTooLarge(PermanentError):
    """The body is larger than the route takes; `limit` in bytes."""

    code = "PAYLOAD_TOO_LARGE"
    http_status = 413
    message = "That is too large."


class UnsupportedMediaType(PermanentError):
    """The body is not of the type that the route takes."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    http_status = 415
    message = "Send JSON with the content type application/json."


class RangeNotSatisfiable(PermanentError):
    """The Range header asks for bytes that the file does not have; `size` in bytes."""

    code = "RANGE_NOT_SATISFIABLE"
    http_status = 416
    message = "The file has no such range."


class IdempotencyKeyReused(PermanentError):
    """The key was used before with another body."""

    code = "IDEMPOTENCY_KEY_REUSED"
    http_status = 422
    message = "This Idempotency-Key was used before for another request."


class AssetNotAccessible(PermanentError):
    """The Drive file cannot be read."""

    code = "ASSET_NOT_ACCESSIBLE"
    http_status = 422
    message = "We cannot read that file in Google Drive."
    action = "pick_file"


class AssetWrongType(PermanentError):
    """The Drive file is of another type than was asked for; `expected` and `found`."""

    code = "ASSET_WRONG_TYPE"
    http_status = 422
    message = "That file is of another type."


class ReferenceNotUsable(PermanentError):
    """A reference picture cannot be used; `field`, `mediaId` and `reason`."""

    code = "REFERENCE_NOT_USABLE"
    http_status = 422
    message = "That picture cannot be used as a reference."


class CharacterHasNoImage(PermanentError):
    """`characterIds` have no picture that can be used."""

    code = "CHARACTER_HAS_NO_IMAGE"
    http_status = 422
    message = "These characters have no picture yet. Generate one for each of them first."


class RateLimited(RetryableError):
    """Too many requests; `retryAfter` in seconds."""

    code = "RATE_LIMITED"
    http_status = 429
    message = "Too many requests. Please wait a moment."


class TooManyJobs(RetryableError):
    """More jobs are under way than one user may have; `limit`."""

    code = "TOO_MANY_JOBS"
    http_status = 429
    message = "You have too many generations under way. Wait for some to finish."


class Unavailable(RetryableError):
    """Something behind us does not answer for the moment."""

    code = "INTERNAL"
    http_status = 503
    message = "We cannot do this right now. Please try again in a moment."


class DriveUnavailable(RetryableError):
    """Drive, or Google's token endpoint, is down: no reason to reconnect."""

    code = "DRIVE_UNAVAILABLE"
    http_status = 503
    message = "Google Drive does not answer right now. Please try again in a moment."


class ProviderUnavailable(RetryableError):
    """The picture provider is down."""

    code = "PROVIDER_UNAVAILABLE"
    http_status = 503
    message = "The picture service does not answer right now. Please try again in a moment."
