"""Files of one's own: uploaded, linked, picked, lost, replaced; the gallery's tools; what becomes of the file in Drive."""

from __future__ import annotations

import base64
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from infra.local.demo.writer import Writer
from tests.e2e.conftest import Cloud, ended
from tests.fakes.provider import png
from tests.studio.conftest import Visitor, dialog, said, seen, tile


class Gallery:
    """A character's gallery in the browser, and Drive's own pages."""

    def __init__(self, visitor: Visitor, cloud: Cloud) -> None:
        self.cloud = cloud
        self.ana: Writer = cloud.signed_in("ana")
        self.sari = str(self.ana.make_character("Sari")["id"])
        self.page: Page = visitor.as_writer(self.ana).go(f"/characters/{self.sari}")

    def by_hand(self, **facts: Any) -> str:
        """A file that the app was never granted; its address."""
        data = base64.b64encode(png((20, 160, 90), 300)).decode()
        body = {"email": self.ana.email, "name": "mine.png", "mime_type": "image/png", "data": data, **facts}
        made = requests.post(self._google("file"), json=body, timeout=10).json()
        return f"https://drive.google.com/file/d/{made['id']}/view"

    def act(self, address: str, what: str) -> None:
        """What its owner does in Drive."""
        body = {"file_id": address.split("/d/")[1].split("/")[0], "what": what}
        requests.post(self._google("act"), json=body, timeout=10).raise_for_status()

    def link(self, address: str, name: str = "Link from Drive") -> None:
        """Paste an address and press."""
        form = self.page.get_by_role("dialog")
        form.get_by_label("Address of the file").fill(address)
        form.get_by_role("button", name=name, exact=True).click()

    def picture(self, **more: Any) -> dict[str, Any]:
        """A generated one."""
        return dict(ended(self.ana, self.ana.generate(self.sari, **more))["media"])

    def _google(self, path: str) -> str:
        return f"{self.cloud.local.ports.url('google')}/_emulator/{path}"


@pytest.fixture
def gallery(visitor: Visitor, cloud: Cloud) -> Gallery:
    """Of somebody new."""
    return Gallery(visitor, cloud)


def test_a_file_that_anyone_may_see_is_linked_and_wrong_addresses_are_explained(
    visitor: Visitor, gallery: Gallery
) -> None:
    """A folder, something else, a file of another type."""
    visitor.refusals |= {400, 422}
    page = gallery.page
    page.get_by_role("button", name="Add from Drive").click()
    gallery.link("https://example.com/picture.png")
    expect(page.get_by_role("alert")).to_contain_text("not a link to one file")
    gallery.link(gallery.by_hand(public=True, mime_type="text/plain", name="notes.txt"))
    expect(page.get_by_role("alert")).to_contain_text("not of this type")
    gallery.link(gallery.by_hand(public=True))
    expect(page.get_by_role("dialog")).to_have_count(0)
    seen(page, tile(page).locator("img"))
    expect(tile(page).get_by_text("linked")).to_be_visible()


def test_a_private_file_is_picked(visitor: Visitor, gallery: Gallery) -> None:
    """Its link alone is refused, with the way out: Google Picker, which grants it."""
    visitor.refusals.add(422)
    page = gallery.page
    private = gallery.by_hand(name="secret.png")
    page.get_by_role("button", name="Add from Drive").click()
    gallery.link(private)
    expect(page.get_by_text("We cannot read that file in Google Drive.")).to_be_visible()
    expect(page.get_by_text("Or share the file in Drive")).to_be_visible()
    page.get_by_role("button", name="Pick from my Drive").click()
    page.locator("dialog.picker-dialog").get_by_role("button", name="secret.png").click()
    seen(page, tile(page).locator("img"))
    expect(tile(page).get_by_text("secret.png")).to_be_visible()


def test_whoever_closes_the_picker_is_where_they_were(gallery: Gallery) -> None:
    """What was typed is still there, and focus is in the dialog."""
    page = gallery.page
    page.get_by_role("button", name="Add from Drive").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Address of the file").fill("half an addr")
    page.get_by_role("button", name="Pick from my Drive").click()
    page.locator("dialog.picker-dialog").get_by_role("button", name="Cancel").click()
    expect(form.get_by_label("Address of the file")).to_have_value("half an addr")
    page.keyboard.press("Escape")
    expect(form).to_have_count(0)


