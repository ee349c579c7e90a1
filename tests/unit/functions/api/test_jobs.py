"""List, get and await, cancel and retry."""

from __future__ import annotations

import pytest

from functions.api import credits as credits_api
from functions.api import jobs, stories
from tests.fakes.studio import Browser, Studio


def post(browser: Browser, job_id: str, verb: str, **headers: str) -> tuple[int, dict[str, object]]:
    """Cancel or retry; the status and the body."""
    answer = browser.call(jobs.ROUTES, "POST", f"/api/jobs/{job_id}/{verb}", **headers)
    return answer.status, answer.body


def test_a_job_tells_its_life() -> None:
    """Queued with a position, rendering with progress, done with media and charge."""
    studio = Studio(PROVIDER_CONCURRENCY="1")
    ana = studio.writer()
    sari = ana.character()
    first, second = ana.generate(sari).data, ana.generate(sari).data
    assert (ana.job(first["id"])["queuePosition"], ana.job(second["id"])["queuePosition"]) == (1, 2)
    assert ana.job(second["id"])["etaSeconds"] > ana.job(first["id"])["etaSeconds"]

    studio.run_until(ana, first["id"], "RUNNING")
    running = ana.job(first["id"])
    assert (running["phase"], 0 < running["progress"] < 1, "queuePosition" in running) == ("rendering", True, False)

    studio.run()
    done = ana.job(first["id"])
    assert (done["state"], done["phase"], done["progress"]) == ("SUCCEEDED", "done", 1.0)
    assert done["credits"] == {"held": 0, "charged": 5, "released": 0}
    assert done["statusSequence"] > running["statusSequence"] > first["statusSequence"]


def test_progress_never_goes_back() -> None:
    """Over the whole life."""
    studio = Studio()
    ana = studio.writer()
    job = ana.generate(ana.character()).data
    seen = [job["progress"]]
    while studio.queue.run_next(studio.clock, studio.handle):
        studio.post_webhooks()
        seen.append(ana.job(job["id"])["progress"])
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_the_list_is_filtered_and_paged() -> None:
    """By state and entity; newest first; no page is lost or seen twice."""
    studio = Studio()
    ana = studio.writer()
    sari, budi = ana.character(), ana.character("Budi")
    for character in (sari, budi, sari):
        ana.generate(character)
        studio.clock.advance(1)
    listed = ana.call(jobs.ROUTES, "GET", f"/api/jobs?entityId={sari}&state=QUEUED").data
    assert [job["entityId"] for job in listed] == [sari, sari]
    assert ana.call(jobs.ROUTES, "GET", "/api/jobs?state=SUCCEEDED").data == []

    seen, token = [], ""
    while True:
        answer = ana.call(jobs.ROUTES, "GET", f"/api/jobs?pageSize=1{token}")
        seen += [job["createdAt"] for job in answer.data]
        if "nextPageToken" not in answer.body:
            break
        token = f"&pageToken={answer.body['nextPageToken']}"
    assert len(seen) == 3
    assert seen == sorted(seen, reverse=True)


def test_a_cancel_before_the_submit_costs_nothing() -> None:
    """The credits are back at once, once; a job that is done is not cancelled any more."""
    ana = Studio().writer()
    job = ana.generate(ana.character()).data
    status, body = post(ana, job["id"], "cancel")
    assert (status, body["data"]["state"]) == (200, "CANCELLED")  # type: ignore[index]
    assert ana.call(credits_api.ROUTES, "GET", "/api/credits").data == {"balance": 100, "held": 0, "available": 100}
    assert post(ana, job["id"], "cancel")[0] == 200
    assert ana.call(credits_api.ROUTES, "GET", "/api/credits").data["balance"] == 100
    status, body = post(ana, ana.picture()["id"], "cancel")
    assert (status, body["error"]) == (409, "CONFLICT")


