"""Signing in, connecting Drive, and what stands in the way."""

from __future__ import annotations

import re

import requests
from playwright.sync_api import expect

from tests.e2e.conftest import Cloud
from tests.studio.conftest import Visitor, dialog, said, seen, tile, tray, wished_without_drive


def test_one_click_signs_in_and_connects_drive(visitor: Visitor) -> None:
    """Who one is, the credits and the Drive are seen; the address keeps nothing of the way."""
    page = visitor.sign_in()
    said(page, "Your Google Drive is connected.")
    expect(page.get_by_text("Drive connected")).to_be_visible()
    expect(page.get_by_role("link", name="100 credits")).to_be_visible()
    assert page.url == f"{visitor.origin}/"
    page.get_by_role("link", name="Account").click()
    expect(page.get_by_text(f"Connected as {visitor.email}")).to_be_visible()


def test_after_a_declined_box_connecting_goes_on_with_what_was_wanted(visitor: Visitor, cloud: Cloud) -> None:
    """Once: one job, one charge."""
    page = visitor.sign_in(drive=False)
    expect(page.get_by_role("button", name="Drive not connected")).to_be_visible()
    wished_without_drive(page)
    visitor.consent()
    said(page, "Going on with what you wanted")
    seen(page, tile(page).locator("img"))
    expect(page.get_by_role("link", name="95 credits")).to_be_visible()
    page.reload()
    expect(tile(page)).to_be_visible()
    expect(page.locator(".tile")).to_have_count(1)
    job_id = next(
        file["appProperties"]["jobId"] for file in cloud.drive(visitor.email) if "jobId" in file["appProperties"]
    )
    assert cloud.charges(job_id) == 1


def test_whoever_declines_again_is_told_and_nothing_is_lost(visitor: Visitor, cloud: Cloud) -> None:
    """Cancel at Google."""
    page = visitor.sign_in(drive=False)
    page.get_by_role("button", name="Drive not connected").click()
    page.get_by_role("button", name="Connect Google Drive").click()
    page.get_by_role("button", name="Cancel").click()
    said(page, "You did not tick the box for Google Drive")
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()


def test_an_e_mail_sign_in_connects_drive_later(visitor: Visitor) -> None:
    """By the trusted issuer's page; its token does not stay in the address."""
    page = visitor.go()
    page.get_by_role("link", name="Sign in by e-mail").click()
    page.get_by_label("E-mail").fill(visitor.email)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    assert "idToken" not in page.url
    page.get_by_role("button", name="Drive not connected").click()
    page.get_by_role("button", name="Connect Google Drive").click()
    visitor.consent()
    expect(page.get_by_text("Drive connected")).to_be_visible()


def test_another_google_account_is_refused_and_named(visitor: Visitor, cloud: Cloud) -> None:
    """The files are in the first one's Drive."""
    page = visitor.sign_in()
    requests.post(f"{cloud.local.ports.url('google')}/_emulator/revoke", json={"email": visitor.email}, timeout=10)
    writer_page = page.context.new_page()
    writer_page.goto(f"{visitor.origin}/api/user/google-drive/connect?returnTo=/")
    visitor.consent(email=f"other-{visitor.email}", page=writer_page)
    said(writer_page, "That is another Google account")


def test_signing_out_signs_every_tab_out(visitor: Visitor) -> None:
    """Also one that does nothing; the session is over on the server."""
    page = visitor.sign_in()
    other = page.context.new_page()
    other.goto(f"{visitor.origin}/credits")
    expect(other.get_by_role("heading", name="Credits")).to_be_visible()
    visitor.refusals.add(401)  # what was asked while the session ended
    page.get_by_role("button", name="Sign out").click()
    for tab in (page, other):
        expect(tab.get_by_role("button", name="Sign in with Google")).to_be_visible()
    other.goto(f"{visitor.origin}/credits")
    expect(other.get_by_role("button", name="Sign in with Google")).to_be_visible()


def test_a_session_that_has_ended_leads_to_the_sign_in_page(visitor: Visitor, cloud: Cloud) -> None:
    """And not to refusals everywhere."""
    visitor.refusals.add(401)
    page = visitor.as_writer(cloud.signed_in("ana")).go()
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    page.context.add_cookies([{"name": "session", "value": "over", "url": visitor.origin}])
    page.get_by_role("link", name="Library").click()
    expect(page.get_by_role("button", name="Sign in with Google")).to_be_visible()


def test_a_drive_that_is_revoked_in_mid_job_is_connected_again_and_the_result_arrives(
    visitor: Visitor, cloud: Cloud
) -> None:
    """The job says what it needs, with its button; nothing is rendered or charged twice."""
    ana = cloud.signed_in("ana")
    sari = ana.make_character("Sari")["id"]
    job = ana.generate(sari, additionalPrompt="modelslab:render=3")
    requests.post(f"{cloud.local.ports.url('google')}/_emulator/revoke", json={"email": ana.email}, timeout=10)
    page = visitor.as_writer(ana).go(f"/characters/{sari}")
    expect(tray(page).get_by_text("The result is safe. Connect your Drive again")).to_be_visible()
    tray(page).get_by_role("button", name="Connect again").click()
    again = dialog(page, "Connect Drive again")
    expect(again.get_by_text(f"Connected as {ana.email}")).to_be_visible()
    again.get_by_role("button", name="Connect again").click()
    visitor.consent()
    seen(page, tile(page).locator("img"))
    assert cloud.charges(job["id"]) == 1


def test_a_full_drive_says_how_full_and_goes_on_when_there_is_room(visitor: Visitor, cloud: Cloud) -> None:
    """At once, when its user says so."""
    ana = cloud.signed_in("ana")
    sari = ana.make_character("Sari")["id"]
    account = f"{cloud.local.ports.url('google')}/_emulator/account"
    requests.post(account, json={"email": ana.email, "limit": 1000}, timeout=10).raise_for_status()
    ana.generate(sari)
    page = visitor.as_writer(ana).go(f"/characters/{sari}")
    row = tray(page).locator(".job")
    expect(row.get_by_text("Your Drive has no room")).to_be_visible()
    expect(row.get_by_text(re.compile(r"of .* used"))).to_be_visible()
    requests.post(account, json={"email": ana.email, "limit": 10**9}, timeout=10).raise_for_status()
    row.get_by_role("button", name="There is room now").click()
    expect(row.get_by_text("Done")).to_be_visible()
    page.keyboard.press("Escape")
    seen(page, tile(page).locator("img"))
