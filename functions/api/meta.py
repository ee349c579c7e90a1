"""What the product offers, and whether it is up."""

from __future__ import annotations

from pathlib import Path

import flask
import msgspec

from functions.routing import Answer, Auth, Call, Route, Routes
from shared.generation.catalogue import MODELS, Model

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"


class Health(msgspec.Struct, frozen=True, rename="camel"):
    """The process answers. Nothing behind it is asked, so that an outage elsewhere restarts nothing."""

    status: str = "ok"


def models(_: Call) -> Answer:
    """The catalogue."""
    return Answer(list(MODELS), headers={"Cache-Control": "public, max-age=300"})


def openapi(_: Call) -> flask.Response:
    """The contract, as it is committed."""
    headers = {"Cache-Control": "public, max-age=300"}
    return flask.Response(DOCUMENT.read_bytes(), headers=headers, content_type="application/json")


def health(_: Call) -> Answer:
    """Up. Not `/healthz`: Google's frontend answers that itself (D), and paths that end with z are reserved."""
    return Answer(Health())


ROUTES: Routes = (
    Route("GET", "/api/models", models, "The catalogue of models", auth=Auth.OPEN, answer=list[Model]),
    Route("GET", "/api/openapi.json", openapi, "This document", auth=Auth.OPEN),
    Route("GET", "/health", health, "Whether the process answers", auth=Auth.OPEN, answer=Health),
)
