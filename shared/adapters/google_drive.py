"""A user's Google Drive under drive.file.

Metadata goes through Google's own library, built from its own discovery document with the configured address. Bytes
go through `DriveUploads` and a plain download: the library's resumable retry hangs, and its uploads ignore a local
address.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode, urlsplit

import httplib2
import requests
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.errors import HttpError

from shared.adapters.google_drive_errors import GONE, POLICY, anonymous_error, drive_error
from shared.adapters.google_drive_upload import FIELDS, DriveUploads, described
from shared.adapters.http_sessions import HttpSessions
from shared.core.config import Config
from shared.core.errors import DriveUnavailable, RangeNotSatisfiable
from shared.core.logs import Logger
from shared.core.secret import Secret
from shared.drive.model import FOLDER_NAME, FOLDER_TYPE, About, Access, DriveFile, Upload
from shared.drive.ports import Download, DriveRefusal

TIMEOUT_S = 30
DOWNLOAD_TIMEOUT = (5.0, 60.0)
CHUNK = 64 * 1024
MARKER = {"ecosystemIp": "folder"}  #: how the folder is found again
NOTHING: Mapping[str, str] = MappingProxyType({})
NETWORK = (OSError, HTTPException, httplib2.HttpLib2Error)  #: the second: an answer that breaks off


class GoogleDrive:
    """See `DriveFiles`."""

    def __init__(self, config: Config, api_key: Callable[[], Secret], logger: Logger) -> None:
        self._api = config.drive_api_url
        self._api_key = api_key
        self._logger = logger
        self._sessions = HttpSessions()
        self._uploads = DriveUploads(config.drive_upload_url, self._sessions, logger)
        self._local = threading.local()
        self._service = _service(config.drive_api_url)

    def about(self, access: Access) -> About:
        """See `DriveFiles`."""
        fields = "user(emailAddress,permissionId),storageQuota(limit,usage)"
        found = self._execute(access, "about.get", self._service.about().get(fields=fields))
        quota = found.get("storageQuota", {})
        return About(
            email=found["user"].get("emailAddress", ""),
            permission_id=found["user"]["permissionId"],
            used_bytes=int(quota.get("usage", 0)),
            limit_bytes=int(quota["limit"]) if "limit" in quota else None,
        )

    def generate_ids(self, access: Access, count: int) -> list[str]:
        """See `DriveFiles`."""
        request = self._service.files().generateIds(count=count, space="drive", type="files")
        return list(self._execute(access, "files.generateIds", request)["ids"])

    def get(self, access: Access | None, file_id: str, resource_key: str | None = None) -> DriveFile | None:
        """See `DriveFiles`."""
        try:
            if access is None:
                with self._open("files.get", None, file_id, resource_key, {"fields": FIELDS}) as answer:
                    return described(answer.json())
            request = self._service.files().get(fileId=file_id, fields=FIELDS, supportsAllDrives=True)
            request.headers.update(resource_keys(file_id, resource_key))
            return described(self._execute(access, "files.get", request))
        except DriveRefusal as refusal:
            if refusal.reason in GONE:
                return None
            raise

    def find_folder(self, access: Access) -> DriveFile | None:
        """See `DriveFiles`."""
        ((key, value),) = MARKER.items()
        marked = f"appProperties has {{ key='{key}' and value='{value}' }}"
        query = f"mimeType = '{FOLDER_TYPE}' and trashed = false and {marked}"
        request = self._service.files().list(q=query, spaces="drive", pageSize=10, fields=f"files({FIELDS})")
        found = self._execute(access, "files.list", request)["files"]
        return described(min(found, key=lambda file: str(file["id"]))) if found else None

    def create_folder(self, access: Access, file_id: str) -> DriveFile:
        """See `DriveFiles`."""
        body = {"id": file_id, "name": FOLDER_NAME, "mimeType": FOLDER_TYPE, "appProperties": MARKER}
        try:
            return described(
                self._execute(access, "files.create", self._service.files().create(body=body, fields=FIELDS))
            )
        except DriveRefusal as refusal:
            existing = self.get(access, file_id) if refusal.reason == "fileIdInUse" else None
            if existing is None or existing.mime_type != FOLDER_TYPE:
                raise
            return existing

    def upload(self, access: Access, upload: Upload, source: Iterator[bytes], size: int) -> DriveFile:
        """See `DriveFiles`."""
        file, sha256 = self._uploads.send(access, upload, source, size)
        if file is None:  # the id is taken: by us, if the bytes are the same
            existing = self.get(access, upload.file_id)
            if existing is None or existing.trashed or (existing.size, existing.sha256) != (size, sha256):
                raise DriveRefusal("fileIdInUse", 409)
            return existing
        if (file.size, file.sha256) != (size, sha256):
            self.trash(access, file.id)
            raise DriveRefusal("checksumMismatch", 200)
        return file

    def make_public(self, access: Access, file_id: str) -> bool:
        """See `DriveFiles`."""
        body = {"role": "reader", "type": "anyone", "allowFileDiscovery": False}
        request = self._service.permissions().create(fileId=file_id, body=body, fields="id", supportsAllDrives=True)
        try:
            self._execute(access, "permissions.create", request)
        except DriveRefusal as refusal:
            if refusal.reason in POLICY:
                return False
            raise
        return True

    @contextmanager
    def download(
        self,
        access: Access | None,
        file_id: str,
        first: int = 0,
        last: int | None = None,
        *,
        resource_key: str | None = None,
    ) -> Iterator[Download]:
        """See `DriveFiles`."""
        whole = first == 0 and last is None
        span = {} if whole else {"Range": f"bytes={first}-{'' if last is None else last}"}
        with self._open("files.download", access, file_id, resource_key, {"alt": "media"}, span) as answer:
            yield _download(answer, first)

    def rename(self, access: Access, file_id: str, name: str) -> None:
        """See `DriveFiles`."""
        request = self._service.files().update(fileId=file_id, body={"name": name}, supportsAllDrives=True)
        self._execute(access, "files.update", request)

    def trash(self, access: Access, file_id: str) -> None:
        """See `DriveFiles`."""
        request = self._service.files().update(fileId=file_id, body={"trashed": True}, supportsAllDrives=True)
        try:
            self._execute(access, "files.update", request)
        except DriveRefusal as refusal:
            if refusal.reason not in GONE:
                raise

    @contextmanager
    def _open(
        self,
        method: str,
        access: Access | None,
        file_id: str,
        resource_key: str | None,
        query: dict[str, str],
        more: Mapping[str, str] = NOTHING,
    ) -> Iterator[requests.Response]:
        """One GET of a file, by plain HTTP: as the user, or anonymously with the API key, which no error may tell.

        Raises what `DriveFiles` says, and `RangeNotSatisfiable`.
        """
        headers = {"Accept-Encoding": "identity", **more, **resource_keys(file_id, resource_key)}
        if access:
            headers["Authorization"] = f"Bearer {access.token.reveal()}"
        else:
            query = {**query, "key": self._api_key().reveal()}
        url = f"{self._api}/files/{file_id}?{urlencode({**query, 'supportsAllDrives': 'true'})}"
        try:
            answer = self._sessions.request("GET", url, timeout=DOWNLOAD_TIMEOUT, headers=headers, stream=True)
        except requests.RequestException as error:
            raise DriveUnavailable(f"{method}: {type(error).__name__}") from None  # its text has the address
        with answer:
            self._logger.info("http.call", service="drive", method=method, status=answer.status_code,
                              token=access.token if access else None)  # fmt: skip
            if answer.status_code == 416:
                size = answer.headers.get("Content-Range", "*/0").rpartition("/")[2]
                raise RangeNotSatisfiable(size=int(size) if size.isdecimal() else 0)
            if answer.status_code not in (200, 206):
                raise (drive_error if access else anonymous_error)(answer.status_code, answer.content)
            yield answer

    def _execute(self, access: Access, method: str, request: Any) -> Any:
        """One call, without the library's retries. Raises what `DriveFiles` says."""
        request.headers["Authorization"] = f"Bearer {access.token.reveal()}"
        try:
            answer = request.execute(http=self._http(), num_retries=0)
        except HttpError as error:
            self._logger.info("http.call", service="drive", method=method, status=error.resp.status, token=access.token)
            raise drive_error(int(error.resp.status), error.content) from error
        except NETWORK as error:
            raise DriveUnavailable(f"{method}: {type(error).__name__}") from error
        self._logger.info("http.call", service="drive", method=method, status=200, token=access.token)
        return answer

    def _http(self) -> httplib2.Http:
        """One for each thread: httplib2 is not safe to share. No proxy of the environment, no redirects."""
        http = getattr(self._local, "http", None)
        if http is None:
            http = httplib2.Http(timeout=TIMEOUT_S, proxy_info=None)
            http.follow_redirects = False
            self._local.http = http
        return http


