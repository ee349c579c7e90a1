"""More of sign-in at the emulator, rule by rule: a client that is sloppy about one of them fails."""

from __future__ import annotations

import base64
import json
from typing import Any

import requests

from infra.local.google.accounts import DRIVE_FILE
from tests.contract.google.conftest import REDIRECT, SCOPES, Google, called_back
from tests.contract.google.test_drive_rules import Api

DAY = 86400


def claims(id_token: str) -> dict[str, Any]:
    """What an ID token says, unchecked."""
    payload = id_token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def test_a_redirect_is_compared_letter_by_letter(google: Google) -> None:
    """A slash, a host that means the same, another case: Google's own page, and no callback."""
    for other in (f"{REDIRECT}/", REDIRECT.replace("localhost", "127.0.0.1"), REDIRECT.upper(), REDIRECT[:-1]):
        answer = google.authorize(redirect_uri=other)
        assert (answer.status_code, "Location" in answer.headers) == (400, False)


def test_the_state_comes_back_unchanged(google: Google) -> None:
    """Whatever is in it."""
    state = 'a b&c=d"/ü%20'
    assert google.consent(state=state)["state"] == state


def test_scopes_come_back_under_other_names_and_in_another_order(google: Google) -> None:
    """A client that compares texts thinks that the scope has changed."""
    scope = google.tokens()["scope"]
    assert scope.split() != SCOPES.split()
    assert {"email", "profile"}.isdisjoint(scope.split())
    assert f"{DRIVE_FILE}" in scope.split()


def test_a_refresh_token_comes_on_the_first_consent_and_when_forced(google: Google) -> None:
    """A client that overwrites what it has with nothing loses its only one."""
    assert "refresh_token" in google.tokens()
    straight = called_back(google.authorize())
    assert "refresh_token" not in google.token(code=straight["code"]).json()
    assert "refresh_token" in google.tokens(prompt="consent")


def test_a_testing_project_forgets_after_seven_days(google: Google) -> None:
    """For any scope beyond sign-in, and it says so."""
    google.emulator.accounts._testing = True
    body = google.tokens()
    assert 7 * DAY - 60 < body["refresh_token_expires_in"] < 7 * DAY
    google.emulator.clock.advance(7 * DAY + 1)
    assert google.refresh(body["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_time_limited_grant_says_how_long_it_lasts(google: Google) -> None:
    """A user who did not tick that access may go on."""
    google.emulator.accounts.ensure("ana@gmail.com", grant_seconds=1000)
    body = google.tokens()
    assert 900 < body["refresh_token_expires_in"] < 1000
    google.emulator.clock.advance(1001)
    assert google.refresh(body["refresh_token"]).json()["error"] == "invalid_grant"
    google.emulator.accounts.ensure("budi@gmail.com")
    assert "refresh_token_expires_in" not in google.tokens("budi@gmail.com")


def test_a_token_that_nobody_uses_for_six_months_dies(google: Google) -> None:
    """Using it keeps it alive."""
    token = google.tokens()["refresh_token"]
    google.emulator.clock.advance(150 * DAY)
    assert google.refresh(token).status_code == 200
    google.emulator.clock.advance(150 * DAY)
    assert google.refresh(token).status_code == 200
    google.emulator.clock.advance(183 * DAY)
    assert google.refresh(token).json()["error"] == "invalid_grant"


def test_refreshing_does_not_kill_the_earlier_access_token(google: Google) -> None:
    """Two instances may refresh at once."""
    tokens = google.tokens()
    newer = google.refresh(tokens["refresh_token"]).json()["access_token"]
    for token in (tokens["access_token"], newer):
        headers = {"Authorization": f"Bearer {token}"}
        assert requests.get(f"{google.url}/drive/v3/files", headers=headers, timeout=5).status_code == 200


def test_session_control_is_told_by_a_subtype(google: Google) -> None:
    """The text is no code."""
    token = google.tokens()["refresh_token"]
    google.fault("invalid_rapt")
    assert google.refresh(token).json()["error_subtype"] == "invalid_rapt"


def test_keys_rotate_and_say_how_long_they_may_be_kept(google: Google) -> None:
    """The one before stays published; a client that keeps keys for ever fails."""
    first = requests.get(f"{google.url}/oauth2/v1/certs", timeout=5)
    assert "max-age=" in first.headers["Cache-Control"]
    requests.post(f"{google.url}/_emulator/rotate", timeout=5).raise_for_status()
    second = requests.get(f"{google.url}/oauth2/v1/certs", timeout=5).json()
    assert set(first.json()) < set(second)
    requests.post(f"{google.url}/_emulator/rotate", timeout=5).raise_for_status()
    third = requests.get(f"{google.url}/oauth2/v1/certs", timeout=5).json()
    assert not set(first.json()) & set(third)


def test_an_id_token_tells_the_issuer_in_both_forms(google: Google) -> None:
    """And a nonce only when one was asked for; a refreshed one has none."""
    tokens = google.tokens()
    assert claims(tokens["id_token"])["iss"] == "https://accounts.google.com"
    assert claims(tokens["id_token"])["nonce"] == "the nonce"
    google.fault("other_issuer_form")
    refreshed = claims(google.refresh(tokens["refresh_token"]).json()["id_token"])
    assert (refreshed["iss"], "nonce" in refreshed) == ("accounts.google.com", False)


def test_one_address_may_be_another_account(google: Google) -> None:
    """The subject is who it is; the address is not."""
    first = claims(google.tokens()["id_token"])
    google.emulator.accounts.ensure("ana@gmail.com", sub="117777777777777777777", hd="example.com")
    second = claims(google.tokens(prompt="consent")["id_token"])
    assert (first["email"], "hd" in first) == (second["email"], False)
    assert (first["sub"] != second["sub"], second["hd"]) == (True, "example.com")


def test_the_picker_redirect_grants_the_picked_files(google: Google) -> None:
    """With drive.file alone and forced consent; the user may see another file than was named, or none."""
    ana = Api(google)
    own, foreign = ana.by_hand(), ana.by_hand(email="cara@gmail.com")
    asked: dict[str, Any] = {
        "trigger_onepick": "true",
        "prompt": "consent",
        "scope": DRIVE_FILE,
        "file_ids": f"{own},{foreign}",
    }
    back = google.consent(**asked)
    assert back["picked_file_ids"] == own
    tokens = google.token(code=back["code"]).json()
    assert tokens["scope"] == DRIVE_FILE
    assert "id_token" not in tokens
    assert ana.get(f"files/{own}")["id"] == own
    for wrong in ({"scope": SCOPES}, {"prompt": None}, {"include_granted_scopes": "true"}):
        assert google.authorize(**{**asked, **wrong}).status_code == 400


def test_only_an_account_of_a_workspace_has_its_domain(google: Google) -> None:
    """Elsewhere `hd` is missing, and not empty."""
    google.emulator.accounts.ensure("ben@acme.example", hd="acme.example")
    found = [
        claims(google.tokens(email)["id_token"]).get("hd", "none") for email in ("ben@acme.example", "ana@gmail.com")
    ]
    assert found == ["acme.example", "none"]
