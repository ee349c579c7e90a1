"""What every call of the API has: JSON with the key in it, and errors as JSON."""

from __future__ import annotations

import hmac
import re
import socket
import time
from dataclasses import dataclass
from typing import Any

from flask import Response, g, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from infra.local.modelslab.answers import legacy
from infra.local.modelslab.refusals import NOT_JSON, NOT_JSON_TIP, RETRY_AFTER, Refusal, html

Body = dict[str, Any]

ID = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class Account:
    """The one account: its key, its place in the queue, and its opening balance in thousandths of a dollar."""

    api_key: str
    queue_limit: int
    opening: int


def presented(api_key: str) -> Body:
    """The request's JSON object, if its `key` is ours. Raises Refusal."""
    try:
        body = request.get_json() if request.mimetype == "application/json" else None
    except HTTPException:
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, NOT_JSON, tip=NOT_JSON_TIP)
    key = body.get("key")
    if key is None or key == "":
        raise Refusal(401, "API key required")
    if not isinstance(key, str) or not hmac.compare_digest(key.encode(), api_key.encode()):
        raise Refusal(401)
    return body


def only(body: Body, *fields: str) -> Body:
    """The body, if it has no other fields. Raises Refusal."""
    for field in body.keys() - {"key", *fields}:
        raise Refusal(400, f"The {field} field is not allowed", field)
    return body


def job_number(value: object) -> int | None:
    """A job's id, which is a number or its digits. None: it cannot be one."""
    return int(str(value)) if ID.fullmatch(str(value)) else None


def page(status: int) -> Response:
    """What a proxy answers when the service does not."""
    return Response(html(status), status, content_type="text/html; charset=UTF-8")


def dropped() -> Response:
    """No answer: the connection is closed under the caller, and under the server, which then cannot write."""
    g.dropped = True
    request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return Response(status=500)


def refused(refusal: Refusal) -> ResponseReturnValue:
    """The documented shape, or the one that the request's switches say."""
    switches: dict[str, str] = g.get("switches", {})
    body: Body = {"status": "error", "message": refusal.message, **refusal.extra}
    status, headers = refusal.status, {}
    if status == 429 and "retry_after" in switches:
        body.pop("retry_after", None)
        headers = _when(switches["retry_after"])
    if status == 429 and "retry_seconds" in switches:
        body["retry_after"] = float(switches["retry_seconds"])
    if shape := switches.get("message"):
        body = _shaped(body, refusal, shape)
        status = 422 if shape == "laravel" else status
    if "legacy" in switches:
        body = legacy(body)
    return jsonify(body), 200 if "in_200" in switches else status, headers


def _when(where: str) -> dict[str, str]:
    """The headers that say when to come again."""
    if where == "header":
        return {"Retry-After": str(RETRY_AFTER)}
    return {"X-RateLimit-Reset": str(int(time.time()) + RETRY_AFTER)} if where == "reset" else {}


def _shaped(body: Body, refusal: Refusal, shape: str) -> Body:
    by_field = {refusal.field or "base": [refusal.message]}
    if shape == "laravel":
        return {"message": "The given data was invalid.", "errors": by_field}
    return body | {"message": by_field if shape == "dict" else [refusal.message]}
