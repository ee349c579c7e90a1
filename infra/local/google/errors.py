"""Drive's errors, in the envelope that was captured from the real service."""

from __future__ import annotations

from flask import Response, jsonify


class DriveError(Exception):
    """An answer that is no success. `reason` is Google's word; `location` names the parameter."""

    def __init__(
        self, status: int, reason: str, message: str, *, domain: str = "global", location: tuple[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.domain = domain
        self.location = location
        self.headers: dict[str, str] = {}

    def response(self) -> Response:
        """As Drive answers it."""
        error = {"message": self.message, "domain": self.domain, "reason": self.reason}
        if self.location:
            error |= {"location": self.location[0], "locationType": self.location[1]}
        body = {"error": {"code": self.status, "message": self.message, "errors": [error]}}
        response = jsonify(body)
        response.status_code = self.status
        response.headers.update(self.headers)
        return response


def not_found(file_id: str) -> DriveError:
    """404: gone, or not granted to the app; both look the same."""
    return DriveError(404, "notFound", f"File not found: {file_id}.", location=("fileId", "parameter"))


def invalid(message: str, parameter: str) -> DriveError:
    """400: a parameter or field that Drive does not take."""
    return DriveError(400, "invalidParameter", message, location=(parameter, "parameter"))


def unauthorized() -> DriveError:
    """401: no live access token."""
    error = DriveError(401, "authError", "Invalid Credentials", location=("Authorization", "header"))
    error.headers["WWW-Authenticate"] = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
    return error


def unregistered() -> DriveError:
    """403: neither a token nor an API key."""
    message = "Daily Limit for Unauthenticated Use Exceeded. Continued use requires signup."
    return DriveError(403, "dailyLimitExceededUnreg", message, domain="usageLimits")


REFUSALS: dict[str, tuple[int, str, str]] = {
    "rateLimitExceeded": (403, "usageLimits", "Rate Limit Exceeded"),
    "userRateLimitExceeded": (403, "usageLimits", "User Rate Limit Exceeded"),
    "tooManyRequests": (429, "usageLimits", "Too many requests"),
    "sharingRateLimitExceeded": (403, "global", "Rate limit exceeded. User message: sharing rate limit exceeded"),
    "dailyLimitExceeded": (403, "usageLimits", "Daily Limit Exceeded"),
    "storageQuotaExceeded": (403, "global", "The user's Drive storage quota has been exceeded."),
    "appNotAuthorizedToFile": (403, "global", "The user has not granted the app read access to the file."),
    "childNotGranted": (403, "global", "The user has not granted the app write access to the child file."),
    "insufficientFilePermissions": (403, "global", "The user does not have sufficient permissions for this file."),
    "domainPolicy": (403, "global", "The domain administrators have disabled Drive apps."),
    "accessNotConfigured": (403, "usageLimits", "Access Not Configured. Drive API has not been used in project."),
    "cannotDownloadAbusiveFile": (403, "global", "This file has been identified as malware or spam."),
    "downloadQuotaExceeded": (403, "global", "The download quota for this file has been exceeded."),
    "publishOutNotPermitted": (400, "global", 'Bad Request. User message: ""'),
    "publishOutNotPermitted403": (403, "global", "The owner may not publish outside of the domain."),
    "backendError": (500, "global", "Internal Error"),
    "serviceUnavailable": (503, "global", "Service unavailable"),
}  #: faults by the reason that Drive gives: (status, domain, message)


def refusal(name: str) -> DriveError:
    """A documented refusal."""
    status, domain, message = REFUSALS[name]
    others = {"tooManyRequests": "rateLimitExceeded", "publishOutNotPermitted403": "publishOutNotPermitted"}
    reason = {**others, "childNotGranted": "appNotAuthorizedToFile"}.get(name, name)
    return DriveError(status, reason, message, domain=domain)
