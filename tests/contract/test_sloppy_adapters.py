"""Ten adapters that a hurried programmer writes: each works by its own lights, and fails at an emulator.

Each promise is kept by the careful way and broken by the sloppy one. What the emulators do not tell apart, they would not
protect us from.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.local.google.emulator import API_KEY
from tests.contract.google.conftest import REDIRECT, SCOPES, Google
from tests.contract.google.test_drive_rules import FOLDER, KIB, Api
from tests.contract.test_provider import KEY, Setup

DATA = b"x" * 600_000


def fields_for_the_checksum(google: Google, *, careful: bool) -> bool:
    """1. No `fields`: by default no checksum comes, and nothing can be verified."""
    ana = Api(google)
    made = ana.upload()["id"]
    found = ana.get(f"files/{made}", **({"fields": "id,sha256Checksum"} if careful else {}))
    return "sha256Checksum" in found


def scope_on_refresh(google: Google, *, careful: bool) -> bool:
    """2. `scope` on a refresh: works until a user leaves a box empty, and fails an hour later."""
    token = google.tokens(ticked=())["refresh_token"]
    return google.refresh(token, **({} if careful else {"scope": SCOPES})).status_code == 200


def chunks_of_any_size(google: Google, *, careful: bool) -> bool:
    """3. Unaligned chunks, going on from what was sent instead of from what is stored."""
    ana = Api(google)
    session, at = ana.initiate(len(DATA)).headers["Location"], 0
    while at < len(DATA):
        end = min(at + (256 * KIB if careful else 300_000), len(DATA))
        answer = ana.put(session, DATA[at:end], f"{at}-{end - 1}/{len(DATA)}")
        if answer.status_code not in (200, 308):
            return False
        at = int(answer.headers["Range"].rpartition("-")[2]) + 1 if careful and answer.status_code == 308 else end
    return bool(answer.json()["size"] == str(len(DATA)))


def redirect_by_feel(google: Google, *, careful: bool) -> bool:
    """4. A redirect URI with one slash more than the registered one."""
    return google.authorize(redirect_uri=REDIRECT if careful else f"{REDIRECT}/").status_code == 200


def create_again(google: Google, *, careful: bool) -> bool:
    """5. A create that is repeated after a lost answer, without a reserved id: two folders."""
    ana = Api(google)
    body = {"name": "Stories", "mimeType": FOLDER, **({"id": ana.reserve()} if careful else {})}
    google.fault("drop", match={"method": "files.create"})
    for _ in range(2):
        try:
            ana.call("POST", "files", body)
        except requests.ConnectionError:
            continue
    return len(ana.get("files", q="name = 'Stories'")["files"]) == 1


def key_beside_the_token(google: Google, *, careful: bool) -> bool:
    """6. The API key in a request that has a token: the token is what counts, and it sees no public file."""
    ana = Api(google)
    public = ana.by_hand(public=True)
    answer = ana.anonymous(public) if careful else ana.call("GET", f"files/{public}", key=API_KEY)
    return answer.status_code == 200


def revoke_on_reconnect(google: Google, *, careful: bool) -> bool:
    """7. The old refresh token is revoked when a new one came: the new one is of the same grant, and dies with it."""
    old = google.tokens()["refresh_token"]
    new = google.tokens(prompt="consent")["refresh_token"]
    if not careful:
        requests.post(f"{google.url}/revoke", data={"token": old}, timeout=10)
    return google.refresh(new).status_code == 200


ON_GOOGLE = (
    fields_for_the_checksum,
    scope_on_refresh,
    chunks_of_any_size,
    redirect_by_feel,
    create_again,
    key_beside_the_token,
    revoke_on_reconnect,
)


def asked(setup: Setup, path: str, **fields: Any) -> requests.Response:
    """A call of the provider."""
    return requests.post(f"{setup.serving.url}/api/{path}", json={"key": KEY, **fields}, timeout=10)


def picture_in_the_request(setup: Setup, *, careful: bool) -> bool:
    """8. A `data:` URI as a reference picture, where an address belongs."""
    picture = f"{setup.receiver.url}/ref.png" if careful else "data:image/png;base64,iVBORw0KGgo="
    answer = asked(setup, "v7/images/image-to-image", model_id="seedream-4.5-i2i", prompt="a fox",
                   init_image=[picture], aspect_ratio="1:1")  # fmt: skip
    return bool(answer.json()["status"] == "processing")


def older_endpoint(setup: Setup, *, careful: bool) -> bool:
    """9. The v6 address with v7's model: another model is rendered, and charged, without a word."""
    path = "v7/video-fusion/image-to-video" if careful else "v6/video/img2video"
    asked(setup, path, model_id="ltx-2-pro-i2v", prompt="a fox", init_image=f"{setup.receiver.url}/ref.png",
          resolution="1920x1080", duration="6", fps="25", generate_audio=False)  # fmt: skip
    entries = requests.get(f"{setup.serving.url}/_emulator/ledger", timeout=5).json()["entries"]
    return [entry["model"] for entry in entries] == ["ltx-2-pro-i2v"]


def links_of_the_future(setup: Setup, *, careful: bool) -> bool:
    """10. `future_links` taken for the result: nothing is there until the job is done, nor ever if it fails."""
    answer = asked(setup, "v7/images/text-to-image", model_id="seedream-4.5", prompt="a fox modelslab:fails",
                   aspect_ratio="1:1").json()  # fmt: skip
    if careful:
        return requests.get(answer["future_links"][0], timeout=5).status_code == 404
    return requests.get(answer["future_links"][0], timeout=5).content.startswith(b"\x89PNG")


ON_MODELSLAB = (picture_in_the_request, older_endpoint, links_of_the_future)


@pytest.fixture
def google(tmp_path: Path) -> Iterator[Google]:
    """Google."""
    made = Google(tmp_path / "google")
    yield made
    made.close()


@pytest.fixture
def setup(tmp_path: Path) -> Iterator[Setup]:
    """ModelsLab, and a host with a reference picture."""
    made = Setup(tmp_path)
    yield made
    made.serving.stop()
    made.emulator.close()
    made.receiver.stop()


@pytest.mark.parametrize("attempt", ON_GOOGLE, ids=lambda attempt: attempt.__name__)
def test_a_sloppy_client_of_google_fails_and_a_careful_one_does_not(google: Google, attempt: Any) -> None:
    """The same promise, kept in two ways."""
    assert attempt(google, careful=True)
    requests.post(f"{google.url}/_emulator/reset", timeout=10).raise_for_status()
    assert not attempt(google, careful=False)


@pytest.mark.parametrize("attempt", ON_MODELSLAB, ids=lambda attempt: attempt.__name__)
def test_a_sloppy_client_of_modelslab_fails_and_a_careful_one_does_not(setup: Setup, attempt: Any) -> None:
    """The same."""
    assert attempt(setup, careful=True)
    requests.post(f"{setup.serving.url}/_emulator/reset", timeout=10).raise_for_status()
    assert not attempt(setup, careful=False)


def test_there_are_ten() -> None:
    """None was left out."""
    assert len((*ON_GOOGLE, *ON_MODELSLAB)) == 10
