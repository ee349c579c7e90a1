"""Deployed entry points: one small function for each function of `infra/functions.yaml`, nothing else.

Each name here is a FUNCTION_TARGET. The work is in `functions/`.
"""

from __future__ import annotations

import flask
import functions_framework

from functions.api import meta
from functions.boundary import serve_api


@functions_framework.http
def api_meta(request: flask.Request) -> flask.Response:
    """Public. The catalogue and health."""
    return serve_api(meta.ROUTES, request)
