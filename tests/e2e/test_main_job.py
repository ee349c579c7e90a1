"""The main job through the public contract: sign in, connect Drive, generate; and what may go wrong on the way."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests

from infra.local.demo.writer import ApiError, Writer
from tests.e2e.conftest import Cloud, ended, finished, reached
from tests.fakes.films import frames, shown_seconds


def character(writer: Writer) -> str:
    """A character of this writer."""
    return str(writer.make_character("Sari", appearance="tall")["id"])


def refused(call: Any, *args: Any, **more: Any) -> ApiError:
    """The error of a call that must fail."""
    with pytest.raises(ApiError) as error:
        call(*args, **more)
    return error.value


def test_a_writer_gets_a_picture_and_one_made_from_it(cloud: Cloud) -> None:
    """Money, files, lineage, primary pointer, content with Range, preview."""
    ana = cloud.signed_in("ana")
    sari, budi = character(ana), character(ana)
    first = finished(ana, ana.generate(sari))
    second = finished(ana, ana.generate(budi, imageReferenceId=first["media"]["id"], aspectRatio="16:9"))

    assert [(job["state"], job["credits"]["charged"]) for job in (first, second)] == [("SUCCEEDED", 5)] * 2
    assert second["model"] == "seedream-4.5-i2i"
    assert [made["mediaId"] for made in second["media"]["madeFrom"]] == [first["media"]["id"]]
    assert ana.call("GET", "/api/credits") == {"balance": 90, "held": 0, "available": 90}
    for job in (first, second):
        (file,) = cloud.files(ana.email, job["id"])
        media = job["media"]
        assert (file["id"], file["public"]) == (media["driveFileId"], True)
        assert media["isPrimary"]
        whole = requests.get(media["contentUrl"], timeout=20)
        part = requests.get(media["contentUrl"], headers={"Range": "bytes=8-99"}, timeout=20)
        assert len(whole.content) == media["fileSizeBytes"] == file["size"]
        assert (part.status_code, part.content) == (206, whole.content[8:100])
        assert requests.get(media["previewUrl"], timeout=20).headers["Content-Type"] == "image/webp"
        assert requests.get(media["contentUrl"].replace("?t=", "?t=0"), timeout=20).status_code == 404


@pytest.mark.parametrize("mode", ["composite", "separate"])
def test_several_characters_become_a_moodboard(cloud: Cloud, mode: str) -> None:
    """Their pictures are fetched from Drive, staged, and fetched by the provider from our signed address."""
    ana = cloud.signed_in("ana")
    sari = ana.make_character("Sari")
    project = {"projectId": sari["projectId"]}
    budi = ana.call("POST", "/api/characters", {**project, "name": "Budi"})
    for each in (sari, budi):
        assert finished(ana, ana.generate(each["id"]))["state"] == "SUCCEEDED"
    scene = ana.call("POST", "/api/scenes", {**project, "title": "Pier", "description": "a pier"})
    board = ana.call("POST", "/api/moodboards", {**project, "title": "At the pier"})
    body = {"moodboardId": board["id"], "sceneId": scene["id"], "characterIds": [sari["id"], budi["id"]]}
    job = finished(
        ana, ana.call("POST", "/api/generate/moodboard", {**body, "referenceMode": mode, "variations": 2})["jobs"][0]
    )

    assert (job["state"], cloud.charges(job["id"]), len(cloud.files(ana.email, job["id"]))) == ("SUCCEEDED", 1, 1)
    staged = [
        event for event in cloud.journal("storage") if job["id"] in str(event.get("name")) and event["status"] == 200
    ]
    assert len({event["name"] for event in staged}) == (1 if mode == "composite" else 2)


def test_a_moodboards_picture_becomes_a_film(cloud: Cloud) -> None:
    """Asked for once, cut to five seconds, streamed into Drive with its frames untouched, played in parts."""
    ana = cloud.signed_in("ana")
    sari = ana.make_character("Sari")
    source = finished(ana, ana.generate(sari["id"], aspectRatio="1:1"))["media"]
    board = ana.call("POST", "/api/moodboards", {"projectId": sari["projectId"], "title": "At the pier"})
    body = {"moodboardId": board["id"], "sourceImageId": source["driveFileId"], "motionType": "zoom_in"}
    job = finished(ana, ana.call("POST", "/api/generate/animation", body))

    assert (job["state"], cloud.charges(job["id"]), job["credits"]["charged"]) == ("SUCCEEDED", 1, 30), job
    (file,) = cloud.files(ana.email, job["id"])
    media = job["media"]
    assert (media["durationSeconds"], media["mimeType"], file["mimeType"]) == (5.0, "video/mp4", "video/mp4")
    whole = requests.get(media["contentUrl"], timeout=20).content
    part = requests.get(media["contentUrl"], headers={"Range": "bytes=4-7"}, timeout=20)
    assert (len(whole), part.content) == (file["size"], b"ftyp")
    assert (len(frames(whole)), shown_seconds(whole)) == (125, 5.0)
    assert requests.get(media["previewUrl"], timeout=20).headers["Content-Type"] == "image/webp"


def test_a_box_left_empty_signs_in_without_drive_and_it_can_be_connected_later(cloud: Cloud) -> None:
    """Partial consent is an ordinary outcome; generating says what to do."""
    ana = cloud.writer("ana")
    assert ana.sign_in(tick_drive=False) == "declined"
    sari = character(ana)
    error = refused(ana.generate, sari)
    assert (error.status, error.code, error.body["action"]) == (409, "GOOGLE_DRIVE_NOT_CONNECTED", "connect_drive")

    assert ana.connect_drive() == "connected"
    assert finished(ana, ana.generate(sari))["state"] == "SUCCEEDED"


def test_whoever_signs_in_again_is_the_same_user_and_stays_connected(cloud: Cloud) -> None:
    """No refresh token comes the second time; the stored one is kept."""
    ana = cloud.signed_in("ana")
    user = ana.call("GET", "/api/auth/session")["user"]["id"]
    again = Writer(ana.base, ana.email)
    assert again.sign_in() == "connected"
    assert again.call("GET", "/api/auth/session")["user"]["id"] == user
    assert again.call("GET", "/api/auth/session")["credits"]["balance"] == 100


def test_another_google_account_is_refused_with_masked_addresses(cloud: Cloud) -> None:
    """The files of the first would be invisible to the second."""
    ana = cloud.signed_in("ana")
    ana.http.cookies.clear(domain="localhost.local", path="/", name="GOOGLE_ACCOUNT")
    assert ana.connect_drive(email=f"other{ana.email}") == "mismatch"
    assert ana.call("GET", "/api/user/google-drive/status")["driveEmail"] == ana.email


def test_a_user_of_a_trusted_issuer_signs_in_and_connects(cloud: Cloud) -> None:
    """E-mail sign-in elsewhere, a Bearer session here, Drive by a one-time link."""
    mail = f"mail{cloud.writer().email}"
    token = requests.post(f"{cloud.local.ports.url('issuer')}/token", json={"email": mail}, timeout=10).json()[
        "idToken"
    ]
    budi = cloud.writer("budi")
    session = budi.call("POST", "/api/auth/session", {"idToken": token})
    bearer = {"Authorization": f"Bearer {session['token']}"}
    budi.http.cookies.clear()
    link = budi.call("POST", "/api/user/google-drive/connect", {"returnTo": "/"}, **bearer)["url"]

    assert budi.travel(link) == "connected"
    assert budi.call("GET", "/api/auth/session", **bearer)["drive"]["isConnected"]
    assert budi.http.get(link, allow_redirects=False, timeout=10).status_code == 401


def test_signing_out_ends_the_session_on_the_server(cloud: Cloud) -> None:
    """The old cookie is dead."""
    ana = cloud.signed_in("ana")
    old = dict(ana.http.cookies)
    ana.call("DELETE", "/api/auth/session")
    stolen = Writer(ana.base, ana.email)
    stolen.http.cookies.update(old)
    assert refused(stolen.call, "GET", "/api/auth/session").code == "UNAUTHENTICATED"


def test_a_revoked_token_blocks_the_job_until_the_writer_reconnects(cloud: Cloud) -> None:
    """Between submit and delivery: nothing lost, nothing asked twice."""
    ana = cloud.signed_in("ana")
    job = ana.generate(character(ana), additionalPrompt="modelslab:render=4")
    reached(ana, job, "rendering")
    google = cloud.local.ports.url("google")
    requests.post(f"{google}/_emulator/revoke", json={"email": ana.email}, timeout=10).raise_for_status()
    blocked = finished(ana, job)
    assert (blocked["state"], blocked["action"]) == ("ACTION_REQUIRED", "connect_drive")
    assert ana.call("GET", "/api/auth/session")["drive"] == {
        "isConnected": False, "needsReconnect": True, "reason": "revoked",
    }  # fmt: skip
    assert refused(ana.generate, character(ana)).code == "GOOGLE_DRIVE_RECONNECT_REQUIRED"

    assert ana.connect_drive() == "connected"
    done = ended(ana, job)
    assert (done["state"], cloud.charges(job["id"]), len(cloud.files(ana.email, job["id"]))) == ("SUCCEEDED", 1, 1)


def test_an_outage_of_googles_token_endpoint_is_no_reason_to_reconnect(cloud: Cloud) -> None:
    """It passes."""
    ana = cloud.signed_in("ana")
    google = cloud.local.ports.url("google")
    requests.post(f"{google}/_emulator/clock", json={"advance": 3700}, timeout=10).raise_for_status()
    cloud.fault("google", "token_html", times=1, match={"grant_type": "refresh_token"})
    job = finished(ana, ana.generate(character(ana)))
    assert ana.call("GET", "/api/user/google-drive/status")["isConnected"]
    assert job["state"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("word", "state", "code"),
    [
        ("modelslab:drop", "SUCCEEDED", None),
        ("modelslab:drop modelslab:webhook=never", "FAILED", "OUTCOME_UNKNOWN"),
        ("modelslab:answer_html", "SUCCEEDED", None),
        ("modelslab:webhook=early", "SUCCEEDED", None),
        ("modelslab:webhook=twice", "SUCCEEDED", None),
        ("modelslab:webhook=forged", "SUCCEEDED", None),
        ("modelslab:webhook=never", "SUCCEEDED", None),
        ("modelslab:sync", "SUCCEEDED", None),
        ("modelslab:fails", "FAILED", "PROVIDER_FAILED"),
        ("modelslab:error=400", "FAILED", "PROVIDER_REJECTED"),
        ("modelslab:nsfw=error", "FAILED", "CONTENT_REJECTED"),
        ("modelslab:link=foreign modelslab:no_proxy_links", "FAILED", "RESULT_UNUSABLE"),
    ],
)
def test_whatever_the_provider_does_nobody_pays_for_nothing(
    cloud: Cloud, word: str, state: str, code: str | None
) -> None:
    """Delivered and charged once, or released; the provider was asked once."""
    ana = cloud.signed_in("ana")
    job = finished(ana, ana.generate(character(ana), additionalPrompt=word))
    credits_ = ana.call("GET", "/api/credits")

    assert (job["state"], job.get("error", {}).get("code")) == (state, code)
    assert cloud.charges(job["id"]) <= 1
    assert len(cloud.files(ana.email, job["id"])) == (state == "SUCCEEDED")
    assert credits_ == {"balance": 95, "held": 0, "available": 95} if code is None else credits_["available"] == 100


def test_every_task_delivered_twice_in_parallel_changes_nothing(cloud: Cloud) -> None:
    """At least once is what Cloud Tasks promises."""
    cloud.fault("tasks", "duplicate", times=-1)
    ana = cloud.signed_in("ana")
    sari = character(ana)
    try:
        jobs = [ana.generate(sari, additionalPrompt="modelslab:webhook=twice") for _ in range(4)]
        final = [finished(ana, job) for job in jobs]
    finally:
        cloud.no_faults()
    for job in final:
        assert (job["state"], cloud.charges(job["id"]), len(cloud.files(ana.email, job["id"]))) == ("SUCCEEDED", 1, 1)
    assert ana.call("GET", "/api/credits")["balance"] == 80


def test_fifty_parallel_creates_with_credits_for_seven(cloud: Cloud) -> None:
    """On the real Firestore emulator, through HTTP: exactly seven are accepted."""
    ana = cloud.signed_in("ana")
    sari = character(ana)
    spent = [ana.generate(sari) for _ in range(13)]
    assert ana.call("GET", "/api/credits")["available"] == 35
    start = threading.Barrier(50)
    codes: list[str] = []

    def create() -> None:
        mine = Writer(ana.base, ana.email)
        mine.http.cookies.update(ana.http.cookies)
        start.wait()
        try:
            mine.generate(sari)
            codes.append("accepted")
        except ApiError as error:
            codes.append(str(error.code))

    threads = [threading.Thread(target=create) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (codes.count("accepted"), codes.count("INSUFFICIENT_CREDITS")) == (7, 43)
    for job in spent:
        finished(ana, ana.job(job["id"]))


def test_another_users_things_are_like_made_up_ones(cloud: Cloud) -> None:
    """Project, character, media, job: the same 404 but for the request's id."""
    ana, budi = cloud.signed_in("ana"), cloud.signed_in("budi")
    sari = ana.make_character("Sari")
    job = finished(ana, ana.generate(sari["id"]))
    theirs = {
        "projects": sari["projectId"], "characters": sari["id"], "media": job["media"]["id"], "jobs": job["id"],
    }  # fmt: skip
    for collection, real in theirs.items():
        bodies = []
        for name in (real, "made-up"):
            answer = budi.raw("GET", f"/api/{collection}/{name}")
            body = answer.json()
            body.pop("requestId")
            bodies.append((answer.status_code, body))
        assert bodies[0] == bodies[1]
        assert bodies[0][0] == 404
    assert refused(budi.generate, sari["id"]).code == "NOT_FOUND"
    assert refused(budi.call, "POST", f"/api/jobs/{job['id']}/cancel").code == "NOT_FOUND"
    assert budi.raw("GET", f"/api/media/{job['media']['id']}/content").status_code == 404


