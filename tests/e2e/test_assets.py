"""Files of the writer's own on the local cloud: linked, used, exported, watched; and an account that goes."""

from __future__ import annotations

import base64
import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from google.cloud.firestore import Client
from google.cloud.firestore_v1.base_query import FieldFilter
from PIL import Image

from infra.local.demo.writer import ApiError, Writer
from tests.e2e.conftest import Cloud, finished, until
from tests.e2e.leaks import firestore, stored


@pytest.fixture(scope="module")
def database(cloud: Cloud) -> Client:
    """Firestore."""
    return firestore(cloud.local.ports.host("firestore"))


def png(colour: tuple[int, int, int]) -> bytes:
    """A picture."""
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "PNG")
    return out.getvalue()


def google(cloud: Cloud, path: str, **order: Any) -> dict[str, Any]:
    """What a person does in Drive's own pages."""
    answer = requests.post(f"{cloud.local.ports.url('google')}/_emulator/{path}", json=order, timeout=10)
    assert answer.ok, answer.text
    return dict(answer.json())


def by_hand(cloud: Cloud, data: bytes, **facts: Any) -> str:
    """A file in somebody's Drive, which the app was never granted."""
    order = {"email": "somebody@gmail.com", "name": "fox.png", "mime_type": "image/png", **facts}
    return str(google(cloud, "file", data=base64.b64encode(data).decode(), **order)["id"])


def link(writer: Writer, character: dict[str, Any], url: str) -> dict[str, Any]:
    """Link."""
    body = {"entityType": "character", "entityId": character["id"], "driveUrl": url, "mediaType": "image"}
    return dict(writer.call("POST", "/api/assets/link", body))


def test_a_linked_picture_is_used_replaced_and_exported(cloud: Cloud) -> None:
    """Its bytes come with the API key, which nobody sees."""
    ana = cloud.signed_in("ana")
    sari = ana.make_character("Sari")
    file_id = by_hand(cloud, png((200, 90, 30)), public=True, resource_key="0-AbCdEfGh")
    url = f"https://drive.google.com/file/d/{file_id}/view?usp=sharing"
    with pytest.raises(ApiError) as refused:
        link(ana, sari, url)
    assert (refused.value.code, refused.value.body["action"]) == ("ASSET_NOT_ACCESSIBLE", "pick_file")
    linked = link(ana, sari, f"{url}&resourcekey=0-AbCdEfGh")
    job = finished(ana, ana.generate(sari["id"], imageReferenceId=linked["id"]))
    assert job["state"] == "SUCCEEDED"
    assert requests.get(linked["contentUrl"], timeout=30).content == png((200, 90, 30))

    other = by_hand(cloud, png((1, 2, 3)), public=True)
    body = {"newDriveUrl": f"https://drive.google.com/open?id={other}"}
    after = ana.call("PUT", f"/api/assets/{linked['id']}/replace", body)
    assert (after["id"], after["sourceType"], after["isPrimary"]) == (linked["id"], "replaced", True)
    assert ana.call("GET", f"/api/assets/{linked['id']}/check")["state"] == "accessible"

    made = ana.call("POST", "/api/media/export", {"projectId": sari["projectId"]})
    with zipfile.ZipFile(io.BytesIO(requests.get(made["url"], timeout=60).content)) as whole:
        assert whole.testzip() is None
        assert whole.read(after["fileName"]) == png((1, 2, 3))
        assert job["media"]["fileName"] in whole.namelist()


def test_a_picture_is_uploaded_and_a_private_one_is_picked(cloud: Cloud) -> None:
    """What the picker gets works at Drive, for this user's own files."""
    ana = cloud.signed_in("ana")
    sari = ana.make_character("Sari")
    url = f"{ana.base}/api/assets/upload?entityType=character&entityId={sari['id']}"
    headers = {"Origin": ana.base, "Content-Type": "image/png"}
    uploaded = ana.http.post(url, data=png((9, 9, 9)), headers=headers, timeout=30).json()["data"]
    assert [file["id"] for file in cloud.drive(ana.email) if file["name"] == uploaded["fileName"]] == [
        uploaded["driveFileId"]
    ]

    ana.http.hooks["response"].clear()  # this answer holds a token, as it must
    lent = ana.call("POST", "/api/user/google-drive/picker")
    bearer = {"Authorization": f"Bearer {lent['accessToken']}"}
    about = f"{cloud.local.ports.url('google')}/drive/v3/about?fields=user"
    assert requests.get(about, headers=bearer, timeout=10).json()["user"]["emailAddress"] == ana.email
    private = by_hand(cloud, png((7, 7, 7)), email=ana.email)
    with pytest.raises(ApiError, match="ASSET_NOT_ACCESSIBLE"):
        link(ana, sari, private)
    google(cloud, "pick", email=ana.email, file_id=private)
    picked = link(ana, sari, private)
    assert (picked["sharing"], picked["publicUrl"]) == ("restricted", None)
    assert requests.get(picked["contentUrl"], timeout=30).content == png((7, 7, 7))


