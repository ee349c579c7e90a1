"""The studio on an origin of its own, and every function on a host of its own: no cookie, but a Bearer token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from infra.local.cloud import LocalCloud
from tests.e2e.conftest import CHOICES, Cloud
from tests.studio.conftest import Visitor, said, seen, tile, wished_without_drive


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud whose functions are apart."""
    local = LocalCloud(tmp_path_factory.mktemp("apart"), choices=replace(CHOICES, own_hosts=True))
    try:
        local.start()
        yield Cloud(local)
    finally:
        local.stop()


@pytest.fixture
def abroad(chromium: Browser, apart: Cloud) -> Iterator[Visitor]:
    """Somebody new, at the studio's own origin."""
    made = Visitor(chromium, f"http://api-studio.localhost:{apart.local.ports['gateway']}")
    yield made
    made.close()


def test_all_flows_work_from_another_origin(abroad: Visitor, apart: Cloud) -> None:
    """Signed in by an exchange code, connected by a one-time link; pictures by signed addresses; the picker; sign-out."""
    calls: list[tuple[str, dict[str, str]]] = []
    abroad.context.on("request", lambda request: calls.append((request.url, request.headers)))
    page = abroad.sign_in(drive=False)
    assert "exchange" not in page.url
    wished_without_drive(page)
    abroad.consent()
    said(page, "Going on with what you wanted")
    seen(page, tile(page).locator("img"))
    tile(page).get_by_role("button", name=re.compile("^Open")).click()
    seen(page, page.get_by_role("dialog").locator(".stage img"))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add from Drive").click()
    page.get_by_role("button", name="Pick from my Drive").click()
    page.locator("dialog.picker-dialog").get_by_role("button", name="Cancel").click()
    page.keyboard.press("Escape")
    page.reload()
    expect(tile(page)).to_be_visible()
    abroad.refusals.add(401)  # what was asked while the session ended
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in with Google")).to_be_visible()

    api = [(urlsplit(url), headers) for url, headers in calls if urlsplit(url).path.startswith("/api/")]
    fetched = [(url, headers) for url, headers in api if headers.get("authorization")]
    studio = urlsplit(abroad.origin).netloc
    assert [url.geturl() for url, _ in api if url.netloc == studio] == []
    hosts = {str(url.hostname).removesuffix(".localhost") for url, _ in fetched}
    assert {"api-auth", "api-drive", "api-stories", "api-jobs", "api-media", "api-generate-character"} <= hosts
    assert all(headers["authorization"].startswith("Bearer ") and "cookie" not in headers for _, headers in fetched)
    media = [url for url, _ in api if url.path.endswith(("/preview", "/content"))]
    assert media
    assert all(url.hostname == "api-media-content.localhost" and "t=" in url.query for url in media)


def test_an_e_mail_sign_in_comes_back_to_the_other_origin(abroad: Visitor) -> None:
    """By the trusted issuer's page."""
    page = abroad.go()
    page.get_by_role("link", name="Sign in by e-mail").click()
    page.get_by_label("E-mail").fill(abroad.email)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    assert (page.url, page.context.cookies()) == (f"{abroad.origin}/", [])
