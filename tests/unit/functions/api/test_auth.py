"""Sign in, who am I, exchange, sign out."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from functions.api import auth, oauth_callback
from tests.fakes.app import FRONTEND, ORIGIN, call
from tests.fakes.studio import Studio

SESSION = "/api/auth/session"


def test_signing_in_asks_google_for_exactly_what_is_needed() -> None:
    """Sign-in and drive.file, offline, PKCE, state and nonce; no consent screen unless it is needed."""
    answer = Studio().browser("ana@gmail.com").call(auth.ROUTES, "GET", "/api/auth/login")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}

    assert answer.status == 302
    assert asked["scope"] == "openid email profile https://www.googleapis.com/auth/drive.file"
    assert (asked["access_type"], asked["response_type"], asked["code_challenge_method"]) == ("offline", "code", "S256")
    assert asked["redirect_uri"] == f"{ORIGIN}/api/auth/callback/google"
    assert "prompt" not in asked
    assert len(asked["state"]) > 5
    assert len(asked["nonce"]) > 5


def test_the_session_cookie_is_for_this_site_and_no_script() -> None:
    """__Host- needs Secure, a path of / and no domain."""
    studio = Studio()
    ana = studio.browser("ana@gmail.com")
    left = ana.call(auth.ROUTES, "GET", "/api/auth/login")
    back = ana.come_back(left, "/api/auth/callback/google")
    (cookie,) = [line for line in back.headers.get_all("Set-Cookie") if line.startswith("__Host-session=")]

    for word in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert word in cookie
    assert "Domain" not in cookie


def test_who_am_i_says_user_drive_and_credits() -> None:
    """In one answer."""
    ana = Studio().writer("ana@gmail.com")
    assert ana.call(auth.ROUTES, "GET", SESSION).data == {
        "user": {"id": ana.id, "email": "ana@gmail.com", "name": None, "picture": None},
        "drive": {"isConnected": True, "needsReconnect": False, "reason": None},
        "credits": {"balance": 100, "held": 0, "available": 100},
    }


def test_whoever_signs_in_twice_is_one_user_with_one_grant() -> None:
    """And another person another."""
    studio = Studio()
    ana, again, budi = studio.writer("ana@gmail.com"), studio.writer("ana@gmail.com"), studio.writer("budi@gmail.com")
    assert ana.id == again.id != budi.id
    assert again.call(auth.ROUTES, "GET", SESSION).data["credits"]["balance"] == 100


def test_a_frontend_elsewhere_exchanges_its_code_once() -> None:
    """It cannot see the cookie; the code is good for a minute."""
    studio = Studio()
    page = studio.browser("ana@gmail.com").sign_in(return_to=f"{FRONTEND}/home")
    body = {"exchange": page["exchange"]}
    session = call(studio.app, auth.ROUTES, "POST", SESSION, body, Origin=FRONTEND)
    token = session.data["token"]

    assert (session.status, page["drive"]) == (201, "connected")
    assert call(studio.app, auth.ROUTES, "GET", SESSION, Authorization=f"Bearer {token}").status == 200
    assert call(studio.app, auth.ROUTES, "POST", SESSION, body, Origin=FRONTEND).error == "UNAUTHENTICATED"

    late = studio.browser("ana@gmail.com").sign_in(return_to=f"{FRONTEND}/home")
    studio.clock.advance(61)
    assert call(studio.app, auth.ROUTES, "POST", SESSION, {"exchange": late["exchange"]}).error == "UNAUTHENTICATED"


def test_a_trusted_issuers_token_signs_in_and_no_other_does() -> None:
    """Users who signed in by e-mail elsewhere; the same address at Google is another user."""
    studio = Studio()
    google = studio.writer("ana@gmail.com")
    body = {"idToken": studio.issuers.issue("ana@gmail.com")}
    mail = call(studio.app, auth.ROUTES, "POST", SESSION, body)

    assert mail.status == 201
    assert mail.data["userId"] != google.id
    assert call(studio.app, auth.ROUTES, "POST", SESSION, {"idToken": "made.up"}).error == "UNAUTHENTICATED"


@pytest.mark.parametrize("body", [{}, {"exchange": "x", "idToken": "y"}])
def test_exactly_one_proof_is_taken(body: dict[str, str]) -> None:
    """None and two are refused."""
    answer = call(Studio().app, auth.ROUTES, "POST", SESSION, body)
    assert (answer.error, answer.body["field"]) == ("INVALID_REQUEST", "exchange")


def test_signing_out_ends_the_session_on_the_server() -> None:
    """A copy of the cookie is dead too."""
    ana = Studio().writer()
    copy = dict(ana.cookies)
    assert ana.call(auth.ROUTES, "DELETE", SESSION).data == {"signedOut": True}
    assert ana.cookies["__Host-session"] == ""
    ana.studio.clock.advance(61)
    ana.cookies = copy
    assert ana.call(auth.ROUTES, "GET", SESSION).error == "UNAUTHENTICATED"


@pytest.mark.parametrize("return_to", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:x"])
def test_a_sign_in_leads_nowhere_else(return_to: str) -> None:
    """An open redirect would carry the exchange code."""
    answer = Studio().browser("ana@gmail.com").call(auth.ROUTES, "GET", f"/api/auth/login?returnTo={return_to}")
    assert (answer.error, answer.body["field"]) == ("INVALID_REQUEST", "returnTo")


def test_a_session_made_here_is_not_made_by_the_callback_of_another_browser() -> None:
    """Login CSRF: a victim's browser that is led to the attacker's callback stays signed out."""
    studio = Studio()
    mallory, victim = studio.browser("mallory@gmail.com"), studio.browser("ana@gmail.com")
    left = mallory.call(auth.ROUTES, "GET", "/api/auth/login")
    query = studio.google.visit(left.headers["Location"], "mallory@gmail.com")
    path = f"/api/auth/callback/google?code={query['code']}&state={query['state']}"
    answer = victim.call(oauth_callback.ROUTES, "GET", path)

    assert "STATE_INVALID" in answer.headers["Location"]
    assert "__Host-session" not in victim.cookies
