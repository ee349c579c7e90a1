"""Every screen, in both themes, wide and narrow: axe finds nothing, nothing jumps, and a picture is kept to look at."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, Route, expect

from infra.local.demo.writer import Writer
from tests.e2e.conftest import Cloud, ended
from tests.studio.conftest import NARROW, WIDE, Visitor, dialog, seen, tile, tray

ROOT = Path(__file__).parents[2]
SCREENS = ROOT / ".local" / "screens"
AXE = (ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
CLS = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({type: 'layout-shift', buffered: true});
  requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
})"""


class Story:
    """Somebody whose studio has something on every screen."""

    def __init__(self, cloud: Cloud) -> None:
        self.ana: Writer = cloud.signed_in("ana")
        self.sari = self.ana.make_character(
            "Sari", appearance="a girl of nine with short black hair", clothing="a yellow raincoat"
        )
        self.project = self.sari["projectId"]
        self.first = ended(self.ana, self.ana.generate(self.sari["id"]))["media"]
        self.ana.call("PATCH", f"/api/media/{self.first['id']}", {"favorite": True, "tags": ["lantern", "harbour"]})
        reference = {"imageReferenceId": self.first["id"]}
        self.second = ended(self.ana, self.ana.generate(self.sari["id"], **reference))["media"]
        scene = self.make("scenes", title="The pier", description="An empty pier before dawn")
        universe = self.make("universes", name="The coast", setting="a northern coast of wooden houses")
        self.board = self.make("moodboards", title="At the pier", sceneId=scene["id"], universeId=universe["id"])
        asked = {"moodboardId": self.board["id"], "characterIds": [self.sari["id"]], "sceneId": scene["id"]}
        picture = ended(self.ana, self.ana.call("POST", "/api/generate/moodboard", asked))["media"]
        film = {"moodboardId": self.board["id"], "sourceImageId": picture["id"], "duration": 3}
        assert ended(self.ana, self.ana.call("POST", "/api/generate/animation", film))["state"] == "SUCCEEDED"
        failed = self.ana.generate(self.sari["id"], additionalPrompt="modelslab:nsfw=error")
        assert ended(self.ana, failed)["state"] == "FAILED"
        self.lost(cloud)

    def make(self, collection: str, **fields: Any) -> dict[str, Any]:
        """An entity of the project."""
        return dict(self.ana.call("POST", f"/api/{collection}", {"projectId": self.project, **fields}))

    def lost(self, cloud: Cloud) -> None:
        """The second picture, as the second look leaves it."""
        from tests.e2e.leaks import firestore

        document = firestore(cloud.local.ports.host("firestore")).document("generated_media", self.second["id"])
        document.update({"isAccessible": False, "accessibility.state": "lost", "accessibility.reason": "trashed"})


@pytest.fixture(scope="module")
def story(cloud: Cloud) -> Story:
    """One for all screens."""
    return Story(cloud)


def opened(page: Page, button: str | re.Pattern[str]) -> None:
    """A form, and what it costs."""
    page.get_by_role("button", name=button).first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def _entity(path: str, heading: str) -> Callable[[Page, Visitor, Story], None]:
    def show(page: Page, visitor: Visitor, story: Story) -> None:
        page.goto(visitor.origin + path.format(project=story.project, sari=story.sari["id"], board=story.board["id"]))
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        if "gallery" in path or path.startswith(("/characters", "/moodboards", "/library")):
            seen(page, tile(page).locator("img"))

    return show


def _then(path: str, heading: str, act: Callable[[Page], None]) -> Callable[[Page, Visitor, Story], None]:
    def show(page: Page, visitor: Visitor, story: Story) -> None:
        _entity(path, heading)(page, visitor, story)
        act(page)

    return show


