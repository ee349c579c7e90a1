"""The statuses that an emulated RPC may answer with, as exceptions."""

from __future__ import annotations

import grpc


class Abort(Exception):
    """Raised by an emulator's method: the RPC ends with this status and message."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(message: str) -> Abort:
    """The request can never succeed."""
    return Abort(grpc.StatusCode.INVALID_ARGUMENT, message)


def not_found(message: str) -> Abort:
    """What the request names is not there."""
    return Abort(grpc.StatusCode.NOT_FOUND, message)


def already_exists(message: str) -> Abort:
    """What the request would make is there, or was there lately."""
    return Abort(grpc.StatusCode.ALREADY_EXISTS, message)


def failed_precondition(message: str) -> Abort:
    """The state of what the request names forbids it."""
    return Abort(grpc.StatusCode.FAILED_PRECONDITION, message)


def permission_denied(message: str) -> Abort:
    """The caller lacks a role."""
    return Abort(grpc.StatusCode.PERMISSION_DENIED, message)


def unimplemented(message: str) -> Abort:
    """The service has it, and the emulator does not: never a made-up success."""
    return Abort(grpc.StatusCode.UNIMPLEMENTED, message)
