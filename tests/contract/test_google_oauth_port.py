"""The token endpoint: the fake, and the adapter on the emulator, keep the same promises."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from shared.adapters.google_oauth import GoogleOAuthClient
from shared.core.clock import SystemClock
from shared.core.config import Config
from shared.core.errors import Unauthenticated
from shared.core.logs import Logger
from shared.core.secret import Secret
from shared.drive.model import DRIVE_FILE_SCOPE
from shared.drive.ports import GoogleOAuth, GrantInvalid, Tokens
from tests.contract.google.conftest import CHALLENGE, CLIENT, REDIRECT, SECRET, VERIFIER, Google
from tests.fakes.app import ENV
from tests.fakes.google_oauth import SIGN_IN, MemoryGoogleOAuth


class Site(Protocol):
    """Google, and a person who consents."""

    oauth: GoogleOAuth

    def code(self, *, drive: bool = True, nonce: str = "the nonce", again: bool = False) -> str:
        """A code for the same person; `again`: they had consented before."""
        ...


class Memory:
    """The fake."""

    def __init__(self) -> None:
        self.fake = MemoryGoogleOAuth(SystemClock())
        self.oauth: GoogleOAuth = self.fake

    def code(self, *, drive: bool = True, nonce: str = "the nonce", again: bool = False) -> str:
        """See `Site`."""
        scopes = SIGN_IN | ({DRIVE_FILE_SCOPE} if drive else frozenset())
        return self.fake.consent(
            "ana@gmail.com", nonce=nonce, challenge=CHALLENGE, redirect_uri=REDIRECT, scopes=scopes,
            with_refresh=not again,
        )  # fmt: skip


class Emulated:
    """The adapter on the emulator."""

    def __init__(self, google: Google) -> None:
        self.google = google
        urls = {"GOOGLE_TOKEN_URL": "/token", "GOOGLE_REVOKE_URL": "/revoke", "GOOGLE_CERTS_URL": "/oauth2/v1/certs"}
        env = {**ENV, "GOOGLE_CLIENT_ID": CLIENT, **{name: google.url + path for name, path in urls.items()}}
        self.oauth: GoogleOAuth = GoogleOAuthClient(
            Config.from_env(env), Secret(SECRET), SystemClock(), Logger(io.StringIO())
        )

    def code(self, *, drive: bool = True, nonce: str = "the nonce", again: bool = False) -> str:
        """See `Site`."""
        return self.google.consent(ticked=(DRIVE_FILE_SCOPE,) if drive else (), nonce=nonce)["code"]


@pytest.fixture(params=["memory", "google"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """Both."""
    if request.param == "memory":
        yield Memory()
        return
    google = Google(tmp_path / "google")
    yield Emulated(google)
    google.close()


def exchanged(site: Site, *, drive: bool = True, again: bool = False) -> Tokens:
    """A code for tokens."""
    return site.oauth.exchange(Secret(site.code(drive=drive, again=again)), Secret(VERIFIER), REDIRECT)


def test_a_code_gives_what_was_granted_and_whose_it_is(site: Site) -> None:
    """Scopes as the answer says, an hour of access, a refresh token the first time."""
    tokens = exchanged(site)
    assert tokens.scopes >= {DRIVE_FILE_SCOPE, "openid"}
    assert timedelta(minutes=55) < tokens.expires_at - datetime.now(UTC) < timedelta(minutes=61)
    assert tokens.refresh_token
    assert tokens.id_token
    assert site.oauth.verify(tokens.id_token, "the nonce").email == "ana@gmail.com"


def test_a_box_left_empty_is_a_scope_less(site: Site) -> None:
    """And no error."""
    assert DRIVE_FILE_SCOPE not in exchanged(site, drive=False).scopes


def test_whoever_consents_again_gets_no_refresh_token(site: Site) -> None:
    """The stored one must be kept."""
    exchanged(site)
    assert exchanged(site, again=True).refresh_token is None


def test_a_code_is_good_once_and_for_its_verifier_only(site: Site) -> None:
    """Replay, and a stolen code."""
    code = Secret(site.code())
    site.oauth.exchange(code, Secret(VERIFIER), REDIRECT)
    with pytest.raises(GrantInvalid):
        site.oauth.exchange(code, Secret(VERIFIER), REDIRECT)
    with pytest.raises(GrantInvalid):
        site.oauth.exchange(Secret(site.code()), Secret("x" * 64), REDIRECT)


def test_another_nonce_is_another_sign_in(site: Site) -> None:
    """An ID token that was put into our callback by somebody else."""
    tokens = exchanged(site)
    assert tokens.id_token
    with pytest.raises(Unauthenticated):
        site.oauth.verify(tokens.id_token, "another nonce")
    with pytest.raises(Unauthenticated):
        site.oauth.verify(Secret("no.id.token"), "the nonce")


def test_a_refresh_gives_another_access_token_and_a_revoked_grant_none(site: Site) -> None:
    """Revoking by any token ends all of the grant; twice is harmless."""
    tokens = exchanged(site)
    assert tokens.refresh_token
    fresh = site.oauth.refresh(tokens.refresh_token)
    assert fresh.access_token != tokens.access_token
    for _ in range(2):
        site.oauth.revoke(fresh.access_token)
    with pytest.raises(GrantInvalid):
        site.oauth.refresh(tokens.refresh_token)
