"""Results at their public addresses, for a day."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from pathlib import Path

from flask import Blueprint, Response, abort, redirect, request, send_file
from flask.typing import ResponseReturnValue

from infra.local.clock import AdjustableClock
from infra.local.modelslab.api import page
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
        path, kind, job = found
        how = job.terms.switches.get("link", "") if job else ""
        if how == "404":
            abort(404)
        if how == "redirect" and "moved" not in request.args:
            return redirect(f"{request.path}?moved=1")
        return _spoilt(path, how, kind) or send_file(path, kind, conditional=how != "no_range")


def _spoilt(path: Path, how: str, kind: str) -> ResponseReturnValue | None:
    """The file as it should not be; None: as it should."""
    if how == "html":
        return page(200)
    if how == "text":
        return send_file(path, "text/plain")
    data = path.read_bytes() if how in ("truncated", "cut", "base64") else b""
    if how == "truncated":
        return Response(data[: len(data) // 2], content_type=kind)
    if how == "base64":
        return Response(base64.b64encode(data), content_type="text/plain")
    return _cut(data, kind) if how == "cut" else None


def _cut(data: bytes, kind: str) -> Response:
    """Half of what the length promises, and then the connection is closed."""
    connection: socket.socket = request.environ["werkzeug.socket"]

    def half() -> Iterator[bytes]:
        yield data[: len(data) // 2]
        connection.shutdown(socket.SHUT_RDWR)

    return Response(half(), content_type=kind, headers={"Content-Length": str(len(data))})