def test_a_create_waits_for_its_media_when_asked_to(cloud: Cloud) -> None:
    """Prefer: wait=N answers 201 with the media."""
    ana = cloud.signed_in("ana")
    answer = ana.raw("POST", "/api/generate/character", {"characterId": character(ana)}, Prefer="wait=30")
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/api/media/{answer.json()['data']['id']}")


def test_a_quote_creates_nothing(cloud: Cloud) -> None:
    """ValidateOnly."""
    ana = cloud.signed_in("ana")
    quote = ana.generate(character(ana), validateOnly=True, variations=3)
    assert (quote["credits"], quote["available"], quote["model"], quote["warnings"]) == (15, 100, "seedream-4.5", [])
    assert ana.call("GET", "/api/jobs") == []


def test_media_are_deleted_with_or_without_their_file(cloud: Cloud) -> None:
    """The Drive file stays, or goes to the trash."""
    ana = cloud.signed_in("ana")
    sari = character(ana)
    jobs = [finished(ana, ana.generate(sari)) for _ in range(2)]
    for job, how in zip(jobs, ("keep", "trash"), strict=True):
        media = job["media"]["id"]
        assert ana.call("DELETE", f"/api/media/{media}?driveFile={how}")["driveFile"] == how
        assert refused(ana.call, "GET", f"/api/media/{media}").code == "NOT_FOUND"
        assert len(cloud.files(ana.email, job["id"])) == (how == "keep")


