"""Everything that can be done, by functions that have what the manifest gives them: it is enough, and all is needed.

With `WRITE_PERMISSIONS=1` in the environment it writes the table of docs/permissions.md from what it saw.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from google.cloud.firestore import Client

from infra.check.manifest import HEAD, PATH, granted, table_row
from infra.local.demo.writer import Writer
from infra.local.manifest import read_functions
from infra.local.settings import INVOKER
from tests.e2e.conftest import Cloud, ended, finished, patiently, reached, until
from tests.e2e.leaks import firestore
from tests.e2e.test_assets import by_hand, link, make_due, png

#: needed when more than 500 files of a user are due at once: tests/simulation/test_recheck.py has such users
RARE = {("tasks_check_assets", "queue assets"): "shared/media/recheck.py Recheck._finish"}


def test_every_function_needs_what_it_has_and_has_what_it_needs(cloud: Cloud) -> None:
    """Refusals of the accounts would be answers 500; what is never used must not be granted."""
    ana = cloud.signed_in("ana")
    sari, board = a_story(ana, cloud)
    pictures_and_films(ana, sari, board)
    files(ana, sari, cloud)
    jobs_that_stop(ana, sari, cloud)
    expired_tokens(ana, sari, cloud)
    watched(ana, cloud)
    operators(cloud, ana)
    the_end(ana, cloud)
    wanted = {(function.name, permission) for function in read_functions() for permission in granted(function)}
    unneeded = awaited(lambda: wanted - RARE.keys() - {(name, permission) for name, permission, _ in used(cloud)})
    assert not unneeded, "\n".join(f"{name}: {what}" for name, what in sorted(unneeded))
    if os.environ.get("WRITE_PERMISSIONS"):
        seen = [*used(cloud), *([*key, place] for key, place in RARE.items())]
        rows = [table_row(name, permission, *place.split(" ")) for name, permission, place in sorted(seen)]
        PATH.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")


def awaited(left: Callable[[], set[Any]]) -> set[Any]:
    """What is left when nothing is, or after half a minute."""
    pause = threading.Event()
    for _ in range(60):
        if not left():
            break
        pause.wait(0.5)
    return left()


def database(cloud: Cloud) -> Client:
    """Firestore: time cannot be moved in the functions."""
    return firestore(cloud.local.ports.host("firestore"))


def past() -> datetime:
    """A minute ago."""
    return datetime.now(UTC) - timedelta(minutes=1)


def used(cloud: Cloud) -> list[list[str]]:
    """Function, permission, place."""
    return list(requests.get(f"{cloud.local.url}/_local/permissions", timeout=10).json())


def a_story(ana: Writer, cloud: Cloud) -> tuple[dict[str, Any], dict[str, Any]]:
    """A character, a scene and a moodboard; by e-mail somebody else comes too, and looks for a session."""
    sari = ana.make_character("Sari")
    scene = ana.call("POST", "/api/scenes", {"projectId": sari["projectId"], "title": "The pier"})
    board = ana.call(
        "POST", "/api/moodboards", {"projectId": sari["projectId"], "title": "board", "sceneId": scene["id"]}
    )
    issuer = f"{cloud.local.ports.url('issuer')}/token"
    token = requests.post(issuer, json={"email": "mail@example.com"}, timeout=10).json()["idToken"]
    requests.post(f"{cloud.local.url}/api/auth/session", json={"idToken": token}, timeout=10).raise_for_status()
    return sari, board


def pictures_and_films(ana: Writer, sari: dict[str, Any], board: dict[str, Any]) -> None:
    """From words, from a reference, several characters, a film; looked at and downloaded."""
    first = ended(ana, ana.generate(sari["id"]))["media"]
    ended(ana, ana.generate(sari["id"], imageReferenceId=first["id"]))
    asked = {"moodboardId": board["id"], "characterIds": [sari["id"]], "sceneId": board["sceneId"]}
    picture = ended(ana, ana.call("POST", "/api/generate/moodboard", asked))["media"]
    film = {"moodboardId": board["id"], "sourceImageId": picture["id"], "duration": 3}
    for body in (film, film | {"validateOnly": True}):
        ana.call("POST", "/api/generate/animation", body)
    for kind, body in (("character", {"characterId": sari["id"]}), ("moodboard", asked)):
        ana.call("POST", f"/api/generate/{kind}", body | {"validateOnly": True})
    ana.call("GET", "/api/media?q=sari")
    ana.call("PATCH", f"/api/media/{first['id']}", {"fileName": "renamed.png"})
    for path in ("content", "preview"):
        assert ana.raw("GET", f"/api/media/{first['id']}/{path}").status_code == 200
    assert ana.raw("GET", "/api/media/export").status_code == 200


def files(ana: Writer, sari: dict[str, Any], cloud: Cloud) -> None:
    """Linked by the key, streamed by it, uploaded, checked, picked."""
    linked = link(ana, sari, by_hand(cloud, png((1, 2, 3)), public=True))
    assert ana.raw("GET", f"/api/media/{linked['id']}/content").status_code == 200
    ended(ana, ana.generate(sari["id"], imageReferenceId=linked["id"]))
    ana.call("GET", f"/api/assets/{linked['id']}/check")
    lend(ana, cloud)
    ana.call("GET", "/api/credits")
    ana.call("GET", "/api/credits/ledger")


def lend(ana: Writer, cloud: Cloud) -> None:
    """The picker lends the browser a token: not among the answers that are searched for secrets."""
    url, origin = f"{cloud.local.url}/api/user/google-drive/picker", {"Origin": cloud.local.url}
    requests.post(url, cookies=ana.http.cookies, headers=origin, timeout=10).raise_for_status()


def jobs_that_stop(ana: Writer, sari: dict[str, Any], cloud: Cloud) -> None:
    """Cancelled, retried, and one that waits for its Drive until it is connected again."""
    job = ana.generate(sari["id"], additionalPrompt="modelslab:render=5")
    reached(ana, job, "rendering")
    ana.call("POST", f"/api/jobs/{job['id']}/cancel")
    ended(ana, job)
    ana.call("POST", f"/api/jobs/{job['id']}/retry")
    revoke = f"{cloud.local.ports.url('google')}/_emulator/revoke"
    waiting = ana.generate(sari["id"], additionalPrompt="modelslab:render=2")
    requests.post(revoke, json={"email": ana.email}, timeout=10).raise_for_status()
    assert finished(ana, waiting)["state"] == "ACTION_REQUIRED"
    assert ana.connect_drive() == "connected"
    ended(ana, waiting)


def expired_tokens(ana: Writer, sari: dict[str, Any], cloud: Cloud) -> None:
    """Each function that speaks to Drive renews an access token by itself when it is over."""
    user = ana.call("GET", "/api/auth/session")["user"]["id"]
    connection = database(cloud).document("user_google_drive_tokens", user)
    media = ana.call("GET", f"/api/media?entityId={sari['id']}&sourceType=generated")[0]
    for use in (
        lambda: ana.call("GET", f"/api/assets/{media['id']}/check"),
        lambda: ana.raw("GET", f"/api/media/{media['id']}/content"),
        lambda: ana.call("PATCH", f"/api/media/{media['id']}", {"fileName": "again.png"}),
        lambda: lend(ana, cloud),
    ):
        connection.update({"tokenExpiresAt": past()})
        use()


def watched(ana: Writer, cloud: Cloud) -> None:
    """The look at files: a user with more of them than one look lists, one that only the key sees; and the sweep."""
    store, user = database(cloud), ana.call("GET", "/api/auth/session")["user"]["id"]
    linked = ana.call("GET", "/api/media?sourceType=linked")[0]
    store.document("generated_media", linked["id"]).update({"accessibility.nextCheckAt": past()})
    store.document("user_google_drive_tokens", user).update({"tokenExpiresAt": past()})
    make_due(store, ana)
    rechecks = store.document("rechecks", user)
    until(lambda: (rechecks.get().to_dict() or {})["pageToken"])
    job = ana.generate(ana.make_character("Budi")["id"], additionalPrompt="modelslab:render=4")
    reached(ana, job, "rendering")
    store.document("generation_jobs", job["id"]).update({"wakeAt": past()})
    ended(ana, job)


def operators(cloud: Cloud, ana: Writer) -> None:
    """A grant, by somebody whom IAM lets in."""
    url, user = cloud.local.url, ana.call("GET", "/api/auth/session")["user"]["id"]
    asked = {"email": INVOKER, "audience": url}
    token = requests.post(f"{cloud.local.ports.url('tasks-control')}/_emulator/token", json=asked, timeout=10).json()
    body = {"grantId": "g-1", "userId": user, "amount": 5, "reason": "a gift"}
    answer = requests.post(
        f"{url}/admin/grant-credits", json=body, headers={"Authorization": f"Bearer {token['idToken']}"}, timeout=10
    )
    assert answer.status_code < 300, answer.text


def the_end(ana: Writer, cloud: Cloud) -> None:
    """A job that is under way when its account is deleted, with the grant at Google."""
    sari = ana.make_character("Wulan")
    ana.generate(sari["id"], additionalPrompt="modelslab:render=600")
    patiently(lambda: ana.call("DELETE", "/api/account?revoke=true"))
    until(lambda: ana.raw("GET", "/api/auth/session").status_code == 401)
