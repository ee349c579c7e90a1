"""Answers out: the envelope, the headers that every answer carries, and errors as the catalogue says."""

from __future__ import annotations

from typing import Any

import flask
import msgspec

from functions.routing import Answer
from shared.core.config import Config
from shared.core.errors import AppError, MethodNotAllowed, RateLimited

EXPOSED = "X-Request-Id, Location, Retry-After, Content-Range, Accept-Ranges, ETag, X-Next-Page-Token"


def render(answer: Answer | flask.Response) -> flask.Response:
    """A handler's answer as a response."""
    if isinstance(answer, flask.Response):
        return answer
    envelope: dict[str, Any] = {"success": True, "data": answer.data}
    if answer.next_page_token is not None:
        envelope["nextPageToken"] = answer.next_page_token
    response = _json(envelope, answer.status)
    response.headers.update(answer.headers)
    for set_cookie in answer.cookies:
        set_cookie(response)
    return response


def render_error(error: AppError, request_id: str) -> flask.Response:
    """An error as the contract's body. The exception's own text never leaves the server."""
    body: dict[str, Any] = {
        "success": False,
        "error": error.code,
        "message": error.message,
        "retryable": error.retryable,
        "requestId": request_id,
        **error.details,
    }
    if error.action:
        body["action"] = error.action
    response = _json(body, error.http_status)
    if isinstance(error, RateLimited):
        response.headers["Retry-After"] = str(error.details.get("retryAfter", 1))
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(error.details["allow"])
    return response


def finish(response: flask.Response, request: flask.Request, request_id: str, config: Config) -> flask.Response:
    """The headers that every answer carries."""
    response.headers["X-Request-Id"] = request_id
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Cache-Control", "no-store")
    origin = request.headers.get("Origin")
    response.headers.add("Vary", "Origin")
    if origin and origin in config.frontend_origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
    return response


def preflight() -> flask.Response:
    """The answer to a browser that asks before it calls; `finish` says whether its origin may."""
    response = flask.Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
    response.headers["Access-Control-Allow-Headers"] = (
        "Authorization, Content-Type, Idempotency-Key, Prefer, Range, X-Request-Id"
    )
    response.headers["Access-Control-Max-Age"] = "600"
    return response


def _json(body: dict[str, Any], status: int) -> flask.Response:
    return flask.Response(msgspec.json.encode(body), status=status, content_type="application/json")
