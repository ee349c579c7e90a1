"""Drive's resumable upload, by hand: a reserved id, chunks of bytes, and never a guess about what was stored.

The next offset is what Drive's `Range` says, not what was sent; no `Range` means that nothing is stored; an answer that
was lost is asked for; a 200 to that question means finished. The session's address is a credential, never logged.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import requests

from shared.adapters.google_drive_errors import drive_error, reason_of
from shared.adapters.http_sessions import HttpSessions
from shared.core.errors import DriveUnavailable
from shared.core.logs import Logger
from shared.drive.model import Access, DriveFile, FileRef, Upload
from shared.drive.ports import DriveRefusal

CHUNK = 8 * 1024 * 1024  #: a multiple of 262,144; of another size Drive drops the rest silently
TIMEOUT = (5.0, 60.0)
TRIES = 5
FIELDS = (
    "id,name,mimeType,size,md5Checksum,sha256Checksum,trashed,parents,webViewLink,resourceKey,permissionIds,"
    "capabilities(canAddChildren,canDownload),imageMediaMetadata(width,height),"
    "videoMediaMetadata(width,height,durationMillis),shortcutDetails(targetId,targetResourceKey)"
)

PUBLIC = frozenset({"anyoneWithLink", "anyone"})  #: the ids of the permissions that make a file public


class SessionLost(Exception):
    """The session is gone (404, 410): start over with a new one."""


class DriveUploads:
    """Sends files."""

    def __init__(self, upload_url: str, sessions: HttpSessions, logger: Logger) -> None:
        self._url = upload_url
        self._origin = urlsplit(upload_url)[:2]
        self._sessions = sessions
        self._logger = logger

    def send(self, access: Access, upload: Upload, source: Iterator[bytes], size: int) -> tuple[DriveFile | None, str]:
        """The file and the SHA-256 of what was read from the source. None: the id is taken already.

        Raises what `DriveFiles` says; a session that is lost after bytes of the source are gone is `DriveUnavailable`.
        """
        sums = hashlib.sha256()
        chunks = _sized(source, sums)
        try:
            session = self._initiate(access, upload, size)
        except DriveRefusal as refusal:
            if refusal.reason != "fileIdInUse":
                raise
            for _ in chunks:
                pass  # reading the source is what the checksum needs
            return None, sums.hexdigest()
        try:
            file = self._send_all(session, chunks, size)
        except SessionLost as lost:
            raise DriveUnavailable("the upload session is gone; the next attempt starts over") from lost
        return file, sums.hexdigest()

    def _initiate(self, access: Access, upload: Upload, size: int) -> str:
        metadata = {
            "id": upload.file_id,
            "name": upload.name,
            "mimeType": upload.mime_type,
            "parents": [upload.parent],
            "appProperties": upload.app_properties,
        }
        headers = {
            "Authorization": f"Bearer {access.token.reveal()}",
            "X-Upload-Content-Type": upload.mime_type,
            "X-Upload-Content-Length": str(size),
        }
        query = {"uploadType": "resumable", "supportsAllDrives": "true", "fields": FIELDS}
        answer = self._call("POST", f"{self._url}/files", headers=headers, params=query, json=metadata)
        self._logger.info("http.call", service="drive", method="upload.initiate", status=answer.status_code,
                          token=access.token)  # fmt: skip
        if answer.status_code != 200:
            raise drive_error(answer.status_code, answer.content)
        location = answer.headers.get("Location", "")
        if urlsplit(location)[:2] != self._origin:
            raise DriveUnavailable("an upload session on another host")
        return location

    def _send_all(self, session: str, chunks: Iterator[memoryview], size: int) -> DriveFile:
        offset = 0
        for chunk in chunks:
            done = self._send_chunk(session, chunk, offset, size)
            if isinstance(done, DriveFile):
                return done
            offset += len(chunk)
        raise DriveUnavailable("every byte was sent, and Drive waits for more")

    def _send_chunk(self, session: str, chunk: memoryview, offset: int, size: int) -> DriveFile | None:
        """Until Drive says that it has this chunk: None, or the file after the last one."""
        stored = offset
        for attempt in range(1, TRIES + 1):
            rest = chunk[stored - offset :]
            span = f"bytes {stored}-{stored + len(rest) - 1}/{size}" if size else "bytes */0"
            outcome = self._put(session, span, rest or b"")
            if outcome is None:
                time.sleep(random.uniform(0, 0.2 * 2**attempt))  # noqa: S311 jitter
                outcome = self._put(session, f"bytes */{size}", b"")
            if isinstance(outcome, DriveFile):
                return outcome
            if outcome is None:
                continue
            if not offset <= outcome <= offset + len(chunk):
                raise DriveUnavailable(f"Drive has {outcome} bytes, which is not of this chunk")
            stored = outcome
            if stored == offset + len(chunk):
                return None
        raise DriveUnavailable(f"the chunk was not taken in {TRIES} tries")

    def _put(self, session: str, span: str, data: memoryview | bytes) -> DriveFile | int | None:
        """The file, or how many bytes are stored, or None when the answer says neither."""
        try:
            answer = self._call("PUT", session, headers={"Content-Range": span}, data=data)
        except DriveUnavailable:
            return None
        if answer.status_code in (200, 201):
            return described(answer.json())
        if answer.status_code == 308:
            stored = answer.headers.get("Range", "")
            return int(stored.rpartition("-")[2]) + 1 if stored else 0
        if answer.status_code in (404, 410) and reason_of(answer.content) is not None:
            raise SessionLost
        if answer.status_code >= 500 or answer.status_code == 429:
            return None
        raise drive_error(answer.status_code, answer.content)

    def _call(self, method: str, url: str, **more: Any) -> requests.Response:
        try:
            return self._sessions.request(method, url, timeout=TIMEOUT, **more)
        except requests.RequestException as error:
            raise DriveUnavailable(f"upload: {type(error).__name__}") from None  # its text has the session's address


def _sized(source: Iterator[bytes], sums: Any) -> Iterator[memoryview]:
    """The source in chunks of `CHUNK` bytes, the last one shorter; at least one, which may be empty."""
    buffer = bytearray()
    for part in source:
        sums.update(part)
        rest = memoryview(part)
        while rest:
            if len(buffer) == CHUNK:
                yield memoryview(buffer)
                buffer = bytearray()
            room = CHUNK - len(buffer)
            buffer += rest[:room]
            rest = rest[room:]
    yield memoryview(buffer)


def described(file: dict[str, Any]) -> DriveFile:
    """A file resource as a value: Drive writes 64-bit numbers as strings."""
    seen = file.get("imageMediaMetadata") or file.get("videoMediaMetadata") or {}
    may, target = file.get("capabilities", {}), file.get("shortcutDetails")
    return DriveFile(
        id=file["id"],
        name=file.get("name", ""),
        mime_type=file.get("mimeType", ""),
        size=int(file["size"]) if "size" in file else None,
        md5=file.get("md5Checksum"),
        sha256=file.get("sha256Checksum"),
        trashed=bool(file.get("trashed", False)),
        parents=tuple(file.get("parents", ())),
        web_view_link=file.get("webViewLink"),
        resource_key=file.get("resourceKey"),
        can_add_children=bool(may.get("canAddChildren", True)),
        can_download=bool(may.get("canDownload", True)),
        public=not PUBLIC.isdisjoint(file["permissionIds"]) if "permissionIds" in file else None,
        width=seen.get("width"),
        height=seen.get("height"),
        duration_seconds=int(seen["durationMillis"]) / 1000 if "durationMillis" in seen else None,
        target=FileRef(target["targetId"], target.get("targetResourceKey")) if target else None,
    )
