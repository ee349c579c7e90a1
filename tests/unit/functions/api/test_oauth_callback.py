"""Back from Google: always on to a page, whatever has happened."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from functions.api import auth, drive, oauth_callback
from shared.core.errors import DriveUnavailable
from tests.fakes.app import stored
from tests.fakes.google_oauth import MemoryGoogleOAuth
from tests.fakes.studio import Browser, Studio, parameters

SIGN_IN, CONNECT = "/api/auth/callback/google", "/api/user/google-drive/callback"


def left(browser: Browser, return_to: str = "/home?x=1") -> dict[str, str]:
    """Off to Google and consented; what the callback gets."""
    query = urlencode({"returnTo": return_to})
    answer = browser.call(auth.ROUTES, "GET", f"/api/auth/login?{query}")
    return browser.studio.google.visit(answer.headers["Location"], browser.email)


def back(browser: Browser, query: dict[str, str], path: str = SIGN_IN) -> dict[str, str]:
    """The parameters of the page at the end."""
    return parameters(browser.call(oauth_callback.ROUTES, "GET", f"{path}?{urlencode(query)}"))


def test_a_sign_in_ends_on_the_page_that_asked_for_it() -> None:
    """With what became of Drive."""
    ana = Studio().browser("ana@gmail.com")
    answer = ana.call(oauth_callback.ROUTES, "GET", f"{SIGN_IN}?{urlencode(left(ana))}")
    assert answer.headers["Location"] == "/home?x=1&drive=connected"


def test_a_state_is_good_once_in_its_own_browser_flow_and_time() -> None:
    """Used, another's, of the other flow, too old, made up, missing."""
    studio = Studio()
    ana, budi = studio.browser("ana@gmail.com"), studio.browser("budi@gmail.com")
    used = left(ana)
    assert back(ana, used)["drive"] == "connected"
    late = left(ana)
    foreign, other_flow = left(ana), left(ana)
    left(budi)
    outcomes = [
        back(ana, used),
        back(budi, foreign),
        back(ana, other_flow, CONNECT),
        back(ana, {"code": "c", "state": "x"}),
    ]
    outcomes.append(back(ana, {}))
    studio.clock.advance(601)
    outcomes.append(back(ana, late))

    assert outcomes == [{"drive": "error", "code": "STATE_INVALID"}] * 6


def test_a_refused_consent_is_an_ordinary_outcome() -> None:
    """Nobody is signed in, and the page says why."""
    ana = Studio().browser("ana@gmail.com")
    query = {"error": "access_denied", "state": left(ana)["state"]}
    assert back(ana, query) == {"x": "1", "drive": "declined"}
    assert "__Host-session" not in ana.cookies


def test_a_box_left_empty_signs_in_without_drive() -> None:
    """And Drive can be connected later."""
    ana = Studio().browser("ana@gmail.com")
    assert ana.sign_in(drive=False) == {"drive": "declined"}
    assert ana.call(auth.ROUTES, "GET", "/api/auth/session").data["drive"]["isConnected"] is False
    assert ana.connect() == {"drive": "connected"}


@pytest.mark.parametrize("method", ["exchange", "verify"])
def test_an_outage_of_google_signs_nobody_in_and_says_so(method: str) -> None:
    """No JSON, no 500."""
    studio = Studio()
    ana = studio.browser("ana@gmail.com")
    query = left(ana)

    def trouble(called: str) -> None:
        if called == method:
            raise DriveUnavailable("down")

    studio.google.trouble = trouble
    assert back(ana, query) == {"x": "1", "drive": "error", "code": "DRIVE_UNAVAILABLE"}
    assert "__Host-session" not in ana.cookies


def test_two_tabs_of_one_browser_may_both_sign_in() -> None:
    """The second departure leaves the first one good."""
    ana = Studio().browser("ana@gmail.com")
    first, second = left(ana), left(ana)
    assert [back(ana, query)["drive"] for query in (first, second)] == ["connected", "connected"]


def test_a_code_that_was_used_elsewhere_is_refused() -> None:
    """Google gives tokens for it once."""
    studio = Studio()
    ana = studio.browser("ana@gmail.com")
    first, second = left(ana), left(ana)
    assert back(ana, first)["drive"] == "connected"
    assert back(ana, {**second, "code": first["code"]})["code"] == "GOOGLE_DRIVE_RECONNECT_REQUIRED"


def test_a_lost_refresh_token_is_asked_for_once_more_with_consent() -> None:
    """Google gives one only at the first consent; ours was forgotten at a disconnect."""
    studio = Studio()
    ana = studio.writer()
    ana.call(drive.ROUTES, "POST", "/api/user/google-drive/disconnect", {})
    first = ana.call(drive.ROUTES, "GET", "/api/user/google-drive/connect")
    again = ana.call(
        oauth_callback.ROUTES,
        "GET",
        f"{CONNECT}?{urlencode(studio.google.visit(first.headers['Location'], ana.email))}",
    )

    assert "prompt=consent" in again.headers["Location"]
    assert parameters(ana.come_back(again, CONNECT)) == {"drive": "connected"}


def test_another_google_account_is_refused_and_nothing_changes() -> None:
    """The files of the first would be invisible to the second."""
    studio = Studio()
    ana = studio.writer()
    first = ana.call(drive.ROUTES, "GET", "/api/user/google-drive/connect")
    before = {key: value for key, value in stored(studio.app).items() if key.collection == "user_google_drive_tokens"}
    page = parameters(ana.come_back(first, CONNECT, email="other@gmail.com"))

    assert page == {"drive": "mismatch", "code": "GOOGLE_ACCOUNT_MISMATCH"}
    assert before == {
        key: value for key, value in stored(studio.app).items() if key.collection == "user_google_drive_tokens"
    }


def test_a_drive_that_is_connected_again_wakes_the_jobs_that_waited_for_it() -> None:
    """The result was rendered and staged; the provider is not asked again."""
    studio = Studio()
    ana = studio.writer()
    job = ana.generate(ana.character()).data
    studio.google.forget(ana.email)
    studio.run_until(ana, job["id"], "ACTION_REQUIRED")
    assert ana.job(job["id"])["action"] == "connect_drive"

    assert ana.connect() == {"drive": "connected"}
    studio.run_until(ana, job["id"], "SUCCEEDED")
    assert studio.provider.charges(f"job-{job['id']}") == 1


def test_no_token_of_google_is_stored_readable_or_put_into_an_address() -> None:
    """Neither by the callback nor by the page that it leads to."""
    studio = Studio()
    ana = studio.browser("ana@gmail.com")
    answer = ana.call(oauth_callback.ROUTES, "GET", f"{SIGN_IN}?{urlencode(left(ana))}")
    assert isinstance(studio.app.oauth, MemoryGoogleOAuth)
    everything = repr(stored(studio.app)) + repr(dict(answer.headers))
    for word in ("ya29.", "1//refresh", "id."):
        assert word not in everything
