"""Refusals of the JSON API, with its reasons (cloud.google.com/storage/docs/json_api/v1/status-codes)."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """What the API answers instead of a result."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message

    def body(self) -> dict[str, Any]:
        """The JSON body."""
        detail = {"message": self.message, "domain": "global", "reason": self.reason}
        return {"error": {"code": self.status, "message": self.message, "errors": [detail]}}


def invalid(message: str, reason: str = "invalid") -> Refusal:
    """400."""
    return Refusal(400, reason, message)


def no_bucket() -> Refusal:
    """404 for a bucket."""
    return Refusal(404, "notFound", "The specified bucket does not exist.")


def no_object(bucket: str, name: str) -> Refusal:
    """404 for an object."""
    return Refusal(404, "notFound", f"No such object: {bucket}/{name}")


def condition_not_met() -> Refusal:
    """412."""
    return Refusal(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")


def not_modified() -> Refusal:
    """304: the answer to a read whose `...NotMatch` condition did not hold."""
    return Refusal(304, "notModified", "Not Modified")


def not_implemented(what: str) -> Refusal:
    """501: the service has it, and the emulator does not."""
    return Refusal(501, "notImplemented", f"{what} is not emulated")