def _tab(name: str, text: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.get_by_role("tab", name=name).click()
        expect(page.get_by_text(text).first).to_be_visible()

    return act


def _form(button: str, text: str | re.Pattern[str]) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        opened(page, re.compile(f"^.?.?{button}"))
        expect(page.get_by_role("dialog").get_by_text(text).first).to_be_visible()

    return act


def _tray(page: Page) -> None:
    expect(tray(page).get_by_text("Done").first).to_be_visible()


def _viewer(page: Page) -> None:
    tile(page).get_by_role("button", name=re.compile("^Open")).click()
    expect(page.get_by_role("dialog").get_by_text("Prompt")).to_be_visible()


def _film(page: Page) -> None:
    page.get_by_role("region", name="Film").locator(".tile").get_by_role("button", name=re.compile("^Open")).click()
    expect(page.locator("video")).to_be_visible()


def _delete(page: Page) -> None:
    _viewer(page)
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(dialog(page, re.compile("^Delete"))).to_be_visible()


def _signed_out(page: Page, visitor: Visitor, _: Story) -> None:
    visitor.context.clear_cookies()
    page.goto(visitor.origin)
    expect(page.get_by_role("button", name="Sign in with Google")).to_be_visible()


PROJECT, SARI, BOARD = "The story of Sari", "Sari", "At the pier"
SCREEN: dict[str, Callable[[Page, Visitor, Story], None]] = {
    "projects": _entity("/", "Projects"),
    "project": _entity("/projects/{project}", PROJECT),
    "universes": _then("/projects/{project}", PROJECT, _tab("Universes", "The coast")),
    "scenes": _then("/projects/{project}", PROJECT, _tab("Scenes", "The pier")),
    "moodboards": _then("/projects/{project}", PROJECT, _tab("Moodboards", BOARD)),
    "project-gallery": _then("/projects/{project}", PROJECT, _tab("Gallery", "Search")),
    "new-project": _then("/", "Projects", _form("New project", "Style of all pictures")),
    "edit-character": _then("/characters/{sari}", SARI, _form("Edit", "Clothing")),
    "delete-character": _then("/characters/{sari}", SARI, _form("Delete", "This cannot be undone")),
    "character": _entity("/characters/{sari}", SARI),
    "generate-character": _then("/characters/{sari}", SARI, _form("Generate picture", re.compile("5 credits"))),
    "link": _then("/characters/{sari}", SARI, _form("Add from Drive", "Pick from my Drive")),
    "replace": _then("/characters/{sari}", SARI, _form("Replace", "The file is gone")),
    "viewer": _then("/characters/{sari}", SARI, _viewer),
    "delete-media": _then("/characters/{sari}", SARI, _delete),
    "tray": _then("/characters/{sari}", SARI, _tray),
    "moodboard": _entity("/moodboards/{board}", BOARD),
    "generate-moodboard": _then("/moodboards/{board}", BOARD, _form("Generate moodboard", "Characters in the picture")),
    "animate": _then("/moodboards/{board}", BOARD, _form("Animate", re.compile("credits, about"))),
    "film": _then("/moodboards/{board}", BOARD, _film),
    "library": _entity("/library", "Library"),
    "credits": _entity("/credits", "Credits"),
    "account": _entity("/account", "Account"),
    "sign-in": _signed_out,
}


@pytest.fixture(params=[("light", WIDE), ("dark", WIDE), ("light", NARROW), ("dark", NARROW)],
                ids=["light-wide", "dark-wide", "light-narrow", "dark-narrow"])  # fmt: skip
def looking(
    request: pytest.FixtureRequest, chromium: Browser, cloud: Cloud, story: Story
) -> Iterator[tuple[str, Visitor]]:
    """A browser with a theme and a size."""
    theme, size = request.param
    made = Visitor(chromium, cloud.local.url, viewport=size, color_scheme=theme)
    yield f"{theme}-{size['width']}", made.as_writer(story.ana)
    made.close()


def test_every_screen_is_accessible_and_looked_at(looking: tuple[str, Visitor], story: Story) -> None:
    """WCAG 2.2 AA and best practice by axe, on every screen; the pictures are in .local/screens."""
    kind, visitor = looking
    found: dict[str, Any] = {}
    for name, show in SCREEN.items():
        page = visitor.page
        show(page, visitor, story)
        folder = SCREENS / kind
        folder.mkdir(parents=True, exist_ok=True)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=folder / f"{name}.png")
        page.evaluate(AXE)
        violations = page.evaluate("rules => axe.run(document, rules).then(result => result.violations)", RULES)
        found[name] = [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in violations]
        wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide[0] <= wide[1], f"{name} is wider than the screen"
    assert {name: violations for name, violations in found.items() if violations} == {}


def test_pictures_that_come_late_move_nothing(visitor: Visitor, cloud: Cloud, story: Story) -> None:
    """The place of each is kept: a layout shift of 0.05 at most."""
    waiting: list[Route] = []
    visitor.context.route("**/preview?*", lambda route: waiting.append(route))
    page = visitor.as_writer(story.ana).go(f"/characters/{story.sari['id']}")
    expect(page.locator(".tile")).to_have_count(2)
    for _ in range(200):
        if len(waiting) >= 2:
            break
        page.wait_for_timeout(50)
    for route in waiting:
        route.continue_()
    visitor.context.unroute("**/preview?*")
    seen(page, tile(page, 1).locator("img"))
    assert page.evaluate(CLS) <= 0.05


def test_the_page_has_both_themes_by_choice_too(visitor: Visitor, story: Story) -> None:
    """Whatever the system says."""
    page = visitor.as_writer(story.ana).go("/account")
    ground = "getComputedStyle(document.body).backgroundColor"
    seen_colours = []
    for theme in ("Light", "Dark"):
        page.get_by_label("Colours").select_option(label=theme)
        seen_colours.append(page.evaluate(ground))
    page.reload()
    expect(page.get_by_label("Colours")).to_have_value("dark")
    assert json.dumps(seen_colours[1]) == json.dumps(page.evaluate(ground)) != json.dumps(seen_colours[0])


def test_what_is_not_there_says_so(visitor: Visitor, cloud: Cloud, story: Story) -> None:
    """Another's project, and an API that does not answer."""
    visitor.refusals |= {404, 503}
    page = visitor.as_writer(story.ana).go("/projects/somebody-elses")
    expect(page.get_by_role("alert")).to_contain_text("This is not here any more, or it is not yours.")
    visitor.context.route("**/api/credits/ledger*", lambda route: route.fulfill(status=503, body="<html>"))
    page.goto(f"{visitor.origin}/nowhere")
    expect(page.get_by_text("This page is not here, or it is not yours.")).to_be_visible()
    page.goto(f"{visitor.origin}/credits")
    expect(page.get_by_role("alert")).to_contain_text("No answer came.")
    visitor.context.unroute("**/api/credits/ledger*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("table")).to_be_visible()
    assert requests.get(f"{cloud.local.url}/studio/none.js", timeout=10).status_code == 404
