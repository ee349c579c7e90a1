"""The account is closed at once."""

from __future__ import annotations

from functions.api import account, auth, stories
from shared.core.errors import DriveUnavailable
from tests.fakes.app import Response, stored
from tests.fakes.studio import Browser, Studio


def closed(browser: Browser, query: str = "") -> Response:
    """Delete the account."""
    return browser.call(account.ROUTES, "DELETE", f"/api/account{query}")


def test_no_session_works_any_more_and_nothing_is_accepted() -> None:
    """In this browser and in every other; nobody else is touched."""
    studio = Studio()
    ana, budi = studio.writer(), studio.writer("budi@gmail.com")
    other = studio.writer()
    sari = ana.character()
    answer = closed(ana)
    assert (answer.status, answer.data["status"], answer.data["revoked"]) == (202, "deleting", False)
    assert "stay in your Google Drive" in answer.data["notice"]
    assert ana.cookies["__Host-session"] == ""
    studio.clock.advance(61)
    assert other.call(stories.ROUTES, "GET", "/api/projects").error == "UNAUTHENTICATED"
    assert other.generate(sari).error == "UNAUTHENTICATED"
    assert budi.call(auth.ROUTES, "GET", "/api/auth/session").status == 200


def test_a_job_that_is_asked_for_while_the_session_is_still_remembered_is_refused() -> None:
    """The account is looked at in the commit itself."""
    studio = Studio()
    ana, other = studio.writer(), studio.writer()
    sari = ana.character()
    other.character("warm")
    closed(ana)
    assert other.generate(sari).error == "UNAUTHENTICATED"
    assert not [key for key in stored(studio.app) if key.collection == "generation_jobs"]


def test_the_grant_at_google_is_removed_only_when_asked_for() -> None:
    """If Google does not answer then, nothing has happened."""
    studio = Studio()
    ana, budi = studio.writer(), studio.writer("budi@gmail.com")
    closed(ana)
    studio.run()
    assert "revoke" not in studio.google.calls

    before = stored(studio.app)
    studio.google.trouble = _down
    assert closed(budi, "?revoke=true").error == "DRIVE_UNAVAILABLE"
    assert stored(studio.app) == before
    studio.google.trouble = lambda _: None
    answer = closed(budi, "?revoke=true")
    assert (answer.status, answer.data["revoked"]) == (202, True)
    assert "revoke" in studio.google.calls


def test_closing_twice_is_closing_once() -> None:
    """Two tabs."""
    studio = Studio()
    ana, other = studio.writer(), studio.writer()
    other.call(auth.ROUTES, "GET", "/api/auth/session")
    assert (closed(ana).status, closed(other).status) == (202, 202)
    studio.run()
    assert not [key for key in stored(studio.app) if key.collection == "users"]


def _down(method: str) -> None:
    if method == "revoke":
        raise DriveUnavailable(method)
