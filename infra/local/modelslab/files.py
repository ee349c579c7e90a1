"""Results at their public addresses, for a day."""

from __future__ import annotations

from flask import Blueprint, Response, abort, send_file
from flask.typing import ResponseReturnValue

from infra.local.clock import AdjustableClock
from infra.local.modelslab.store import Store

LIFETIME = 86400.0  # seconds


class Files:
    """`/generations/...` and its mirror `/proxy/generations/...`: no key is needed. 404 before and after."""

    def __init__(self, store: Store, clock: AdjustableClock) -> None:
        self._store = store
        self._clock = clock

    def add_to(self, routes: Blueprint) -> None:
        """Add the routes."""
        routes.add_url_rule("/generations/<name>", view_func=self._download)
        routes.add_url_rule("/proxy/generations/<name>", view_func=self._download)

    def _download(self, name: str) -> ResponseReturnValue:
        found = self._store.file(name, self._clock.time() - LIFETIME)
        if not found:
            abort(404)
        path, kind, _ = found
        response: Response = send_file(path, kind)
        return response
