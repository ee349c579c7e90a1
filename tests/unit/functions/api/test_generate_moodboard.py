"""Ask for pictures of a moodboard."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from functions.api import credits as credits_api
from functions.api import generate_moodboard, jobs, media
from tests.fakes.app import Response, stored
from tests.fakes.studio import Browser, Studio


def story(browser: Browser, *names: str, pictures: bool = True) -> dict[str, Any]:
    """A body for these characters, in a scene and a universe."""
    project = browser.make("projects", name="Story")["id"]
    characters = [browser.make("characters", projectId=project, name=name)["id"] for name in names]
    for character in characters if pictures else ():
        browser.picture(character)
    moodboard = browser.make("moodboards", projectId=project, title="At the pier")["id"]
    scene = browser.make("scenes", projectId=project, title="Pier", description="a pier at dawn")["id"]
    universe = browser.make("universes", projectId=project, name="Sea", setting="a world of islands")["id"]
    return {"moodboardId": moodboard, "characterIds": characters, "sceneId": scene, "universeId": universe}


def ask(browser: Browser, body: dict[str, Any], **more: Any) -> Response:
    """Ask."""
    return browser.call(generate_moodboard.ROUTES, "POST", "/api/generate/moodboard", {**body, **more})


def test_several_characters_become_one_picture_made_from_a_grid() -> None:
    """The plan's prompt to the letter, one grid for the provider, lineage, and the moodboard's primary picture."""
    studio = Studio(REFERENCE_DELIVERY="url")
    ana = studio.writer()
    body = story(ana, "Sari", "Budi")
    accepted = ask(ana, body, action="sailing", pose="side by side")
    studio.run()
    done = ana.job(accepted.data["id"])

    assert (accepted.status, done["state"], done["kind"], done["entityType"]) == (
        202,
        "SUCCEEDED",
        "moodboard",
        "moodboard",
    )
    assert done["prompt"] == (
        "Sari and Budi, sailing, side by side, in a pier at dawn, a world of islands, "
        "cinematic composition, detailed background"
    )
    assert done["params"] == {"aspectRatio": "1:1", "referenceMode": "composite"}
    assert len(studio.provider.asked[-1].init_images) == 1
    assert [made["index"] for made in done["media"]["madeFrom"]] == [0, 1]
    assert done["media"]["isPrimary"]
    listed = ana.call(media.ROUTES, "GET", f"/api/media?entityType=moodboard&entityId={body['moodboardId']}").data
    assert [item["id"] for item in listed] == [done["media"]["id"]]


def test_separate_references_come_in_order_and_the_prompt_says_who_is_who() -> None:
    """Up to ten."""
    studio = Studio(REFERENCE_DELIVERY="url")
    ana = studio.writer()
    names = [f"C{number}" for number in range(10)]
    accepted = ask(ana, story(ana, *names), referenceMode="separate")
    studio.run()
    assert ana.job(accepted.data["id"])["state"] == "SUCCEEDED"
    assert len(studio.provider.asked[-1].init_images) == 10
    assert "image 1 is C0, image 2 is C1" in studio.provider.asked[-1].prompt


@pytest.mark.parametrize("mode", ["composite", "separate"])
def test_pictures_are_fetched_two_at_a_time(mode: str) -> None:
    """Each waits for another one: one after the other would never end."""
    studio = Studio(REFERENCE_DELIVERY="url")
    ana = studio.writer()
    accepted = ask(ana, story(ana, "A", "B", "C", "D"), referenceMode=mode)
    together = threading.Barrier(2)

    def trouble(method: str) -> None:
        if method == "download":
            together.wait(20)

    studio.files.trouble = trouble
    studio.run()
    assert ana.job(accepted.data["id"])["state"] == "SUCCEEDED"


def test_characters_without_a_picture_are_all_named_and_nothing_is_held() -> None:
    """Before anything is asked."""
    ana = Studio().writer()
    body = story(ana, "Sari", "Budi", "Tono", pictures=False)
    ana.picture(body["characterIds"][1])
    before = stored(ana.studio.app)
    answer = ask(ana, body)
    assert (answer.status, answer.error) == (422, "CHARACTER_HAS_NO_IMAGE")
    assert answer.body["characterIds"] == [body["characterIds"][0], body["characterIds"][2]]
    assert stored(ana.studio.app) == before


def test_the_primary_picture_counts_and_else_the_latest() -> None:
    """A pointer that was taken away leaves the latest one."""
    ana = Studio().writer()
    body = story(ana, "Sari")
    first = ana.call(media.ROUTES, "GET", "/api/media").data[0]["id"]
    ana.studio.clock.advance(60)
    second = ana.picture(body["characterIds"][0])["media"]["id"]
    assert [r["mediaId"] for r in ask(ana, body).data["references"]] == [first]
    ana.call(media.ROUTES, "PATCH", f"/api/media/{first}", {"isPrimary": False})
    assert [r["mediaId"] for r in ask(ana, body).data["references"]] == [second]


@pytest.mark.parametrize("which", ["moodboardId", "sceneId", "universeId", "characterIds"])
def test_another_users_things_are_like_made_up_ones(which: str) -> None:
    """Each part of the request."""
    studio = Studio()
    ana, budi = studio.writer(), studio.writer("budi@gmail.com")
    own, theirs = story(ana, "Sari"), story(budi, "Sari")
    for value in (theirs[which], ["made-up"] if which == "characterIds" else "made-up"):
        assert ask(ana, own, **{which: value}).error == "NOT_FOUND"
    assert ana.call(credits_api.ROUTES, "GET", "/api/credits").data["held"] == 0


def test_a_picture_that_is_none_any_more_ends_the_job_unpaid_and_says_which() -> None:
    """The file in Drive was replaced by something else."""
    studio = Studio()
    ana = studio.writer()
    body = story(ana, "Sari", "Budi")
    references = ask(ana, body, validateOnly=False).data["references"]
    broken = ana.call(media.ROUTES, "GET", f"/api/media/{references[1]['mediaId']}").data["driveFileId"]
    studio.files.damage(broken, b"<html>")
    studio.run()
    (job,) = ana.call(jobs.ROUTES, "GET", "/api/jobs?kind=moodboard").data

    assert (job["state"], job["error"]["code"]) == ("FAILED", "REFERENCE_NOT_USABLE")
    assert job["error"]["mediaId"] == references[1]["mediaId"]
    assert job["credits"]["charged"] == 0


@pytest.mark.parametrize("wrong", [[], ["x"] * 11, "x", [None]])
def test_one_to_ten_characters(wrong: Any) -> None:
    """And none twice."""
    ana = Studio().writer()
    body = story(ana, "Sari")
    assert ask(ana, body, characterIds=wrong).error == "INVALID_REQUEST"
    twice = ask(ana, body, characterIds=body["characterIds"] * 2)
    assert (twice.error, twice.body["field"]) == ("INVALID_REQUEST", "characterIds")


def test_a_retry_uses_the_same_pictures() -> None:
    """Whatever is primary since."""
    ana = Studio().writer()
    first = ask(ana, story(ana, "Sari", "Budi")).data
    ana.studio.run()
    again = ana.call(jobs.ROUTES, "POST", f"/api/jobs/{first['id']}/retry").data
    assert (again["references"], again["prompt"]) == (first["references"], first["prompt"])
