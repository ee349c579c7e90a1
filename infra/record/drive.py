"""What is asked of Drive for a recording: everything that the product does, and what it must survive.

It makes a folder with a file, and deletes both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from infra.record.exchanges import HEADERS, Exchange, Recording, Redactor

SCENARIO = "drive"
FIELDS = "id,name,mimeType,size,md5Checksum,sha256Checksum,trashed,parents,permissionIds,capabilities(canDownload)"
FOLDER = "application/vnd.google-apps.folder"
CHUNK = 262_144
TIMEOUT = (5, 60)


class Drive:
    """One user's Drive, at an origin, with a token and an API key; what is said is kept."""

    def __init__(self, origin: str, token: str, key: str) -> None:
        self._origin = origin.rstrip("/")
        self._token, self._key = token, key
        self._redactor = Redactor({self._origin: "origin", token: "secret", key: "secret"})
        self.exchanges: list[Exchange] = []

    def call(
        self, step: str, method: str, path: str, body: Any = None, *, anonymous: bool = False, **query: str
    ) -> Any:
        """A call of the API; its JSON."""
        headers = {} if anonymous else {"Authorization": f"Bearer {self._token}"}
        if anonymous:
            query.setdefault("key", self._key)
        url = f"{self._origin}/drive/v3/{path}"
        answer = requests.request(method, url, params=query, json=body, headers=headers, timeout=TIMEOUT)
        self._keep(step, answer, body)
        return answer.json() if "json" in answer.headers.get("Content-Type", "") else None

    def initiate(self, step: str, metadata: Mapping[str, Any], size: int) -> str:
        """A resumable upload; its address."""
        headers = {"Authorization": f"Bearer {self._token}", "X-Upload-Content-Type": "image/png",
                   "X-Upload-Content-Length": str(size)}  # fmt: skip
        query = {"uploadType": "resumable", "fields": FIELDS}
        url = f"{self._origin}/upload/drive/v3/files"
        answer = requests.post(url, params=query, json=dict(metadata), headers=headers, timeout=TIMEOUT)
        self._keep(step, answer, dict(metadata))
        return answer.headers.get("Location", "")

    def put(self, step: str, session: str, data: bytes, span: str) -> None:
        """A chunk, or a question."""
        answer = requests.put(session, data=data, headers={"Content-Range": f"bytes {span}"}, timeout=TIMEOUT)
        self._keep(step, answer, None)

    def _keep(self, step: str, answer: requests.Response, body: Any) -> None:
        redact = self._redactor
        kept = {name.lower(): redact.text(value) for name, value in answer.headers.items() if name.lower() in HEADERS}
        is_json = "json" in answer.headers.get("Content-Type", "")
        self.exchanges.append(
            Exchange(
                step=step,
                method=answer.request.method or "",
                path=redact.text((answer.request.path_url or "").partition("?")[0]),
                request=redact.value(body),
                status=answer.status_code,
                headers=kept,
                answer=redact.value(answer.json()) if is_json else None,
            )
        )


def record(origin: str, token: str, key: str, source: str) -> Recording:
    """Everything once, in order."""
    drive = Drive(origin, token, key)
    drive.call("about without fields", "GET", "about")
    drive.call("about", "GET", "about", fields="user(emailAddress,permissionId),storageQuota(limit,usage)")
    folder_id, file_id = drive.call("reserve ids", "GET", "files/generateIds", count="2", space="drive")["ids"]
    drive.call("first feed token", "GET", "changes/startPageToken")
    token_of_feed = drive.call("feed token", "GET", "changes/startPageToken")["startPageToken"]
    folder = {"id": folder_id, "name": "recording", "mimeType": FOLDER}
    drive.call("make a folder", "POST", "files", folder, fields="id,name")
    drive.call("make it again", "POST", "files", folder, fields="id,name")
    _upload(drive, folder_id, file_id)
    drive.call("get by default", "GET", f"files/{file_id}")
    drive.call("get", "GET", f"files/{file_id}", fields=FIELDS)
    drive.call("get what is not there", "GET", "files/1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
    drive.call("an unknown field", "GET", f"files/{file_id}", fields="colour")
    drive.call("an unknown parameter", "GET", f"files/{file_id}", colour="red")
    drive.call("list", "GET", "files", q=f"'{folder_id}' in parents", fields="files(id,name)")
    drive.call("a bad search", "GET", "files", q="name")
    drive.call("anonymous and private", "GET", f"files/{file_id}", anonymous=True, fields="id,size")
    share = {"role": "reader", "type": "anyone", "allowFileDiscovery": False}
    drive.call("share", "POST", f"files/{file_id}/permissions", share, fields="id")
    drive.call("anonymous and public", "GET", f"files/{file_id}", anonymous=True, fields="id,size,trashed")
    drive.call("a bad key", "GET", f"files/{file_id}", anonymous=True, key="wrong")
    drive.call("trash the folder", "PATCH", f"files/{folder_id}", {"trashed": True}, fields="trashed")
    drive.call("what is inside", "GET", f"files/{file_id}", fields="trashed,explicitlyTrashed")
    drive.call("anonymous in the trash", "GET", f"files/{file_id}", anonymous=True, fields="id,trashed")
    drive.call("feed", "GET", "changes", pageToken=token_of_feed,
               fields="newStartPageToken,changes(fileId,removed,file(id,trashed))")  # fmt: skip
    drive.call("a bad feed token", "GET", "changes", pageToken="made-up")
    drive.call("delete", "DELETE", f"files/{folder_id}")
    drive.call("get what was deleted", "GET", f"files/{file_id}")
    return Recording(scenario=SCENARIO, source=source, exchanges=drive.exchanges)


def _upload(drive: Drive, folder_id: str, file_id: str) -> None:
    data = bytes(2 * CHUNK)
    total = len(data)
    session = drive.initiate("begin an upload", {"id": file_id, "name": "f.png", "parents": [folder_id]}, total)
    drive.put("ask what is stored", session, b"", f"*/{total}")
    drive.put("an unaligned chunk", session, data[: CHUNK + 1000], f"0-{CHUNK + 999}/{total}")
    drive.put("the last chunk", session, data[CHUNK:], f"{CHUNK}-{total - 1}/{total}")
    drive.put("ask after the end", session, b"", f"*/{total}")
    drive.initiate("an id twice", {"id": file_id, "name": "f.png"}, 1)