def test_disconnecting_forgets_the_tokens_and_keeps_the_files(cloud: Cloud) -> None:
    """With revoke the consent at Google goes too, once."""
    ana = cloud.signed_in("ana")
    job = finished(ana, ana.generate(character(ana)))
    before = len([event for event in cloud.journal("google") if event["event"] == "revoke"])
    assert ana.call("POST", "/api/user/google-drive/disconnect", {})["revoked"] is False
    assert not ana.call("GET", "/api/user/google-drive/status")["isConnected"]
    assert len(cloud.files(ana.email, job["id"])) == 1
    assert len([event for event in cloud.journal("google") if event["event"] == "revoke"]) == before
    assert ana.connect_drive() == "connected"
    assert "sign" in ana.call("POST", "/api/user/google-drive/disconnect", {"revoke": True})["notice"]
    assert len([event for event in cloud.journal("google") if event["event"] == "revoke"]) == before + 1


def test_private_functions_are_closed(cloud: Cloud) -> None:
    """Without a token, with a made-up one, with another account's."""
    tokens = f"{cloud.local.ports.url('tasks-control')}/_emulator/token"
    order = {"email": "somebody@else.example", "audience": cloud.local.url}
    foreign = requests.post(tokens, json=order, timeout=10).json()["idToken"]
    order = {"email": "task-invoker@local.iam.gserviceaccount.com", "audience": "https://other.example"}
    elsewhere = requests.post(tokens, json=order, timeout=10).json()["idToken"]
    for path in ("/tasks/advance-job", "/cron/sweep-jobs", "/admin/grant-credits"):
        for token in ("", "a.b.c", foreign, elsewhere):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            answer = requests.post(f"{cloud.local.url}{path}", json={}, headers=headers, timeout=10)
            assert answer.status_code in (401, 403), (path, token[:10])