def test_a_lost_file_is_seen_and_replaced_in_place(gallery: Gallery) -> None:
    """Tags stay; the badge says what and why."""
    page = gallery.page
    first = gallery.by_hand(public=True)
    page.get_by_role("button", name="Add from Drive").click()
    gallery.link(first)
    seen(page, tile(page).locator("img"))
    media = gallery.ana.call("GET", f"/api/media?entityId={gallery.sari}")[0]
    gallery.ana.call("PATCH", f"/api/media/{media['id']}", {"tags": ["keep"]})
    gallery.act(first, "trash")
    tile(page).get_by_role("button", name=re.compile("^Open")).click()
    page.get_by_role("button", name="Check now").click()
    expect(page.locator(".accessibility")).to_contain_text("File could not be checked")
    page.keyboard.press("Escape")
    # Two looks, hours apart, make it lost: the second one is the recheck's, which is not waited for here.
    gallery.act(first, "delete")
    firestore_lost(gallery, media["id"])
    page.reload()
    expect(tile(page).get_by_text("File is lost")).to_be_visible()
    tile(page).get_by_role("button", name=re.compile("^Replace")).click()
    gallery.link(gallery.by_hand(public=True, name="second.png"), name="Replace")
    expect(tile(page).get_by_text("second.png")).to_be_visible()
    expect(tile(page).get_by_text("File is there")).to_be_visible()
    after = gallery.ana.call("GET", f"/api/media/{media['id']}")
    assert (after["sourceType"], after["tags"], len(after["history"])) == ("replaced", ["keep"], 1)


def firestore_lost(gallery: Gallery, media_id: str) -> None:
    """As the second look leaves it: time cannot be moved in the functions."""
    from google.cloud.firestore import Client

    from tests.e2e.leaks import firestore

    client: Client = firestore(gallery.cloud.local.ports.host("firestore"))
    client.document("generated_media", media_id).update({"isAccessible": False, "accessibility.state": "lost"})


def test_the_gallery_is_searched_filtered_tagged_and_tidied(visitor: Visitor, gallery: Gallery) -> None:
    """Favourites, tags, search, filters, main picture."""
    first, second = gallery.picture(additionalPrompt="under a red umbrella"), gallery.picture()
    page = visitor.go("/library")
    expect(page.locator(".tile")).to_have_count(2)
    tile(page, 1).get_by_role("button", name="Favourite", exact=True).click()
    page.get_by_role("checkbox", name="Favourites only").check()
    expect(page.locator(".tile")).to_have_count(1)
    expect(tile(page).get_by_text(first["fileName"])).to_be_visible()
    page.get_by_role("checkbox", name="Favourites only").uncheck()
    page.get_by_label("Search").fill("umbrella")
    expect(page.locator(".tile")).to_have_count(1)
    page.get_by_label("Search").fill("zeppelin")
    expect(page.get_by_text("Nothing fits these filters.")).to_be_visible()
    page.get_by_label("Search").fill("")
    page.get_by_label("Type").select_option(label="Film")
    expect(page.get_by_text("Nothing fits these filters.")).to_be_visible()
    page.get_by_label("Type").select_option(label="All")

    tile(page).get_by_role("button", name=re.compile("^Open")).click()
    shown = dialog(page, second["fileName"])
    shown.get_by_label("Add a tag").first.fill("harbour")
    shown.get_by_role("button", name="Add a tag").click()
    expect(shown.get_by_role("button", name="Remove the tag harbour")).to_be_visible()
    shown.get_by_role("button", name="Set as main picture").click()
    expect(shown.get_by_role("button", name="Set as main picture")).to_have_count(0)
    assert gallery.ana.call("GET", "/api/media?tag=harbour")[0]["isPrimary"] is True


@pytest.mark.parametrize(("choice", "trashed"), [("Keep the file", False), ("Put the file", True)])
def test_deleting_asks_what_becomes_of_the_file(gallery: Gallery, choice: str, trashed: bool) -> None:
    """It stays in Drive, or goes to its trash."""
    media = gallery.picture()
    page = gallery.page
    tile(page).get_by_role("button", name=re.compile("^Open")).click()
    page.get_by_role("button", name="Delete").last.click()
    sure = dialog(page, re.compile("^Delete"))
    sure.get_by_role("radio", name=re.compile(choice)).check()
    sure.get_by_role("button", name="Delete").click()
    said(page, "Deleted.")
    expect(page.locator(".tile")).to_have_count(0)
    files = {file["id"]: file["trashed"] for file in gallery.cloud.drive(gallery.ana.email)}
    assert files[media["driveFileId"]] is trashed


def test_a_project_is_exported(visitor: Visitor, gallery: Gallery) -> None:
    """As a zip with the file, what is known of it, and what there is."""
    media = gallery.picture()
    page = visitor.go(f"/projects/{media['projectId']}")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as zip").click()
    with zipfile.ZipFile(Path(download.value.path())) as archive:
        assert sorted(Path(name).suffix for name in archive.namelist()) == [".json", ".json", ".png"]