def resource_keys(file_id: str, resource_key: str | None) -> dict[str, str]:
    """The header that opens a file whose link has a resource key."""
    return {"X-Goog-Drive-Resource-Keys": f"{file_id}/{resource_key}"} if resource_key else {}


def _service(api_url: str) -> Any:
    """The library's client, for the configured address."""
    url = urlsplit(api_url)
    document = json.loads(get_static_doc("drive", "v3"))
    root = f"{url.scheme}://{url.netloc}/"
    document |= {"rootUrl": root, "servicePath": f"{url.path.strip('/')}/", "batchPath": "batch"}
    document["baseUrl"] = f"{root}{document['servicePath']}"
    return build_from_document(document, http=httplib2.Http(timeout=TIMEOUT_S))


def _download(answer: requests.Response, first: int) -> Download:
    length = int(answer.headers.get("Content-Length", 0))
    total = length
    if answer.status_code == 206:
        total = int(answer.headers["Content-Range"].rpartition("/")[2])
    mime_type = answer.headers.get("Content-Type", "application/octet-stream")
    return Download(
        chunks=_chunks(answer, length), mime_type=mime_type, first=first, last=first + length - 1, total=total
    )


def _chunks(answer: requests.Response, length: int) -> Iterator[bytes]:
    """The bytes; an answer that ends early is an outage and not a shorter file."""
    read = 0
    try:
        for chunk in answer.iter_content(CHUNK):
            read += len(chunk)
            yield chunk
    except requests.RequestException as error:
        raise DriveUnavailable("the download was cut off") from error
    if read != length:
        raise DriveUnavailable(f"the download ended after {read} of {length} bytes")
