"""`/upload/drive/v3/files`: the resumable protocol, rule by rule as it was captured.

1. Initiate: 200, empty, `Location`; `fields` given there applies to the final answer.
2. A chunk: 308 with `Range: bytes=0-N`, and no `Location`.
3. Chunks but the last are multiples of 262,144 bytes: of another one only the aligned part is kept, silently.
4. A status query (`bytes */TOTAL`): 308; no `Range` when nothing is stored.
5. Sending again from zero is taken.   6. The last chunk: 200 with the file.   7. So does a query after the end.
8. DELETE: 499, and 499 from then on.   9. A session lives a week; then 404.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from infra.local.clock import AdjustableClock
from infra.local.faults import Faults
from infra.local.google.drive import Drive, checked_body, dropped
from infra.local.google.drive_fields import apply_fields, parse_fields
from infra.local.google.drive_resources import DEFAULT, FILE_FIELDS, file_resource
from infra.local.google.errors import DriveError, invalid, refusal, unauthorized
from infra.local.google.files import Files
from infra.local.google.store import Row, Store

ALIGNMENT = 262_144
WEEK = 7 * 86400
FAULTS = frozenset(
    {
        "upload_5xx_before",  # 503, nothing of the chunk is kept
        "upload_5xx_after",  # 503, but the chunk was kept; if it was the last, the file exists
        "upload_drop",  # the connection is cut after the chunk was kept
        "upload_session_gone",  # 404, or the `status` 410: start over
        "upload_token_checked",  # 401 for a chunk or a question with an access token that is over
        "upload_quota_at_end",  # storageQuotaExceeded with the last chunk
        "upload_damaged",  # other bytes are stored than were sent
    }
)
_SPAN = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_QUERY = re.compile(r"bytes \*/(\d+|\*)")


class Uploads:
    """Sessions, with their bytes under `uploads/`."""

    def __init__(
        self, store: Store, files: Files, drive: Drive, faults: Faults, clock: AdjustableClock, folder: Path
    ) -> None:
        self._store = store
        self._files = files
        self._drive = drive
        self._faults = faults
        self._clock = clock
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def add_to(self, routes: Blueprint) -> None:
        """Add the routes."""
        rule = "/upload/drive/v3/files"
        routes.add_url_rule(rule, "initiate", self._initiate, methods=["POST"])
        routes.add_url_rule(rule, "send", self._send, methods=["PUT"])
        routes.add_url_rule(rule, "cancel", self._cancel, methods=["DELETE"])

    def _initiate(self) -> ResponseReturnValue:
        sub = self._drive.caller("upload.initiate", "edit")
        if request.args.get("uploadType") != "resumable":
            raise invalid("This emulator takes uploadType=resumable only", "uploadType")
        if not (request.content_type or "").startswith("application/json"):
            raise DriveError(400, "badContent", f"Unsupported content with type: {request.content_type}")
        metadata = checked_body(request.get_json(), "id", "name", "mimeType", "parents", "appProperties")
        fields = request.args.get("fields", DEFAULT)
        parse_fields(fields)
        self._files.check_new(sub, metadata)
        total = request.headers.get("X-Upload-Content-Length")
        self._files.require_room(sub, int(total or 0))
        metadata.setdefault("mimeType", request.headers.get("X-Upload-Content-Type", "application/octet-stream"))
        session_id = f"AB{secrets.token_urlsafe(90)}"
        row = {"sub": sub, "metadata": metadata, "fields": fields, "total": int(total) if total else None}
        self._store.put(
            "upload", session_id, {**row, "until": self._clock.time() + WEEK, "state": "open", "file": None}
        )
        location = (
            f"{request.host_url}upload/drive/v3/files?uploadType=resumable&fields={fields}&upload_id={session_id}"
        )
        return Response(status=200, headers={"Location": location, "X-GUploader-UploadID": session_id})

    def _send(self) -> ResponseReturnValue:
        """A chunk, or a status query. No token is asked for: the address is the credential."""
        session_id, row = self._session()
        if row["state"] == "cancelled":
            return _closed()
        if self._faults.take("upload_token_checked") is not None and self._drive.holder()[0] is None:
            raise unauthorized()
        if row["file"]:
            return self._finished(row)
        header = request.headers.get("Content-Range", "")
        if _QUERY.fullmatch(header):
            return self._progress(session_id)
        self._drive.trouble("upload.send", None)
        if self._faults.take("upload_5xx_before") is not None:
            raise refusal("serviceUnavailable")
        done = self._keep(session_id, row, header)
        if done:
            row = self._finish(session_id, row)
        if self._faults.take("upload_5xx_after") is not None:
            raise refusal("serviceUnavailable")
        if self._faults.take("upload_drop") is not None:
            return dropped()
        return self._finished(row) if done else self._progress(session_id)

    def _cancel(self) -> ResponseReturnValue:
        session_id, row = self._session()
        self._store.put("upload", session_id, {**row, "state": "cancelled"})
        self._bytes(session_id).unlink(missing_ok=True)
        return _closed()

    def _session(self) -> tuple[str, Row]:
        session_id = request.args.get("upload_id", "")
        row = self._store.get("upload", session_id)
        fault = self._faults.take("upload_session_gone")
        if fault is not None or row is None or row["until"] <= self._clock.time():
            self._store.delete("upload", session_id)
            status = int((fault or {}).get("status", 404))
            raise DriveError(status, "notFound" if status == 404 else "gone", "Upload session not found.")
        return session_id, row

    def _keep(self, session_id: str, row: Row, header: str) -> bool:
        """Store a chunk. True: it was the last."""
        data, stored = request.get_data(), self._stored(session_id)
        if not header and request.content_length == len(data):
            first, total = 0, len(data)
        else:
            span = _SPAN.fullmatch(header)
            if not span or int(span.group(2)) - int(span.group(1)) + 1 != len(data):
                raise DriveError(400, "badRequest", "Failed to parse Content-Range header.")
            first = int(span.group(1))
            total = -1 if span.group(3) == "*" else int(span.group(3))
        if row["total"] is not None and total not in (-1, row["total"]):
            raise DriveError(400, "badRequest", "The total differs from what was announced.")
        if first > stored:
            raise DriveError(400, "badRequest", "Invalid request. The chunk does not follow what is stored.")
        last = total >= 0 and first + len(data) == total
        kept = data if last else data[: (first + len(data)) // ALIGNMENT * ALIGNMENT - first]
        if self._faults.take("upload_damaged") is not None and kept:
            kept = bytes([kept[0] ^ 1]) + kept[1:]
        if first + len(kept) > stored:
            with self._bytes(session_id).open("r+b" if stored else "wb") as file:
                file.seek(first)
                file.write(kept)
        return last

    def _finish(self, session_id: str, row: Row) -> Row:
        if self._faults.take("upload_quota_at_end") is not None:
            raise refusal("storageQuotaExceeded")
        path = self._bytes(session_id)
        path.touch()
        file = self._files.create(row["sub"], row["metadata"], path)
        row = {**row, "state": "done", "file": file["id"]}
        self._store.put("upload", session_id, row)
        return row

    def _finished(self, row: Row) -> ResponseReturnValue:
        sub = row["sub"]
        resource = file_resource(self._files, self._files.own(sub, row["file"]), request.host_url.rstrip("/"), sub)
        body: dict[str, Any] = apply_fields(resource, parse_fields(row["fields"]), FILE_FIELDS)
        return jsonify(body)

    def _progress(self, session_id: str) -> Response:
        stored = self._stored(session_id)
        headers = {"Range": f"bytes=0-{stored - 1}"} if stored else {}
        return Response(status=308, headers={**headers, "X-GUploader-UploadID": session_id}, content_type="text/html")

    def _stored(self, session_id: str) -> int:
        path = self._bytes(session_id)
        return path.stat().st_size if path.exists() else 0

    def _bytes(self, session_id: str) -> Path:
        return self._folder / session_id


def _closed() -> Response:
    error = {"error": {"code": 499, "message": "Client Closed Request", "status": "clientClosedRequest"}}
    response = jsonify(error)
    response.status_code = 499
    return response
