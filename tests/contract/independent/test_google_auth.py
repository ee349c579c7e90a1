"""google-auth's AuthorizedSession: it refreshes by itself; and its ID token verification, with keys that rotate."""

from __future__ import annotations

import pytest
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import id_token
from google.oauth2.credentials import Credentials

from tests.contract.google.conftest import CLIENT, SECRET, Google


def session(google: Google, **tokens: str) -> AuthorizedSession:
    """With a refresh token, and maybe a dead access token."""
    credentials = Credentials(  # type: ignore[no-untyped-call]
        tokens.get("access_token", "ya29.dead"),
        refresh_token=tokens["refresh_token"],
        token_uri=f"{google.url}/token",
        client_id=CLIENT,
        client_secret=SECRET,
    )
    return AuthorizedSession(credentials)  # type: ignore[no-untyped-call]


def test_a_dead_access_token_is_refreshed_once_and_the_call_repeated(google: Google) -> None:
    """A 401 with a challenge is what makes it try."""
    tokens = google.tokens()
    with session(google, refresh_token=tokens["refresh_token"]) as http:
        answer = http.get(f"{google.url}/drive/v3/about", params={"fields": "user/emailAddress"})
        assert answer.json() == {"user": {"emailAddress": "ana@gmail.com"}}
    assert len(google.emulator.journal.events("refresh")) == 1


def test_a_dead_grant_raises_and_an_outage_does_too(google: Google) -> None:
    """The same exception for both: only the body tells them apart."""
    tokens = google.tokens()
    google.fault("token_html", params={"status": 502})
    with session(google, refresh_token=tokens["refresh_token"]) as http, pytest.raises(RefreshError) as outage:
        http.get(f"{google.url}/drive/v3/about")
    assert "invalid_grant" not in str(outage.value.args)
    with session(google, refresh_token="1//dead") as http, pytest.raises(RefreshError) as dead:
        http.get(f"{google.url}/drive/v3/about")
    assert dead.value.args[1]["error"] == "invalid_grant"


def test_its_verification_takes_our_id_tokens_and_refuses_others(google: Google) -> None:
    """Issuer in both forms, audience, and keys after a rotation."""
    certs = f"{google.url}/oauth2/v1/certs"
    for fault in (None, "other_issuer_form"):
        if fault:
            google.fault(fault)
        token = google.tokens(prompt="consent")["id_token"]
        claims = id_token.verify_token(token, Request(), CLIENT, certs_url=certs)
        assert claims["email"] == "ana@gmail.com"
        google.emulator.keys.rotate()
    google.fault("wrong_audience")
    wrong = google.tokens(prompt="consent")["id_token"]
    with pytest.raises(ValueError, match="audience"):
        id_token.verify_token(wrong, Request(), CLIENT, certs_url=certs)
