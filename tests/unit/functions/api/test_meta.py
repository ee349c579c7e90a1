"""The catalogue and health are open."""

from __future__ import annotations

from functions.api.meta import ROUTES
from tests.fakes.app import call, make_app


def test_anyone_sees_the_catalogue_and_that_we_are_up() -> None:
    """Without a session."""
    app = make_app()
    models = call(app, ROUTES, "GET", "/api/models").data
    assert [(model["id"], model["credits"], model["kind"]) for model in models] == [
        ("seedream-4.5", 5, "image"), ("seedream-4.5-i2i", 5, "image"), ("ltx-2-pro-i2v", 5, "video"),
    ]  # fmt: skip
    assert [model["film"] and model["film"]["durations"] for model in models] == [None, None, [3, 5, 6, 8, 10]]
    assert call(app, ROUTES, "GET", "/health").data == {"status": "ok"}
