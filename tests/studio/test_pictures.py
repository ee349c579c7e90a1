"""Pictures and films: asked for, watched, and everything that may go wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, Route, expect

from infra.local.demo.writer import Writer
from tests.e2e.conftest import Cloud, ended
from tests.fakes.provider import png
from tests.studio.conftest import Visitor, dialog, generate, said, seen, tile, tray


@pytest.fixture
def ana(cloud: Cloud, visitor: Visitor) -> Iterator[Writer]:
    """Signed in, with Drive, in this browser too. What still renders when the test is over has ended for the next one."""
    writer = cloud.signed_in("ana")
    visitor.as_writer(writer)
    yield writer
    clock = f"{cloud.local.ports.url('modelslab')}/__control/clock"
    requests.post(clock, json={"advance": 14_400}, timeout=10).raise_for_status()


def asked(page: Page, prompt: str, opener: str = "Generate picture") -> None:
    """Open the form, add words, press."""
    page.get_by_role("button", name=opener).click()
    form = page.get_by_role("dialog")
    form.get_by_label("Additional prompt").fill(prompt)
    form.get_by_role("button", name="Generate", exact=True).click()


def story(ana: Writer, names: tuple[str, ...]) -> tuple[str, str]:
    """Characters with pictures, a scene and an empty moodboard; the project and the moodboard."""
    project = ana.call("POST", "/api/projects", {"name": "The Tin Lantern"})["id"]
    characters = [ana.call("POST", "/api/characters", {"projectId": project, "name": name})["id"] for name in names]
    for job in [ana.generate(character) for character in characters]:
        assert ended(ana, job)["state"] == "SUCCEEDED"
    scene = ana.call("POST", "/api/scenes", {"projectId": project, "title": "The pier", "description": "dawn"})["id"]
    ana.call("POST", "/api/universes", {"projectId": project, "name": "The coast", "setting": "a northern coast"})
    board = ana.call("POST", "/api/moodboards", {"projectId": project, "title": "At the pier", "sceneId": scene})
    return project, str(board["id"])


def test_a_character_is_drawn_from_words_then_from_a_reference_of_ones_own(
    visitor: Visitor, ana: Writer, tmp_path: Path
) -> None:
    """Price and time are said before; the upload is the reference; lineage says so; the same again is a new job."""
    sari = ana.make_character("Sari")["id"]
    page = visitor.go(f"/characters/{sari}")
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    generate(page)
    said(page, "It is on its way")
    seen(page, tile(page).locator("img"))
    expect(tile(page).get_by_text("Main picture")).to_be_visible()

    page.get_by_role("button", name="Generate picture").click()
    form = page.get_by_role("dialog")
    expect(form.get_by_text(re.compile("5 credits, about"))).to_be_visible()
    (tmp_path / "sketch.png").write_bytes(png((200, 30, 40), 400))
    form.get_by_label("Upload a picture").set_input_files(tmp_path / "sketch.png")
    expect(form.get_by_role("radio", name=re.compile("uploaded"))).to_be_checked()
    form.get_by_label("Aspect ratio").select_option("16:9")
    form.get_by_role("button", name="Generate", exact=True).click()
    expect(page.locator(".tile")).to_have_count(3)
    expect(page.get_by_role("link", name="90 credits")).to_be_visible()

    tile(page).get_by_role("button", name=re.compile("^Open")).click()
    shown = page.get_by_role("dialog")
    expect(shown.get_by_text("(seedream-4.5-i2i)")).to_be_visible()
    expect(shown.get_by_role("heading", name="Made from")).to_be_visible()
    shown.get_by_role("button", name="Generate again").click()
    page.keyboard.press("Escape")
    expect(page.locator(".tile")).to_have_count(4)


def test_three_characters_meet_and_move(visitor: Visitor, ana: Writer) -> None:
    """A moodboard of three, and a film of it that plays, has its length, and can be downloaded."""
    _, board = story(ana, ("Sari", "Budi", "Wulan"))
    page = visitor.go(f"/moodboards/{board}")
    page.get_by_role("button", name="Generate moodboard").click()
    form = page.get_by_role("dialog")
    for name in ("Sari", "Budi", "Wulan"):
        form.get_by_role("checkbox", name=name).check()
        seen(page, form.locator(".choice", has_text=name).locator("img"))
    form.get_by_label("Universe").select_option(label="The coast")
    form.get_by_label("Pose").fill("side by side")
    form.get_by_label("Action").fill("launching the lantern")
    form.get_by_role("button", name="Generate", exact=True).click()
    seen(page, tile(page).locator("img"))

    tile(page).get_by_role("button", name=re.compile("^Animate")).click()
    form = dialog(page, "Animate")
    form.get_by_role("radio", name="3 s").check()
    form.get_by_role("button", name="Generate", exact=True).click()
    films = page.get_by_role("region", name="Film")
    expect(films.locator(".tile")).to_have_count(1)
    films.get_by_role("button", name=re.compile("^Open")).click()
    video = page.locator("video")
    expect(video).to_be_visible()
    video.evaluate("film => { film.muted = true; return film.play(); }")
    video.evaluate(
        "film => new Promise(done => { film.ontimeupdate = () => film.currentTime > 0.2 && done(); film.ontimeupdate(); })"
    )
    assert video.evaluate("film => film.duration") == pytest.approx(3, abs=0.05)
    with page.expect_download() as download:
        page.get_by_role("dialog").get_by_role("link", name="Download").click()
    data = Path(download.value.path()).read_bytes()
    assert (data[4:8], download.value.suggested_filename.endswith(".mp4")) == (b"ftyp", True)


def test_a_failure_is_told_with_its_price_and_can_be_tried_again(visitor: Visitor, ana: Writer, cloud: Cloud) -> None:
    """Not charged; the second time it works."""
    sari = ana.make_character("Sari")["id"]
    page = visitor.go(f"/characters/{sari}")
    cloud.fault("modelslab", "fails", times=1)
    generate(page)
    row = tray(page).locator(".job").first
    expect(row.get_by_text("You were not charged.")).to_be_visible()
    expect(page.get_by_role("link", name="100 credits")).to_be_visible()
    row.get_by_role("button", name="Try again").click()
    expect(tray(page).get_by_text("Done")).to_be_visible()
    expect(page.get_by_role("link", name="95 credits")).to_be_visible()


def test_a_description_that_is_refused_says_what_to_do(visitor: Visitor, ana: Writer) -> None:
    """Change it."""
    page = visitor.go(f"/characters/{ana.make_character('Sari')['id']}")
    asked(page, "modelslab:nsfw=error")
    expect(tray(page).get_by_text("refuses this description. Change it and try again.")).to_be_visible()


def test_a_provider_that_is_down_costs_nothing(visitor: Visitor, ana: Writer, cloud: Cloud) -> None:
    """And is said."""
    page = visitor.go(f"/characters/{ana.make_character('Sari')['id']}")
    cloud.fault("modelslab", "error", params={"value": "400"}, times=-1)
    generate(page)
    expect(tray(page).locator(".job").first.get_by_text("You were not charged.")).to_be_visible()
    expect(page.get_by_role("link", name="100 credits")).to_be_visible()


def test_a_job_is_watched_through_a_reload_in_two_tabs_and_cancelled_in_one(visitor: Visitor, ana: Writer) -> None:
    """Every tab says the same; what was held is given back."""
    page = visitor.go(f"/characters/{ana.make_character('Sari')['id']}")
    asked(page, "modelslab:render=600")
    expect(page.locator(".running .job").get_by_text("Rendering")).to_be_visible()
    page.reload()
    expect(page.locator(".running .job").get_by_text("Rendering")).to_be_visible()
    other = page.context.new_page()
    other.goto(f"{visitor.origin}/")
    expect(other.get_by_role("button", name=re.compile("1 under way"))).to_be_visible()
    page.locator(".running").get_by_role("button", name="Cancel").click()
    for tab in (page, other):
        expect(tray(tab).get_by_text(re.compile("Cancelling|You were not charged"))).to_be_visible()


def test_without_enough_credits_it_says_how_many_are_missing(visitor: Visitor, ana: Writer) -> None:
    """Before pressing, and after; nothing is begun."""
    visitor.refusals.add(402)
    sari = ana.make_character("Sari")["id"]
    ana.call(
        "POST",
        "/api/generate/character",
        {"characterId": sari, "variations": 4, "additionalPrompt": "modelslab:render=600"},
    )
    for _ in range(13):
        ana.generate(sari, additionalPrompt="modelslab:render=600")
    page = visitor.go(f"/characters/{sari}")
    page.get_by_role("button", name="Generate picture").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Variations").select_option("4")
    expect(form.get_by_text("You need 20 credits and have 15.")).to_be_visible()
    form.get_by_role("button", name="Generate", exact=True).click()
    expect(form.get_by_role("alert").get_by_text("You need 20 credits and have 15.")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="15 credits").click()
    expect(page.locator(".balance > div", has_text="Held")).to_contain_text("85")
    for job in ana.call("GET", "/api/jobs?pageSize=100"):
        ana.call("POST", f"/api/jobs/{job['id']}/cancel")


def test_an_answer_that_is_lost_and_pressed_again_is_one_wish(visitor: Visitor, ana: Writer) -> None:
    """The call was made, and its answer did not come back."""
    sari = ana.make_character("Sari")["id"]
    page = visitor.go(f"/characters/{sari}")
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost or '"validateOnly":true' in (route.request.post_data or ""):
            route.continue_()
            return
        lost.append(route.request.headers["idempotency-key"])
        route.fetch()
        route.abort()

    visitor.context.route("**/api/generate/character", lose)
    page.get_by_role("button", name="Generate picture").click()
    form = page.get_by_role("dialog")
    form.get_by_role("button", name="Generate", exact=True).click()
    expect(form.get_by_text("Press again: nothing is done or charged twice.")).to_be_visible()
    form.get_by_role("button", name="Generate", exact=True).click()
    said(page, "It is on its way")
    expect(page.locator(".tile")).to_have_count(1)
    assert (len(lost), len(ana.call("GET", "/api/jobs"))) == (1, 1)
    expect(page.get_by_role("link", name="95 credits")).to_be_visible()
    visitor.noise = [line for line in visitor.noise if "ERR_FAILED" not in line]
