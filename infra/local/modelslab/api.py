"""What every call of the API has: JSON with the key in it, and errors as JSON."""

from __future__ import annotations

import hmac
from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from infra.local.modelslab.refusals import NOT_JSON, NOT_JSON_TIP, Refusal

Body = dict[str, Any]


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


def refused(refusal: Refusal) -> ResponseReturnValue:
    """The documented shape."""
    return jsonify(status="error", message=refusal.message, **refusal.extra), refusal.status
