"""What ModelsLab answers when it will not: documented messages, and the shapes that errors have been met in."""

from __future__ import annotations

from typing import Any

#: The documented messages by HTTP code.
MESSAGES = {
    400: "prompt is required",
    401: "Invalid API key",
    402: "Insufficient credits. Please add more credits to continue.",
    403: "This feature requires a premium subscription",
    429: "Rate limit exceeded. Maximum 5 queued requests allowed.",
    500: "Internal server error. Please try again.",
    503: "Service temporarily unavailable. Please try again later.",
}
RETRY_AFTER = 30  # seconds
NOT_JSON = "Invalid API Request"
NOT_JSON_TIP = (
    "1. Make sure you are passing Content-Type: application/json in header. 2. Make sure the body is valid JSON."
)
UNFETCHABLE = "Unable to fetch image from provided URL"
REDIRECTING = "The init_image is invalid. Make sure init_image is accessible without redirecting"

Headers = dict[str, str]


class Refusal(Exception):
    """A request that is not done. `field`: which one is wrong, where one is; `extra`: more of the body."""

    def __init__(self, status: int, message: str = "", field: str = "", **extra: Any) -> None:
        super().__init__(message or MESSAGES[status])
        self.status = status
        self.message = str(self)
        self.field = field
        self.extra = extra


def queue_full(limit: int) -> Refusal:
    """One request too many."""
    message = f"Rate limit exceeded. Maximum {limit} queued requests allowed."
    return Refusal(429, message, retry_after=RETRY_AFTER)


def not_found() -> dict[str, Any]:
    """The fetch of an id that the service does not know (or not yet)."""
    return {
        "status": "failed",
        "id": "",
        "message": "Request not found",
        "output": "",
        "tip": "Please check the request id and try again.",
    }


def html(status: int) -> str:
    """A page of the proxy before the service."""
    title = f"{status} A timeout occurred" if status == 524 else f"{status} Error"
    return (
        f"<!DOCTYPE html><html><head><title>modelslab.com | {title}</title></head>"
        f"<body><center><h1>{title}</h1></center><hr><center>cloudflare</center></body></html>"
    )
