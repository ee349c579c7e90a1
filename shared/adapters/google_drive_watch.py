"""Looking at many files in Drive: single looks over a few dozen connections that stay open, and pages of a thousand.

`http.client` and not requests: a quarter of the CPU for a look (`make bench`), which is all that these calls cost.
"""

from __future__ import annotations

import http.client
import ssl
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from shared.adapters.google_drive_errors import GONE, anonymous_error, drive_error
from shared.adapters.google_drive_upload import described
from shared.core.config import Config
from shared.core.errors import AppError, DriveUnavailable
from shared.core.logs import Logger
from shared.core.secret import Secret
from shared.drive.model import Access, Ask, ChangePage, FileChange, FilePage, Sight, Unclear
from shared.drive.ports import DriveRefusal, FeedLost, TokenRejected

CONNECTIONS = 64
TIMEOUT_S = 20.0
PAGE = 1000
FIELDS = (
    "id,mimeType,trashed,size,sha256Checksum,permissionIds,capabilities/canDownload,"
    "imageMediaMetadata(width,height),videoMediaMetadata(width,height,durationMillis)"
)
CHANGES = f"nextPageToken,newStartPageToken,changes(fileId,removed,file({FIELDS}))"


class GoogleDriveWatch:
    """See `DriveWatch`. Thread-safe: each thread has a connection of its own."""

    def __init__(
        self, config: Config, api_key: Callable[[], Secret], logger: Logger, *, connections: int = CONNECTIONS
    ) -> None:
        url = urlsplit(config.drive_api_url)
        self._host, self._path = url.netloc, url.path
        self._tls = ssl.create_default_context() if url.scheme == "https" else None
        self._api_key = api_key
        self._logger = logger
        self._connections = connections
        self._pool = ThreadPoolExecutor(connections, thread_name_prefix="drive-watch")
        self._local = threading.local()

    def look(self, asks: Sequence[Ask]) -> list[Sight]:
        """See `DriveWatch`: workers take what waits, so a slow answer holds up one connection only."""
        seen: list[Sight] = [None] * len(asks)
        waiting = deque(enumerate(asks))

        def work() -> None:
            while waiting:
                try:
                    index, ask = waiting.popleft()
                except IndexError:
                    return
                seen[index] = self._look(ask)

        for worker in [self._pool.submit(work) for _ in range(min(self._connections, len(asks)))]:
            worker.result()
        unclear = sum(isinstance(sight, Unclear) for sight in seen)
        self._logger.info("drive.looked", files=len(asks), missed=seen.count(None), unclear=unclear)
        return seen

    def first_token(self, access: Access) -> str:
        """See `DriveWatch`."""
        return str(self._page(access, "changes/startPageToken", {})["startPageToken"])

    def changes(self, access: Access, token: str) -> ChangePage:
        """See `DriveWatch`."""
        query = {"pageToken": token, "pageSize": str(PAGE), "fields": CHANGES, "includeItemsFromAllDrives": "true"}
        try:
            found = self._page(access, "changes", query)
        except DriveRefusal as refusal:
            if refusal.status in (400, 404, 410):
                raise FeedLost(refusal.reason) from refusal
            raise
        changes = tuple(
            FileChange(one["fileId"], described(one["file"]) if "file" in one and not one.get("removed") else None)
            for one in found["changes"]
        )
        following = found.get("nextPageToken")
        return ChangePage(changes=changes, token=following or found["newStartPageToken"], more=following is not None)

    def files_page(self, access: Access, token: str | None = None) -> FilePage:
        """See `DriveWatch`."""
        query = {"pageSize": str(PAGE), "fields": f"nextPageToken,files({FIELDS})", "spaces": "drive"}
        query |= {"includeItemsFromAllDrives": "true"} | ({"pageToken": token} if token else {})
        found = self._page(access, "files", query)
        return FilePage(files=tuple(map(described, found["files"])), token=found.get("nextPageToken"))

    def _look(self, ask: Ask) -> Sight:
        headers = {}
        query = f"fields={quote(FIELDS)}&supportsAllDrives=true"
        if ask.file.resource_key:
            headers["X-Goog-Drive-Resource-Keys"] = f"{ask.file.file_id}/{ask.file.resource_key}"
        if ask.access:
            headers["Authorization"] = f"Bearer {ask.access.token.reveal()}"
        else:
            query += f"&key={quote(self._api_key().reveal())}"
        try:
            status, body = self._get(f"{self._path}/files/{ask.file.file_id}?{query}", headers)
            if status == 200:
                return described(msgspec.json.decode(body))
            return _unseen(ask, status, body)
        except (DriveUnavailable, msgspec.DecodeError, KeyError):
            return Unclear("unavailable")

    def _page(self, access: Access, path: str, query: dict[str, str]) -> Any:
        """A page's JSON. Raises what `DriveFiles` says."""
        target = f"{self._path}/{path}?{urlencode({**query, 'supportsAllDrives': 'true'})}"
        status, body = self._get(target, {"Authorization": f"Bearer {access.token.reveal()}"})
        self._logger.info("http.call", service="drive", method=path, status=status, token=access.token)
        if status != 200:
            raise drive_error(status, body)
        try:
            return msgspec.json.decode(body)
        except msgspec.DecodeError as error:
            raise DriveUnavailable(f"{path}: not JSON") from error

    def _get(self, target: str, headers: dict[str, str]) -> tuple[int, bytes]:
        """One GET; once more when a connection that was kept open turns out to be closed. Raises `DriveUnavailable`."""
        for _ in range(2):
            connection, used = self._connection()
            try:
                connection.request("GET", target, headers=headers)
                answer = connection.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                self._local.connection = None
                if not used:
                    raise DriveUnavailable(type(error).__name__) from None  # its text may have the address
        raise DriveUnavailable("the connection was closed twice")

    def _connection(self) -> tuple[http.client.HTTPConnection, bool]:
        """The connection of this thread, and whether it was used before."""
        kept: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if kept is not None:
            return kept, True
        made = (
            http.client.HTTPSConnection(self._host, timeout=TIMEOUT_S, context=self._tls)
            if self._tls
            else http.client.HTTPConnection(self._host, timeout=TIMEOUT_S)
        )
        self._local.connection = made
        return made, False


def _unseen(ask: Ask, status: int, body: bytes) -> Sight:
    error: AppError = (drive_error if ask.access else anonymous_error)(status, body)
    if isinstance(error, DriveRefusal) and error.reason in GONE:
        return None
    return Unclear("token" if isinstance(error, TokenRejected) else "unavailable")
