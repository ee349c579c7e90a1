"""Google Picker in a real browser: what a page does with it, and its traps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page
from werkzeug.wrappers import Response

from infra.local.google.accounts import PICKER_KEY, PROJECT
from infra.local.serving import Serving
from tests.contract.google.conftest import Google
from tests.contract.google.test_drive_rules import Api

PAGE = "<!doctype html><meta charset=utf-8><title>A page</title><script src='{}/js/api.js'></script><p>studio</p>"
OPEN = """({token, key, appId, ids}) => new Promise((done) => gapi.load('picker', () => {
  const view = new google.picker.DocsView();
  if (ids) view.setFileIds(ids);
  const builder = new google.picker.PickerBuilder().addView(view).setOAuthToken(token).setDeveloperKey(key);
  if (appId) builder.setAppId(appId);
  window.results = [];
  builder.setCallback((result) => window.results.push(result)).build().setVisible(true).then(done, done);
}))"""


@pytest.fixture
def google(tmp_path: Path) -> Iterator[Google]:
    """Google."""
    made = Google(tmp_path / "google")
    yield made
    made.close()


@pytest.fixture
def page(google: Google, chromium: Browser) -> Iterator[Page]:
    """A page of another origin that loads the picker."""
    html = PAGE.format(google.url)
    site = Serving(lambda environ, start: Response(html, content_type="text/html")(environ, start))
    opened = chromium.new_page()
    opened.goto(site.url)
    yield opened
    opened.close()
    site.stop()


def results(page: Page) -> list[dict[str, Any]]:
    """What the callback was given."""
    return list(page.evaluate("window.results"))


def opened(page: Page, api: Api, **changes: Any) -> None:
    """Open it."""
    page.evaluate(OPEN, {"token": api.token, "key": PICKER_KEY, "appId": PROJECT, "ids": None, **changes})


def test_a_picked_file_is_granted_to_the_app(google: Google, page: Page) -> None:
    """The person sees their own files, also those that the app does not; the others stay unseen."""
    ana = Api(google)
    own, other = ana.by_hand(name="mine.png"), ana.by_hand(name="second.png")
    ana.by_hand(email="cara@gmail.com", name="not mine.png")
    opened(page, ana)
    assert page.locator("dialog li").all_inner_texts() == ["mine.png", "second.png"]
    page.click("text=mine.png")
    page.wait_for_function("window.results.length == 2")
    last = results(page)[-1]
    assert (last["action"], [doc["id"] for doc in last["docs"]]) == ("picked", [own])
    assert ana.get(f"files/{own}")["id"] == own
    assert ana.refused("GET", f"files/{other}") == (404, "notFound")
    assert page.locator("dialog").count() == 0


def test_one_pasted_file_can_be_shown_alone_and_the_person_may_cancel(google: Google, page: Page) -> None:
    """SetFileIds narrows it."""
    ana = Api(google)
    ana.by_hand(name="first.png")
    wanted = ana.by_hand(name="second.png")
    opened(page, ana, ids=wanted)
    assert page.locator("dialog li").all_inner_texts() == ["second.png"]
    page.click("text=Cancel")
    assert [result["action"] for result in results(page)] == ["loaded", "cancel"]


def test_without_the_app_id_nothing_is_granted_and_nobody_says_so(google: Google, page: Page) -> None:
    """The trap of the real one."""
    ana = Api(google)
    own = ana.by_hand(name="mine.png")
    opened(page, ana, appId=None)
    page.click("text=mine.png")
    page.wait_for_function("window.results.length == 2")
    assert results(page)[-1]["action"] == "picked"
    assert ana.refused("GET", f"files/{own}") == (404, "notFound")


@pytest.mark.parametrize(("change", "says"), [({"token": "ya29.dead"}, "token"), ({"key": "wrong"}, "developer key")])
def test_it_does_not_open_with_a_dead_token_or_a_wrong_key(
    google: Google, page: Page, change: dict[str, str], says: str
) -> None:
    """And says why."""
    opened(page, Api(google), **change)
    assert says in page.inner_text("dialog ul")
    assert results(page)[-1]["action"] == "error"


@pytest.mark.parametrize(("path", "when"), [("files", "before"), ("files", "answer"), ("pick", "after")])
def test_trouble_on_the_way_is_an_error_and_no_silence(google: Google, page: Page, path: str, when: str) -> None:
    """Cut off before or after it was done, or another's page: the page hears of it, and the person may cancel."""
    ana = Api(google)
    ana.by_hand(name="mine.png")
    fault = {"when": when, "path": f"^/_picker/{path}$", "method": "POST", "body": "<html>"}
    requests.post(f"{google.url}/__control/faults", json=fault, timeout=10).raise_for_status()
    opened(page, ana)
    if path == "pick":
        page.click("text=mine.png")
    page.wait_for_function("window.results.length == 2")
    assert results(page)[-1]["action"] == "error"
    assert "could not be reached" in page.inner_text("dialog ul")
    page.click("text=Cancel")
    assert results(page)[-1]["action"] == "cancel"
