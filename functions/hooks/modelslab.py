"""The provider says "look now". Its body is a hint: only an id is taken from it, and believed after our own fetch."""

from __future__ import annotations

import re
from typing import Any

import flask

from functions.parsing import parse_json, read_body
from functions.routing import Auth, Call, Route, Routes
from shared.core.errors import InvalidRequest, NotFound
from shared.generation.control import note_webhook

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


def look_now(call: Call) -> flask.Response:
    """Check the token, keep the id, answer at once."""
    call.app.signer.check_webhook(call.path["id"], call.path["token"])
    note_webhook(call.app.engine, call.path["id"], _provider_id(call.request))
    return flask.Response(status=204)


def _provider_id(request: flask.Request) -> str | None:
    """`id` or `request_id`; a body that is none says nothing, and the job is looked at all the same."""
    try:
        body: Any = parse_json(read_body(request))
    except InvalidRequest:
        return None
    for name in ("id", "request_id"):
        value = body.get(name) if isinstance(body, dict) else None
        if isinstance(value, int | str) and not isinstance(value, bool) and _ID.fullmatch(str(value)):
            return str(value)
    return None


ROUTES: Routes = (
    Route("POST", "/hooks/modelslab/{id}/{token}", look_now, "The provider's webhook", auth=Auth.OPEN, query=None,
          reads_body=True, status=204, errors=(NotFound,)),
)  # fmt: skip
