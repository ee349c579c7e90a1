"""Deployed entry points: one small function for each function of `infra/functions.yaml`, nothing else.

Each name here is a FUNCTION_TARGET. The work is in `functions/`.
"""

from __future__ import annotations

import flask
import functions_framework

from functions.admin import grant_credits
from functions.api import credits, meta, stories  # noqa: A004 the product's word
from functions.boundary import serve_admin, serve_api


@functions_framework.http
def api_stories(request: flask.Request) -> flask.Response:
    """Public. Projects, characters, universes, scenes and moodboards."""
    return serve_api(stories.ROUTES, request)


@functions_framework.http
def api_credits(request: flask.Request) -> flask.Response:
    """Public. Balance and ledger."""
    return serve_api(credits.ROUTES, request)


@functions_framework.http
def api_meta(request: flask.Request) -> flask.Response:
    """Public. The catalogue and health."""
    return serve_api(meta.ROUTES, request)


@functions_framework.http
def admin_grant_credits(request: flask.Request) -> flask.Response:
    """Private. An operator grants credits."""
    return serve_admin(grant_credits.handle, "admin_grant_credits", request)
