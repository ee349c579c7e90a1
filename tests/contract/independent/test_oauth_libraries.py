"""google-auth-oauthlib, Authlib and httpx-oauth sign in at the emulator as they do at Google, with their known traps."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from authlib.integrations.requests_client import OAuth2Session
from google_auth_oauthlib.flow import Flow
from httpx_oauth.oauth2 import OAuth2, RefreshTokenError

from infra.local.google.accounts import DRIVE_FILE
from tests.contract.google.conftest import CLIENT, REDIRECT, SCOPES, SECRET, Google


def consented(google: Google, address: str, **form: Any) -> dict[str, str]:
    """What the callback gets after the person has pressed Continue on the page at an address."""
    asked: dict[str, Any] = dict(parse_qsl(urlsplit(address).query))
    missing = {name: None for name in ("nonce", "code_challenge", "code_challenge_method") if name not in asked}
    return google.consent(**form, **{**asked, **missing})


@pytest.fixture
def flow(google: Google, monkeypatch: pytest.MonkeyPatch) -> Flow:
    """google-auth-oauthlib's, with the flag that it needs on plain http."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    web = {
        "client_id": CLIENT,
        "client_secret": SECRET,
        "auth_uri": f"{google.url}/o/oauth2/v2/auth",
        "token_uri": f"{google.url}/token",
    }
    made: Flow = Flow.from_client_config({"web": web}, SCOPES.split(), redirect_uri=REDIRECT)
    return made


def test_google_auth_oauthlib_raises_on_googles_own_scope_names(google: Google, flow: Flow) -> None:
    """Its documented trap: names come back normalised, and it takes that for a change of scope."""
    address, state = flow.authorization_url(access_type="offline")
    back = consented(google, address)
    assert back["state"] == state
    with pytest.raises(Warning, match="Scope has changed"):
        flow.fetch_token(code=back["code"])


def test_google_auth_oauthlib_signs_in_with_its_relaxed_flag(
    google: Google, flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PKCE by default; its `scopes` lie about a box that stayed empty, its `granted_scopes` do not."""
    monkeypatch.setenv("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")
    address, _ = flow.authorization_url(access_type="offline")
    assert "code_challenge=" in address
    flow.fetch_token(code=consented(google, address, ticked=())["code"])
    assert DRIVE_FILE in flow.credentials.scopes
    assert DRIVE_FILE not in flow.credentials.granted_scopes


def test_authlib_signs_in_and_refreshes(google: Google) -> None:
    """With PKCE, and its own refresh."""
    with OAuth2Session(CLIENT, SECRET, scope=SCOPES, redirect_uri=REDIRECT, code_challenge_method="S256") as client:
        address, _ = client.create_authorization_url(
            f"{google.url}/o/oauth2/v2/auth", code_verifier="v" * 64, access_type="offline"
        )
        code = consented(google, address)["code"]
        token = client.fetch_token(f"{google.url}/token", code=code, code_verifier="v" * 64)
        assert token["refresh_token"].startswith("1//")
        newer = client.refresh_token(f"{google.url}/token", refresh_token=token["refresh_token"])
        assert newer["access_token"] != token["access_token"]
        about = client.get(f"{google.url}/drive/v3/about", params={"fields": "user/emailAddress"})
        assert about.json()["user"]["emailAddress"] == "ana@gmail.com"


def test_httpx_oauth_signs_in_refreshes_and_sees_a_dead_token(google: Google) -> None:
    """A third implementation, over another HTTP client."""
    client = OAuth2(
        CLIENT,
        SECRET,
        f"{google.url}/o/oauth2/v2/auth",
        f"{google.url}/token",
        refresh_token_endpoint=f"{google.url}/token",
        token_endpoint_auth_method="client_secret_post",
    )

    async def through() -> None:
        extras: dict[str, Any] = {"access_type": "offline"}
        address = await client.get_authorization_url(REDIRECT, "s", SCOPES.split(), extras_params=extras)
        back = consented(google, address)
        token = await client.get_access_token(back["code"], REDIRECT)
        newer = await client.refresh_token(token["refresh_token"])
        assert newer["access_token"] != token["access_token"]
        with pytest.raises(RefreshTokenError):
            await client.refresh_token("1//dead")

    asyncio.run(through())
