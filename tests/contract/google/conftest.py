"""Google on this machine, and people who sign in to it as a browser does."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from infra.local.google.accounts import DRIVE_FILE, Client
from infra.local.google.emulator import GoogleEmulator
from infra.local.google.more_rules import MORE_RULES
from infra.local.google.rules import RULES
from infra.local.google.switch_rules import SWITCHES
from infra.local.strictness import loosened_by_env

CLIENT, SECRET, REDIRECT = (
    "client.apps.googleusercontent.com",
    "GOCSPX-canary-secret",
    "http://localhost:1/api/callback",
)
SCOPES = f"openid email profile {DRIVE_FILE}"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Google:
    """The emulator, its server, and a browser."""

    def __init__(self, state: Path, **options: Any) -> None:
        clients = [
            Client(CLIENT, SECRET, frozenset({REDIRECT})),
            Client("other-client", "other", frozenset({REDIRECT})),
        ]
        self.emulator = GoogleEmulator(state, clients, **options)
        loosened_by_env("google", (*RULES, *MORE_RULES, *SWITCHES), self.emulator)
        self.serving = self.emulator.serve()
        self.url = self.serving.url
        self.browser = requests.Session()

    def ask(self, **changes: Any) -> dict[str, str]:
        """The parameters of an authorization request; None leaves one out."""
        asked: dict[str, Any] = {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": REDIRECT,
            "scope": SCOPES,
            "state": "the state",
            "nonce": "the nonce",
            "access_type": "offline",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (asked | changes).items() if value is not None}

    def authorize(self, **changes: Any) -> requests.Response:
        """What the browser gets for an authorization request."""
        url = f"{self.url}/o/oauth2/v2/auth"
        return self.browser.get(url, params=self.ask(**changes), allow_redirects=False, timeout=10)

    def consent(
        self,
        email: str = "ana@gmail.com",
        ticked: tuple[str, ...] = (DRIVE_FILE,),
        decision: str = "allow",
        **changes: Any,
    ) -> dict[str, str]:
        """The form, posted; what the callback gets."""
        form = {"email": email, "scope": list(ticked), "decision": decision}
        url = f"{self.url}/o/oauth2/v2/auth"
        answer = self.browser.post(url, params=self.ask(**changes), data=form, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return called_back(answer)

    def token(self, **fields: Any) -> requests.Response:
        """A call of the token endpoint; None leaves a field out."""
        form: dict[str, Any] = {
            "grant_type": "authorization_code",
            "client_id": CLIENT,
            "client_secret": SECRET,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
        }
        given = {name: value for name, value in (form | fields).items() if value is not None}
        return requests.post(f"{self.url}/token", data=given, timeout=10)

    def tokens(self, email: str = "ana@gmail.com", **changes: Any) -> dict[str, Any]:
        """A sign-in, to its tokens."""
        return dict(self.token(code=self.consent(email, **changes)["code"]).json())

    def refresh(self, refresh_token: str, **fields: Any) -> requests.Response:
        """A refresh."""
        plain = {"redirect_uri": None, "code_verifier": None}
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **plain, **fields)

    def fault(self, name: str, **order: Any) -> None:
        """Switch on."""
        answer = requests.post(f"{self.url}/_emulator/faults", json={"name": name, **order}, timeout=10)
        assert answer.status_code == 201, answer.text

    def drives(self) -> dict[str, list[dict[str, Any]]]:
        """What is in whose Drive."""
        return dict(requests.get(f"{self.url}/_emulator/drive", timeout=10).json())

    def close(self) -> None:
        """Stop."""
        self.browser.close()
        self.serving.stop()
        self.emulator.close()


def called_back(answer: requests.Response) -> dict[str, str]:
    """The parameters of the callback that a redirect goes to."""
    assert answer.headers["Location"].startswith(REDIRECT)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


@pytest.fixture
def google(tmp_path: Path) -> Iterator[Google]:
    """Google with two clients of one project."""
    made = Google(tmp_path / "google")
    yield made
    made.close()
