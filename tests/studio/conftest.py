"""People with browsers, on the whole local cloud: what they see must be whole, quiet and from here."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from infra.local.demo.writer import Writer
from tests.browser.conftest import chromium  # noqa: F401 a fixture
from tests.e2e.conftest import Cloud, cloud  # noqa: F401 a fixture

PATIENCE_MS = 40_000
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
expect.set_options(timeout=PATIENCE_MS)


class Visitor:
    """One person's browser. `origin` is where the studio is; `refusals`: statuses of answers that a test provokes."""

    def __init__(self, browser: Browser, origin: str, **how: object) -> None:
        self.context: BrowserContext = browser.new_context(viewport=how.pop("viewport", WIDE), **how)  # type: ignore[arg-type]
        self.context.set_default_timeout(PATIENCE_MS)
        self.origin = origin
        self.email = f"w{uuid.uuid4().hex[:12]}@gmail.com"
        self.refusals: set[int] = set()
        self.noise: list[str] = []
        self.hosts: set[str] = set()
        self.context.on("page", self._watch)
        self.page = self.context.new_page()

    def _watch(self, page: Page) -> None:
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.noise.append(f"pageerror {error}"))
        page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        refused = re.search(r"status of (\d{3})", message.text)
        if refused and int(refused[1]) in self.refusals:
            return
        if "favicon.ico" in where:  # an emulator's page, which has none
            return
        if message.type in ("error", "warning"):
            self.noise.append(f"{message.type} {message.text} {where}")

    def _asked(self, request: Request) -> None:
        host = urlsplit(request.url).hostname
        if host:
            self.hosts.add(host)

    def as_writer(self, writer: Writer) -> Visitor:
        """Signed in as somebody who was prepared by calls of the API."""
        self.email = writer.email
        cookies = [{"name": c.name, "value": c.value or "", "url": self.origin} for c in writer.http.cookies]
        self.context.add_cookies(cookies)  # type: ignore[arg-type] # their TypedDict
        return self

    def go(self, path: str = "/") -> Page:
        """Open a page of the studio."""
        self.page.goto(f"{self.origin}{path}")
        return self.page

    def sign_in(self, *, drive: bool = True) -> Page:
        """With Google, by the page's button."""
        page = self.go()
        page.get_by_role("button", name="Sign in with Google").click()
        self.consent(drive=drive)
        expect(page.get_by_role("heading", name="Projects")).to_be_visible()
        return page

    def consent(self, *, drive: bool = True, email: str = "", page: Page | None = None) -> None:
        """Google's page: who one is, and whether the box for Drive is ticked."""
        page = page or self.page
        page.get_by_label("Account").fill(email or self.email)
        page.get_by_role("checkbox").set_checked(drive)
        page.get_by_role("button", name="Continue").click()

    def close(self) -> None:
        """What was seen must have been quiet, and from this machine."""
        self.context.close()
        assert self.noise == []
        assert {host for host in self.hosts if host != "localhost" and not host.endswith(".localhost")} == set()


def said(page: Page, text: str) -> None:
    """Short news at the edge of the screen."""
    expect(page.locator(".toast", has_text=text)).to_be_visible()


def dialog(page: Page, name: str | re.Pattern[str]) -> Locator:
    """A dialog by its title."""
    return page.get_by_role("dialog", name=name)


def tile(page: Page, number: int = 0) -> Locator:
    """A media in the gallery, the newest first."""
    return page.locator(".tile").nth(number)


def tray(page: Page) -> Locator:
    """The jobs, opened."""
    opened = dialog(page, "Jobs")
    if not opened.is_visible():
        page.get_by_role("button", name=re.compile("^Jobs")).click()
    return opened


def generate(page: Page, opener: str = "Generate picture") -> None:
    """Open the form and press, with what it offers."""
    page.get_by_role("button", name=opener).click()
    page.get_by_role("dialog").get_by_role("button", name="Generate", exact=True).click()


def wished_without_drive(page: Page) -> None:
    """A first character, and a picture of it: which needs a Drive, and so leads to Google."""
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name").fill("The Tin Lantern")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("link", name="The Tin Lantern").click()
    page.get_by_role("button", name="New character").click()
    page.get_by_label("Name").fill("Sari")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("link", name="Sari").click()
    generate(page)
    dialog(page, "Connect your Google Drive").get_by_role("button", name="Connect Google Drive").click()


def seen(page: Page, locator: Locator) -> None:
    """A picture that has really been loaded."""
    expect(locator).to_be_visible()
    handle = locator.element_handle()
    page.wait_for_function("image => image.complete && image.naturalWidth > 1", arg=handle)


@pytest.fixture
def visitor(chromium: Browser, cloud: Cloud) -> Iterator[Visitor]:  # noqa: F811 the fixtures
    """Somebody new."""
    made = Visitor(chromium, cloud.local.url)
    yield made
    made.close()
    cloud.no_faults()
