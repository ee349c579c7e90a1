"""The catalogue and health are open."""

from __future__ import annotations

from functions.api.meta import ROUTES
from tests.fakes.app import call, make_app


def test_anyone_sees_the_catalogue_and_that_we_are_up() -> None:
    """Without a session."""
    app = make_app()
    models = call(app, ROUTES, "GET", "/api/models").data
    assert [(model["id"], model["credits"]) for model in models] == [("seedream-4.5", 5), ("seedream-4.5-i2i", 5)]
    assert call(app, ROUTES, "GET", "/healthz").data == {"status": "ok"}
