"""The routes about what was made and what was uploaded."""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from infra.local.clock import AdjustableClock
from infra.local.modelslab.answers import links
from infra.local.modelslab.api import Account, job_number, only, presented
from infra.local.modelslab.references import smaller
from infra.local.modelslab.refusals import Refusal
from infra.local.modelslab.store import Store

UPLOAD_LIMIT = 5_000_000  # characters: it is not known whether the 5 MB are meant before or after decoding
DATA_URI = re.compile(r"data:image/(png|jpeg|jpg);base64,(.*)", re.DOTALL)
PAGE_SIZE = 20


class Assets:
    """Uploads, the list of results, and deleting."""

    def __init__(self, store: Store, account: Account, clock: AdjustableClock) -> None:
        self._store = store
        self._account = account
        self._clock = clock

    def add_to(self, routes: Blueprint) -> None:
        """Add the routes."""
        routes.add_url_rule("/v6/base64_to_url", view_func=self._upload, methods=["POST"])
        routes.add_url_rule("/assets_generated", view_func=self._list, methods=["POST"])
        routes.add_url_rule("/v3/delete_image", view_func=self._delete, methods=["POST"])

    def _upload(self) -> ResponseReturnValue:
        text = only(presented(self._account.api_key), "base64_string").get("base64_string")
        kind, data = _decoded(text)
        smaller(data)
        name = f"{uuid.uuid4()}.{kind}"
        self._store.keep(name, data, self._clock.time(), "image/png" if kind == "png" else "image/jpeg")
        return jsonify(status="success", id=name.split(".")[0], output=[f"{request.host_url}generations/{name}"])

    def _list(self) -> ResponseReturnValue:
        body = only(presented(self._account.api_key), "type", "page")
        kind = body.get("type", "image")
        if kind not in ("image", "video"):
            raise Refusal(400, "type must be image or video", "type")
        page = body.get("page", 1)
        if not isinstance(page, int) or isinstance(page, bool) or page < 1:
            raise Refusal(400, "page must be a positive integer", "page")
        made = [job for job in self._store.jobs() if job.status == "success" and job.kind.startswith(kind)]
        shown = made[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        pagination: dict[str, Any] = {"current_page": page, "per_page": PAGE_SIZE, "total": len(made)}
        data = [{"id": job.id, "output": links(job)} for job in shown]
        return jsonify(status="success", type=kind, data=data, pagination=pagination)

    def _delete(self) -> ResponseReturnValue:
        body = only(presented(self._account.api_key), "request_id", "type")
        number = job_number(body.get("request_id"))
        job = self._store.job(number) if number is not None else None
        if not job or job.status == "processing":
            return jsonify(status="error", messege="Image not found")  # the service's own spelling
        self._store.delete(job.id)
        return jsonify(status="success", messege="Image deleted successfully")


def _decoded(text: object) -> tuple[str, bytes]:
    """The kind (png, jpeg, jpg) and the bytes of a data URI. Raises Refusal."""
    if not isinstance(text, str) or not text:
        raise Refusal(400, "base64_string is required", "base64_string")
    if len(text) > UPLOAD_LIMIT:
        raise Refusal(400, "base64_string must not be larger than 5 MB", "base64_string")
    found = DATA_URI.fullmatch(text)
    if not found:
        raise Refusal(400, "base64_string must be a data URI of an image", "base64_string")
    try:
        return found[1], base64.b64decode(found[2], validate=True)
    except binascii.Error as error:
        raise Refusal(400, "base64_string is not valid base64", "base64_string") from error