def fields(document: Any) -> dict[str, Any]:
    """What is in a document."""
    return dict(document.get().to_dict())


def make_due(database: Client, writer: Writer, *, hours: int = 0) -> None:
    """As if it were hours later: the user's turn, and the second look at what is in doubt."""
    user_id, past = writer.call("GET", "/api/auth/session")["user"]["id"], datetime.now(UTC) - timedelta(minutes=1)
    for media in database.collection("generated_media").where(filter=FieldFilter("userId", "==", user_id)).stream():
        known = dict(media.to_dict() or {})["accessibility"]
        if known["missedAt"]:
            earlier = {"missedAt": known["missedAt"] - timedelta(hours=hours), "nextCheckAt": past}
            media.reference.update({f"accessibility.{name}": value for name, value in earlier.items()})
    database.collection("rechecks").document(user_id).update({"nextAt": past, "dailyAt": past})


def test_what_is_put_in_the_trash_is_found_by_the_feed_and_reported(cloud: Cloud, database: Client) -> None:
    """By the scheduler, the queue and the real adapter; the run is on record."""
    ana = cloud.signed_in("ana")
    sari = ana.make_character("Sari")
    made = finished(ana, ana.generate(sari["id"]))["media"]
    linked = link(ana, sari, by_hand(cloud, png((4, 5, 6)), public=True))
    make_due(database, ana)
    user_id = ana.call("GET", "/api/auth/session")["user"]["id"]
    watch = database.collection("rechecks").document(user_id)
    until(lambda: fields(watch)["pageToken"])

    google(cloud, "act", file_id=made["driveFileId"], what="trash")
    make_due(database, ana)
    until(lambda: ana.call("GET", f"/api/media/{made['id']}")["accessibility"]["reason"] == "trashed")
    assert ana.call("GET", "/api/media?isAccessible=false") == []
    make_due(database, ana, hours=5)
    (lost,) = until(lambda: ana.call("GET", "/api/media?isAccessible=false"))
    assert (lost["id"], lost["accessibility"]["action"]) == (made["id"], "restore_from_trash")
    assert ana.call("GET", f"/api/media/{linked['id']}")["isAccessible"] is True
    methods = {event.get("method") for event in cloud.journal("google") if event.get("email") == ana.email}
    assert {"changes.list", "files.list", "changes.getStartPageToken"} <= methods
    runs = [dict(run.to_dict() or {}) for run in database.collection("runs").stream()]
    assert sum(run["total"]["changed"] for run in runs) >= 1
    assert [run["stopped"] for run in runs] == [None] * len(runs)


def test_an_account_that_is_deleted_is_nowhere_any_more(cloud: Cloud, database: Client) -> None:
    """Except in the ledger, without a name; the files are still in Drive."""
    ana = cloud.signed_in("gone")
    sari = ana.make_character("Sari")
    link(ana, sari, by_hand(cloud, png((4, 5, 6)), public=True))
    job = finished(ana, ana.generate(sari["id"]))
    user_id = ana.call("GET", "/api/auth/session")["user"]["id"]
    document = database.collection("users").document(user_id)
    assert ana.raw("DELETE", "/api/account").status_code == 202
    assert ana.raw("GET", "/api/projects").status_code == 401
    document.update({"closingAt": datetime.now(UTC) - timedelta(minutes=10)})
    until(lambda: not document.get().exists, seconds=150)

    everything = list(stored(database))
    named = [path for path, _, text in everything if user_id in path + text or ana.email in text]
    assert named == []
    assert [path for path, _, text in everything if job["id"] in path + text and "credit_ledger" not in path] == []
    assert len(cloud.files(ana.email, job["id"])) == 1
