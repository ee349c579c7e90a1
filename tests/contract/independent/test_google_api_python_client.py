"""google-api-python-client, the vendor's own: metadata, search, paging, its resumable upload and its download.

It sends uploads to https at the host that it is given, so the upload's address is put right after it is built; that is
the library's, and in no way the emulator's.
"""

from __future__ import annotations

import io
import json
import random
from typing import Any
from urllib.parse import urlsplit

import pytest
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseDownload, MediaIoBaseUpload

from tests.contract.google.conftest import Google

FOLDER = "application/vnd.google-apps.folder"


@pytest.fixture
def drive(google: Google) -> Any:
    """Its service object, with a user's token."""
    document = json.loads(get_static_doc("drive", "v3"))
    url = urlsplit(google.url)
    document |= {"rootUrl": f"http://{url.netloc}/", "baseUrl": f"http://{url.netloc}/drive/v3/"}
    credentials = Credentials(google.tokens()["access_token"])  # type: ignore[no-untyped-call]
    return build_from_document(document, credentials=credentials)


def sent(request: Any) -> Any:
    """An upload to plain http, where the library assumes https."""
    request.resumable_uri = None
    request.uri = request.uri.replace("https://", "http://")
    return request


def test_folders_files_and_searches(drive: Any) -> None:
    """Reserved ids, appProperties, a search in a parent, pages by list_next."""
    ids = drive.files().generateIds(count=3, space="drive", type="files").execute()["ids"]
    folder = drive.files().create(body={"id": ids[0], "name": "f", "mimeType": FOLDER}, fields="id").execute()
    assert folder == {"id": ids[0]}
    made = []
    for number in range(3):
        media = MediaIoBaseUpload(io.BytesIO(b"%d" % number), "image/png", resumable=True)
        body = {"name": f"{number}.png", "parents": [ids[0]], "appProperties": {"gen": str(number)}}
        made.append(sent(drive.files().create(body=body, media_body=media, fields="id")).execute()["id"])
    request, seen = drive.files().list(q=f"'{ids[0]}' in parents and trashed = false", pageSize=2), []
    while request is not None:
        page = request.execute()
        seen += [file["id"] for file in page["files"]]
        request = drive.files().list_next(request, page)
    assert sorted(seen) == sorted(made)
    query = "appProperties has { key='gen' and value='1' }"
    assert [file["id"] for file in drive.files().list(q=query).execute()["files"]] == [made[1]]


def test_its_resumable_upload_in_chunks_and_its_download(drive: Any) -> None:
    """The progress is what Drive says; the bytes are the same."""
    data = random.Random(1).randbytes(1_000_000)
    media = MediaIoBaseUpload(io.BytesIO(data), "image/png", chunksize=256 * 1024, resumable=True)
    request, response, steps = (
        sent(drive.files().create(body={"name": "f"}, media_body=media, fields="id,size")),
        None,
        [],
    )
    while response is None:
        status, response = request.next_chunk()
        steps += [status.resumable_progress] if status else []
    assert (steps, response["size"]) == ([262144, 524288, 786432], "1000000")
    out = io.BytesIO()
    download = MediaIoBaseDownload(out, drive.files().get_media(fileId=response["id"]), chunksize=300_000)
    done = False
    while not done:
        _, done = download.next_chunk()
    assert out.getvalue() == data


def test_its_errors_are_read_as_googles(google: Google, drive: Any) -> None:
    """Reason and message from the envelope; its retries go on after a rate limit."""
    with pytest.raises(HttpError) as missing:
        drive.files().get(fileId="1" * 33).execute()
    assert (missing.value.resp.status, missing.value.error_details[0]["reason"]) == (404, "notFound")
    google.fault("userRateLimitExceeded", times=2)
    assert drive.files().list().execute(num_retries=3)["files"] == []


def test_changes_permissions_and_the_trash(drive: Any) -> None:
    """The feed tells what happened since the token."""
    token = drive.changes().getStartPageToken().execute()["startPageToken"]
    media = MediaIoBaseUpload(io.BytesIO(b"fox"), "image/png", resumable=True)
    file_id = sent(drive.files().create(body={"name": "f"}, media_body=media, fields="id")).execute()["id"]
    shared = drive.permissions().create(fileId=file_id, body={"role": "reader", "type": "anyone"}).execute()
    assert shared["id"] == "anyoneWithLink"
    drive.files().update(fileId=file_id, body={"trashed": True}).execute()
    told = drive.changes().list(pageToken=token, fields="newStartPageToken,changes(fileId,file(trashed))").execute()
    assert told["changes"] == [{"fileId": file_id, "file": {"trashed": True}}]
    assert drive.changes().list(pageToken=told["newStartPageToken"]).execute()["changes"] == []
