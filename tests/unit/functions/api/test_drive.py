"""The user's Drive: connect, status, disconnect."""

from __future__ import annotations

from urllib.parse import urlsplit

from functions.api import auth, drive
from shared.core.errors import DriveUnavailable
from tests.fakes.app import Person, call, stored
from tests.fakes.studio import Studio, parameters

BASE = "/api/user/google-drive"


def test_nobody_connected_yet() -> None:
    """Every field is there."""
    ana = Person(Studio().app, "ana")
    assert ana.call(drive.ROUTES, "GET", f"{BASE}/status").data == {
        "isConnected": False, "needsReconnect": False, "reason": None, "driveEmail": None, "folderId": None,
        "folderUrl": None, "storage": None, "connectedAt": None, "lastUsedAt": None,
    }  # fmt: skip


def test_the_status_says_whose_drive_and_how_full() -> None:
    """The folder is there after the first picture."""
    studio = Studio()
    studio.files.limit = 15_000_000_000
    ana = studio.writer()
    ana.picture()
    status = ana.call(drive.ROUTES, "GET", f"{BASE}/status").data

    assert (status["isConnected"], status["driveEmail"]) == (True, "ana@gmail.com")
    assert status["storage"]["limitBytes"] == 15_000_000_000
    assert status["folderUrl"] == f"https://drive.google.com/drive/folders/{status['folderId']}"


def test_a_bearer_user_connects_by_a_link_that_is_good_once_and_for_five_minutes() -> None:
    """The browser has no cookie of ours."""
    studio = Studio()
    ana = Person(studio.app, "ana")
    browser = studio.browser("ana@gmail.com")
    link = urlsplit(ana.call(drive.ROUTES, "POST", f"{BASE}/connect", {}).data["url"])
    path = f"{link.path}?{link.query}"
    left = browser.call(drive.ROUTES, "GET", path)

    assert parameters(browser.come_back(left, f"{BASE}/callback")) == {"drive": "connected"}
    assert ana.call(drive.ROUTES, "GET", f"{BASE}/status").data["isConnected"]
    assert "__Host-session" not in browser.cookies
    assert browser.call(drive.ROUTES, "GET", path).error == "UNAUTHENTICATED"

    late = urlsplit(ana.call(drive.ROUTES, "POST", f"{BASE}/connect", {}).data["url"])
    studio.clock.advance(301)
    assert browser.call(drive.ROUTES, "GET", f"{late.path}?{late.query}").error == "UNAUTHENTICATED"


def test_connecting_needs_a_session_or_a_link() -> None:
    """Neither is a 401."""
    assert call(Studio().app, drive.ROUTES, "GET", f"{BASE}/connect").error == "UNAUTHENTICATED"


def test_disconnecting_shreds_the_tokens_and_leaves_the_files() -> None:
    """Twice is harmless; generating says what to do."""
    studio = Studio()
    ana = studio.writer()
    ana.picture()
    files = dict(studio.files.files)
    for _ in range(2):
        answer = ana.call(drive.ROUTES, "POST", f"{BASE}/disconnect", {})
        assert answer.data["revoked"] is False
    (kept,) = [data for key, data in stored(studio.app).items() if key.collection == "user_google_drive_tokens"]

    assert (kept["accessToken"], kept["refreshToken"], kept["wrappedKey"]) == (None, None, None)
    assert studio.files.files == files
    assert "revoke" not in studio.google.calls
    error = ana.generate(ana.character())
    assert (error.status, error.error, error.body["action"]) == (409, "GOOGLE_DRIVE_NOT_CONNECTED", "connect_drive")


def test_revoking_removes_the_consent_at_google_and_says_what_that_means() -> None:
    """It ends sign-in consent too."""
    studio = Studio()
    ana = studio.writer()
    answer = ana.call(drive.ROUTES, "POST", f"{BASE}/disconnect", {"revoke": True})
    assert (answer.data["revoked"], "signing in" in answer.data["notice"]) == (True, True)
    assert studio.google.calls.count("revoke") == 1


def test_a_revoke_that_google_does_not_answer_forgets_nothing() -> None:
    """It can be tried again."""
    studio = Studio()
    ana = studio.writer()
    before = stored(studio.app)

    def trouble(_: str) -> None:
        raise DriveUnavailable("down")

    studio.google.trouble = trouble
    answer = ana.call(drive.ROUTES, "POST", f"{BASE}/disconnect", {"revoke": True})
    assert (answer.status, answer.error, answer.body["retryable"]) == (503, "DRIVE_UNAVAILABLE", True)
    assert stored(studio.app) == before
    assert ana.call(auth.ROUTES, "GET", "/api/auth/session").data["drive"]["isConnected"]
