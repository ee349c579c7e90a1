"""Projects and what is in them: made, changed, deleted; by keys alone; in Indonesian."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from infra.local.demo.writer import Writer
from tests.e2e.conftest import Cloud
from tests.studio.conftest import Visitor, dialog, tile


@pytest.fixture
def ana(cloud: Cloud, visitor: Visitor) -> Writer:
    """Signed in, with Drive, in this browser too."""
    writer = cloud.signed_in("ana")
    visitor.as_writer(writer)
    return writer


def fill(page: Page, title: str | re.Pattern[str], button: str, **fields: str) -> None:
    """A form, by its labels; done when it has closed."""
    form = dialog(page, title)
    for label, value in fields.items():
        control = form.get_by_label(label.replace("_", " "))
        if control.evaluate("node => node.tagName") == "SELECT":
            control.select_option(label=value)
        else:
            control.fill(value)
    form.get_by_role("button", name=button).click()
    expect(form).to_have_count(0)


def test_a_story_is_made_changed_and_taken_apart(visitor: Visitor, ana: Writer) -> None:
    """All five collections; what is needed is not deleted, and says by what."""
    visitor.refusals.add(409)
    page = visitor.go()
    page.get_by_role("button", name="New project").click()
    fill(page, "New project", "Create", Name="The Tin Lantern", Style="watercolour")
    page.get_by_role("link", name="The Tin Lantern").click()
    for tab, button, fields in (
        ("Characters", "New character", {"Name": "Sari", "Appearance": "a girl of nine"}),
        ("Universes", "New universe", {"Name": "The coast", "Setting": "a northern coast"}),
        ("Scenes", "New scene", {"Title": "The pier", "Description": "before dawn"}),
        ("Moodboards", "New moodboard", {"Title": "At the pier", "Scene": "The pier", "Universe": "The coast"}),
    ):
        page.get_by_role("tab", name=tab).click()
        page.get_by_role("button", name=button).click()
        fill(page, button, "Create", **fields)
    page.get_by_role("link", name="At the pier").click()
    expect(page.get_by_text("The pier · The coast")).to_be_visible()
    page.get_by_role("button", name="Edit").click()
    fill(page, re.compile("^Edit"), "Save", Title="On the pier")
    expect(page.get_by_role("heading", name="On the pier")).to_be_visible()

    page.get_by_role("link", name="Back to The Tin Lantern").click()
    page.get_by_role("tab", name="Scenes").click()
    page.get_by_role("button", name="Delete: The pier").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("alert")).to_contain_text("Something still needs this: 1 × Moodboards")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Moodboards").click()
    page.get_by_role("link", name="On the pier").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No moodboard yet.")).to_be_visible()


def test_a_form_that_was_open_does_not_write_over_what_another_tab_has_changed(visitor: Visitor, ana: Writer) -> None:
    """The other change stays, and it is said."""
    visitor.refusals.add(409)
    sari = ana.make_character("Sari")
    page = visitor.go(f"/characters/{sari['id']}")
    page.get_by_role("button", name="Edit").click()
    form = dialog(page, re.compile("^Edit"))
    form.get_by_label("Clothing").fill("a blue jumper")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("button", name="Edit").click()
    fill(other, re.compile("^Edit"), "Save", Appearance="a girl of ten")
    expect(page.get_by_text("a girl of ten")).to_be_visible()
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_contain_text("changed elsewhere in the meantime")
    assert ana.call("GET", f"/api/characters/{sari['id']}")["appearance"] == "a girl of ten"


def press(page: Page, key: str, name: str) -> None:
    """Go on by a key until the focus is on what is called that."""
    for _ in range(60):
        text = page.evaluate(
            "(document.activeElement.getAttribute('aria-label') || document.activeElement.innerText || '').trim()"
        )
        if re.match(name, text):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{name} is not reached by {key}")


def test_everything_goes_by_keys_alone(visitor: Visitor, ana: Writer) -> None:
    """From the project to the picture in full, and the focus goes back where it came from."""
    sari = ana.make_character("Sari")
    page = visitor.go()
    expect(page.get_by_role("link", name="The story of Sari")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    press(page, "Tab", "The story of Sari")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Characters")).to_be_visible()
    press(page, "Tab", "Characters")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    press(page, "Tab", "Sari|no picture yet")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sari")).to_be_visible()
    press(page, "Tab", "Generate picture")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    press(page, "Tab", "Generate$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Generate picture")).to_be_focused()
    expect(tile(page)).to_be_visible()
    press(page, "Tab", "Open ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(tile(page).get_by_role("button", name=re.compile("^Open"))).to_be_focused()
    assert sari["name"] == "Sari"


def test_the_studio_speaks_indonesian(visitor: Visitor, ana: Writer) -> None:
    """At once, everywhere, and after a reload; the page says so."""
    page = visitor.go("/account")
    page.get_by_label("Language", exact=True).select_option(label="Bahasa Indonesia")
    expect(page.get_by_role("heading", name="Akun", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="Proyek")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "id"
    page.get_by_role("link", name="Proyek").click()
    expect(page.get_by_text("Setiap cerita dimulai dengan proyek")).to_be_visible()
    page.get_by_role("button", name="Proyek baru").click()
    fill(page, "Proyek baru", "Buat", Nama="Lentera")
    expect(page.get_by_role("link", name="Lentera")).to_be_visible()