def test_a_cancel_after_the_submit_drops_what_still_arrives_and_is_capped() -> None:
    """It costs us, so only so many a day."""
    studio = Studio(CANCELS_PER_DAY="1")
    ana = studio.writer()
    made = [ana.generate(ana.character()).data for _ in range(2)]
    for job in made:
        studio.run_until(ana, job["id"], "RUNNING")
    assert post(ana, made[0]["id"], "cancel")[0] == 200
    status, body = post(ana, made[1]["id"], "cancel")
    assert (status, body["error"]) == (429, "RATE_LIMITED")

    studio.run()
    assert (ana.job(made[0]["id"])["state"], ana.job(made[1]["id"])["state"]) == ("CANCELLED", "SUCCEEDED")
    assert [file for file in studio.files.files.values() if file.app_properties.get("jobId") == made[0]["id"]] == []
    assert ana.call(credits_api.ROUTES, "GET", "/api/credits").data["balance"] == 95


def test_a_retry_is_a_new_job_with_the_same_inputs() -> None:
    """Whatever the character has become since; the old result stays."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character(appearance="tall")
    old = ana.picture(sari)
    version = ana.call(stories.ROUTES, "GET", f"/api/characters/{sari}").data["version"]
    changed = {"version": version, "appearance": "short"}
    assert ana.call(stories.ROUTES, "PATCH", f"/api/characters/{sari}", changed).status == 200
    answer = ana.call(jobs.ROUTES, "POST", f"/api/jobs/{old['id']}/retry", Idempotency_Key="again")
    same = ana.call(jobs.ROUTES, "POST", f"/api/jobs/{old['id']}/retry", Idempotency_Key="again")

    assert (answer.status, answer.data["retryOf"], answer.data["prompt"]) == (202, old["id"], old["prompt"])
    assert same.data["id"] == answer.data["id"]
    studio.run()
    assert ana.job(answer.data["id"])["media"]["id"] != old["media"]["id"]


def test_a_job_that_waits_for_room_goes_on_when_its_user_says_so() -> None:
    """At once, not at the next look in hours; saying it of another job changes nothing."""
    studio = Studio()
    ana = studio.writer()
    studio.files.limit = 0
    job = ana.generate(ana.character()).data
    studio.run_until(ana, job["id"], "ACTION_REQUIRED")
    studio.files.limit = None
    before = studio.clock.now()
    resume = f"/api/jobs/{job['id']}/resume"
    assert ana.call(jobs.ROUTES, "POST", resume).data["state"] == "RUNNING"
    studio.queue.run_next(studio.clock, studio.handle)
    assert ana.job(job["id"])["state"] == "SUCCEEDED"
    assert (studio.clock.now() - before).total_seconds() < 60
    assert ana.call(jobs.ROUTES, "POST", resume).data["state"] == "SUCCEEDED"


def test_a_job_that_has_not_ended_is_not_retried() -> None:
    """It would be a second charge for one wish."""
    ana = Studio().writer()
    job = ana.generate(ana.character()).data
    status, body = post(ana, job["id"], "retry")
    assert (status, body["error"]) == (409, "CONFLICT")


@pytest.mark.parametrize("verb", ["cancel", "resume", "retry"])
def test_another_users_job_is_like_a_made_up_one(verb: str) -> None:
    """Looking and changing."""
    studio = Studio()
    ana, budi = studio.writer(), studio.writer("budi@gmail.com")
    job = ana.generate(ana.character()).data
    for job_id in (job["id"], "made-up"):
        assert budi.call(jobs.ROUTES, "GET", f"/api/jobs/{job_id}").error == "NOT_FOUND"
        assert post(budi, job_id, verb)[1]["error"] == "NOT_FOUND"
    assert budi.call(jobs.ROUTES, "GET", f"/api/jobs?entityId={job['entityId']}").data == []


def test_a_failure_says_why_and_that_nothing_was_charged() -> None:
    """In the job, not as an HTTP error."""
    studio = Studio()
    studio.provider.faults = lambda _: frozenset({"refuse"})
    ana = studio.writer()
    job = ana.picture()
    assert (job["state"], job["error"]["code"]) == ("FAILED", "CONTENT_REJECTED")
    assert (job["error"]["charged"], job["credits"]["released"]) == (False, 5)
