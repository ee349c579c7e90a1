"""Ask for pictures of a character."""

from __future__ import annotations

import pytest

from functions.api import credits as credits_api
from functions.api import generate_character, jobs
from tests.fakes.app import stored
from tests.fakes.studio import Studio

PATH = "/api/generate/character"


def test_a_request_is_accepted_with_its_price_held() -> None:
    """202, where the job is, and the job."""
    ana = Studio().writer()
    answer = ana.generate(ana.character(appearance="tall"), aspectRatio="16:9", additionalPrompt="at night")
    job = answer.data

    assert (answer.status, answer.headers["Location"]) == (202, f"/api/jobs/{job['id']}")
    assert (job["state"], job["kind"], job["model"]) == ("QUEUED", "character", "seedream-4.5")
    assert job["prompt"] == "Sari, tall, at night, high quality, detailed, professional"
    assert job["params"]["aspectRatio"] == "16:9"
    assert job["credits"] == {"held": 5, "charged": 0, "released": 0}
    assert ana.call(credits_api.ROUTES, "GET", "/api/credits").data == {"balance": 100, "held": 5, "available": 95}


def test_a_reference_may_be_named_by_its_media_or_its_file() -> None:
    """The model is another one, and the lineage is recorded."""
    ana = Studio().writer()
    media = ana.picture()["media"]
    for reference in (media["id"], media["driveFileId"]):
        job = ana.picture(imageReferenceId=reference)
        assert (job["state"], job["model"]) == ("SUCCEEDED", "seedream-4.5-i2i")
        assert job["references"] == [{"mediaId": media["id"], "role": "character", "index": 0}]
        assert job["media"]["madeFrom"] == job["references"]


def test_a_reference_that_is_not_ones_own_holds_nothing() -> None:
    """Another's looks like a made-up one."""
    studio = Studio()
    ana, budi = studio.writer(), studio.writer("budi@gmail.com")
    theirs = budi.picture()["media"]
    sari = ana.character()
    for reference in (theirs["id"], theirs["driveFileId"], "made-up"):
        answer = ana.generate(sari, imageReferenceId=reference)
        assert (answer.status, answer.error) == (422, "REFERENCE_NOT_USABLE")
        assert (answer.body["field"], answer.body["reason"]) == ("imageReferenceId", "not_found")
    assert ana.call(credits_api.ROUTES, "GET", "/api/credits").data["held"] == 0


def test_an_idempotency_key_makes_one_job() -> None:
    """The same body gives the same job, another body is refused."""
    ana = Studio().writer()
    sari = ana.character()
    same = [
        ana.call(generate_character.ROUTES, "POST", PATH, {"characterId": sari}, Idempotency_Key="k1") for _ in range(3)
    ]
    other = ana.call(
        generate_character.ROUTES, "POST", PATH, {"characterId": sari, "variations": 2}, Idempotency_Key="k1"
    )
    assert len({answer.data["id"] for answer in same}) == 1
    assert (other.status, other.error) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(ana.call(jobs.ROUTES, "GET", "/api/jobs").data) == 1


def test_variations_are_all_accepted_or_none() -> None:
    """Four cost four times as much."""
    studio = Studio(SIGN_UP_GRANT="17")
    ana = studio.writer()
    sari = ana.character()
    refused = ana.generate(sari, variations=4)
    assert (refused.status, refused.error) == (402, "INSUFFICIENT_CREDITS")
    assert (refused.body["required"], refused.body["available"], refused.body["action"]) == (20, 17, "buy_credits")
    assert len(ana.call(jobs.ROUTES, "GET", "/api/jobs").data) == 0

    accepted = ana.generate(sari, variations=3)
    assert (accepted.status, len(accepted.data["jobs"])) == (202, 3)
    studio.run()
    done = ana.call(jobs.ROUTES, "GET", "/api/jobs").data
    assert [job["state"] for job in done] == ["SUCCEEDED"] * 3
    assert len({job["media"]["driveFileId"] for job in done}) == 3


def test_a_quote_creates_nothing_and_warns() -> None:
    """What it would cost, and what is missing."""
    studio = Studio(SIGN_UP_GRANT="4")
    ana = studio.browser("ana@gmail.com")
    ana.sign_in(drive=False)
    sari = ana.character()
    before = stored(studio.app)
    answer = ana.generate(sari, validateOnly=True)

    assert (answer.status, answer.data["credits"], answer.data["available"]) == (200, 5, 4)
    assert answer.data["warnings"] == ["INSUFFICIENT_CREDITS", "GOOGLE_DRIVE_NOT_CONNECTED"]
    assert stored(studio.app) == before


def test_more_jobs_at_once_than_the_cap_are_refused() -> None:
    """With the cap."""
    ana = Studio(IN_FLIGHT_CAP="2").writer()
    sari = ana.character()
    answers = [ana.generate(sari) for _ in range(3)]
    assert [answer.status for answer in answers] == [202, 202, 429]
    assert (answers[2].error, answers[2].body["limit"]) == ("TOO_MANY_JOBS", 2)


@pytest.mark.parametrize("ratio", ["3:4", "21:9"])
def test_a_ratio_that_the_model_does_not_render_is_refused_before_anything_is_held(ratio: str) -> None:
    """3:4 is not confirmed for pictures made from pictures."""
    ana = Studio().writer()
    media = ana.picture()["media"]
    answer = ana.generate(ana.character(), imageReferenceId=media["id"], aspectRatio=ratio)
    assert answer.status == (400 if ratio == "3:4" else 202)


def test_a_prompt_that_is_too_long_for_the_model_is_refused() -> None:
    """All parts together."""
    ana = Studio().writer()
    sari = ana.character(appearance="a" * 2500, clothing="c" * 1000)
    answer = ana.generate(sari, additionalPrompt="p" * 2000)
    assert (answer.status, answer.error) == (400, "INVALID_REQUEST")


def test_another_users_character_is_like_a_made_up_one() -> None:
    """Quoting and asking; nothing is held."""
    studio = Studio()
    ana, budi = studio.writer(), studio.writer("budi@gmail.com")
    theirs = ana.character()
    for character in (theirs, "made-up"):
        assert budi.generate(character).error == "NOT_FOUND"
        assert budi.generate(character, validateOnly=True).error == "NOT_FOUND"
    assert budi.call(credits_api.ROUTES, "GET", "/api/credits").data["held"] == 0
