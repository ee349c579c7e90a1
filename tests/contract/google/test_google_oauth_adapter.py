"""The adapter of Google's token endpoint: it tells a dead grant from an outage, and a good ID token from any other."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
import requests

from infra.local.google.accounts import DRIVE_FILE
from shared.adapters.google_oauth import GoogleOAuthClient
from shared.core.clock import SystemClock
from shared.core.config import Config
from shared.core.errors import DriveUnavailable, Unauthenticated
from shared.core.logs import Logger
from shared.core.secret import Secret
from shared.drive.ports import GrantInvalid, Tokens
from tests.contract.google.conftest import CLIENT, REDIRECT, SECRET, VERIFIER, Google
from tests.fakes.app import ENV

LOG = io.StringIO()


def adapter(google: Google) -> GoogleOAuthClient:
    """The adapter, on the emulator."""
    env = {
        **ENV,
        "GOOGLE_CLIENT_ID": CLIENT,
        "GOOGLE_TOKEN_URL": f"{google.url}/token",
        "GOOGLE_REVOKE_URL": f"{google.url}/revoke",
        "GOOGLE_CERTS_URL": f"{google.url}/oauth2/v1/certs",
    }
    return GoogleOAuthClient(Config.from_env(env), Secret(SECRET), SystemClock(), Logger(LOG))


def exchanged(google: Google, **changes: object) -> Tokens:
    """A sign-in."""
    return adapter(google).exchange(Secret(google.consent(**changes)["code"]), Secret(VERIFIER), REDIRECT)  # type: ignore[arg-type]


def test_a_sign_in_ends_with_tokens_and_an_identity(google: Google) -> None:
    """The nonce is checked; no token is in the log."""
    tokens = exchanged(google)
    assert tokens.refresh_token is not None
    assert tokens.id_token is not None
    assert DRIVE_FILE in tokens.scopes
    assert 3500 < (tokens.expires_at - datetime.now(UTC)).total_seconds() <= 3599
    identity = adapter(google).verify(tokens.id_token, "the nonce")

    assert (identity.issuer, identity.email, identity.email_verified) == (
        "https://accounts.google.com",
        "ana@gmail.com",
        True,
    )
    for secret in (tokens.access_token, tokens.refresh_token, tokens.id_token, Secret(SECRET)):
        assert secret.reveal() not in LOG.getvalue()


@pytest.mark.parametrize("fault", ["wrong_nonce", "wrong_audience"])
def test_an_identity_for_somebody_else_is_refused(google: Google, fault: str) -> None:
    """Nonce and audience."""
    google.fault(fault)
    tokens = exchanged(google)
    assert tokens.id_token
    with pytest.raises(Unauthenticated):
        adapter(google).verify(tokens.id_token, "the nonce")


def test_both_forms_of_the_issuer_are_one(google: Google) -> None:
    """And an address that is not verified says so."""
    google.fault("other_issuer_form")
    google.fault("unverified_email")
    tokens = exchanged(google)
    assert tokens.id_token
    identity = adapter(google).verify(tokens.id_token, "the nonce")
    assert (identity.issuer, identity.email_verified) == ("https://accounts.google.com", False)


def test_a_key_that_was_rotated_is_found(google: Google) -> None:
    """Unknown key ids are looked up; the one before stays good."""
    oauth = adapter(google)
    before = exchanged(google)
    google.emulator.keys.rotate()
    after = exchanged(google, prompt="consent")
    assert before.id_token
    assert after.id_token
    assert oauth.verify(after.id_token, "the nonce") == oauth.verify(before.id_token, "the nonce")


@pytest.mark.parametrize(
    ("fault", "reason"), [("invalid_grant", "revoked"), ("invalid_rapt", "rapt"), ("admin_policy_enforced", "policy")]
)
def test_a_dead_grant_says_why(google: Google, fault: str, reason: str) -> None:
    """Only these mean that the user must connect again."""
    tokens = exchanged(google)
    assert tokens.refresh_token
    google.fault(fault)
    with pytest.raises(GrantInvalid) as dead:
        adapter(google).refresh(tokens.refresh_token)
    assert dead.value.details["reason"] == reason


def test_an_outage_is_no_dead_grant(google: Google) -> None:
    """502 with a page, 503, and nobody there; after it the same token works."""
    tokens = exchanged(google)
    assert tokens.refresh_token
    for status in (502, 503):
        google.fault("token_html", params={"status": status})
        with pytest.raises(DriveUnavailable):
            adapter(google).refresh(tokens.refresh_token)
    fresh = adapter(google).refresh(tokens.refresh_token)
    assert fresh.refresh_token is None
    google.serving.stop()
    with pytest.raises(DriveUnavailable):
        adapter(google).refresh(tokens.refresh_token)


def test_revoking_twice_is_harmless(google: Google) -> None:
    """Dead already is fine."""
    tokens = exchanged(google)
    for _ in range(2):
        adapter(google).revoke(tokens.access_token)
    assert requests.get(f"{google.url}/_emulator/journal?event=revoke", timeout=5).json()["events"]
