"""What Drive's errors mean, by `errors[].reason`: never by the HTTP code alone, and never by the English text.

A 403 is also rate limiting, and also a page for what Drive takes for a robot. A 400 is also a policy.
"""

from __future__ import annotations

import json
from typing import Any

from shared.core.errors import AppError, DriveUnavailable
from shared.drive.ports import DriveRefusal, TokenRejected

TRANSIENT = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "backendError", "internalError"})
GONE = frozenset({"notFound", "appNotAuthorizedToFile"})  #: both mean: not granted, or gone
CONTENT = frozenset({"cannotDownloadAbusiveFile", "fileNotDownloadable", "downloadQuotaExceeded"})
POLICY = frozenset(
    {
        "publishOutNotPermitted",
        "shareOutNotPermitted",
        "shareOutWarning",
        "cannotShareTeamDriveWithNonGoogleAccounts",
        "teamDriveDomainUsersOnlyRestriction",
    }
)  #: a Workspace policy forbids public files, seen with 400 and with 403


def drive_error(status: int, content: bytes) -> AppError:
    """The error of an answer that is no success."""
    if status == 401:
        return TokenRejected("Drive answered 401")
    reason = reason_of(content)
    if status == 429 or status >= 500 or reason is None or reason in TRANSIENT:
        return DriveUnavailable(f"Drive answered {status} {reason or 'without JSON'}")
    return DriveRefusal(reason, status)


def anonymous_error(status: int, content: bytes) -> AppError:
    """The same for a call with the API key: what does not speak of the file is our own trouble, and may pass."""
    error = (
        DriveUnavailable(f"Drive answered {status} to the API key") if status == 401 else drive_error(status, content)
    )
    if isinstance(error, DriveRefusal) and error.reason not in GONE | CONTENT:
        return DriveUnavailable(f"Drive answered {status} {error.reason} to the API key")
    return error


def reason_of(content: bytes) -> str | None:
    """Google's word for an error; None when the answer is not Drive's JSON."""
    try:
        body: Any = json.loads(content)
        error = body["error"]
        details = error.get("errors") or [{}]
        return str(details[0].get("reason") or error.get("status") or "unknown")
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None
