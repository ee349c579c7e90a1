"""Sign-in at the emulator is as strict as at Google: a sloppy client fails."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from infra.local.google.accounts import DRIVE_FILE
from tests.contract.google.conftest import REDIRECT, SCOPES, Google, called_back


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": f"{REDIRECT}/"},
        {"redirect_uri": REDIRECT.replace("localhost", "127.0.0.1")},
        {"redirect_uri": None},
        {"client_id": "made-up"},
        {"response_type": "token"},
        {"scope": "https://www.googleapis.com/auth/made-up"},
        {"scope": None},
    ],
)
def test_a_wrong_request_gets_googles_own_page_and_never_a_callback(google: Google, wrong: dict[str, Any]) -> None:
    """Redirect URIs are compared letter by letter."""
    answer = google.authorize(**wrong)
    assert (answer.status_code, "Location" in answer.headers) == (400, False)


def test_the_consent_page_has_a_box_for_drive(google: Google) -> None:
    """Granular consent: sign-in plus one other; one scope alone has no box."""
    assert 'type=checkbox name=scope value="' + DRIVE_FILE in google.authorize().text
    assert "type=checkbox" not in google.authorize(scope=DRIVE_FILE).text


def test_a_sign_in_gives_tokens_with_normalised_scopes(google: Google) -> None:
    """State comes back; names differ from what was asked; the order too."""
    back = google.consent()
    assert back["state"] == "the state"
    body = google.token(code=back["code"]).json()

    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3599)
    assert body["access_token"].startswith("ya29.")
    assert body["refresh_token"].startswith("1//")
    assert set(body["scope"].split()) > {DRIVE_FILE, "https://www.googleapis.com/auth/userinfo.email"}
    assert body["scope"] != SCOPES


def test_a_box_left_empty_is_an_ordinary_sign_in(google: Google) -> None:
    """Only the token response tells."""
    body = google.tokens(ticked=())
    assert DRIVE_FILE not in body["scope"].split()
    assert "id_token" in body


def test_whoever_presses_cancel_is_called_back_with_an_error(google: Google) -> None:
    """access_denied, with the state."""
    back = google.consent(decision="deny")
    assert back == {"error": "access_denied", "state": "the state"}


def test_a_returning_user_is_not_asked_and_gets_no_refresh_token(google: Google) -> None:
    """Unless consent is forced."""
    google.tokens()
    straight = google.authorize()
    assert straight.status_code == 302
    assert "refresh_token" not in google.token(code=called_back(straight)["code"]).json()
    assert google.authorize(prompt="consent").status_code == 200
    assert "refresh_token" in google.tokens(prompt="consent")


def test_no_refresh_token_without_offline_access(google: Google) -> None:
    """The default is online."""
    assert "refresh_token" not in google.tokens(access_type=None)


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"code_verifier": None}, 400, "invalid_grant"),
        ({"code_verifier": "w" * 64}, 400, "invalid_grant"),
        ({"redirect_uri": f"{REDIRECT}?x"}, 400, "redirect_uri_mismatch"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": None}, 400, "invalid_request"),
        ({"client_id": "made-up"}, 401, "invalid_client"),
        ({"client_id": "other-client", "client_secret": "other"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_code_is_bound_to_client_redirect_and_verifier(
    google: Google, fields: dict[str, Any], status: int, error: str
) -> None:
    """Each mistake has its error."""
    answer = google.token(code=google.consent()["code"], **fields)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_code_is_good_for_one_exchange_within_ten_minutes(google: Google) -> None:
    """And a wrongly decoded one is malformed."""
    code = google.consent()["code"]
    assert google.token(code=code).status_code == 200
    assert google.token(code=code).json()["error"] == "invalid_grant"
    assert google.token(code=code.replace("/", "%2F")).json()["error_description"] == "Malformed auth code."
    old = google.consent()["code"]
    google.emulator.clock.advance(601)
    assert google.token(code=old).json()["error"] == "invalid_grant"


def test_a_refresh_keeps_the_token_and_takes_no_foreign_scope(google: Google) -> None:
    """Web refresh tokens do not rotate."""
    refresh_token = google.tokens(ticked=())["refresh_token"]
    body = google.refresh(refresh_token).json()
    assert "refresh_token" not in body
    assert google.refresh(refresh_token, scope=DRIVE_FILE).json()["error"] == "invalid_scope"
    assert google.refresh("1//unknown").json()["error"] == "invalid_grant"


def test_revoking_any_token_removes_the_whole_grant(google: Google) -> None:
    """Every token of the user and project, sign-in included; POST only."""
    one, two = google.tokens(), google.tokens(prompt="consent")
    assert requests.get(f"{google.url}/revoke", timeout=5).status_code == 405
    assert requests.post(f"{google.url}/revoke", data={"token": one["access_token"]}, timeout=5).status_code == 200
    assert google.refresh(two["refresh_token"]).json()["error"] == "invalid_grant"
    again = requests.post(f"{google.url}/revoke", data={"token": one["access_token"]}, timeout=5)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_token")
    assert google.authorize().status_code == 200


def test_the_hundred_and_first_refresh_token_kills_the_first(google: Google) -> None:
    """Silently."""
    first = google.tokens()["refresh_token"]
    for _ in range(100):
        google.emulator.accounts.new_refresh(google.emulator.accounts.ensure("ana@gmail.com")["sub"], "c", frozenset())
    assert google.refresh(first).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [("invalid_grant", 400, "invalid_grant"), ("invalid_rapt", 400, "invalid_grant"),
     ("admin_policy_enforced", 400, "admin_policy_enforced")],
)  # fmt: skip
def test_a_refresh_can_be_refused(google: Google, fault: str, status: int, error: str) -> None:
    """With the shapes that Google uses."""
    refresh_token = google.tokens()["refresh_token"]
    google.fault(fault)
    answer = google.refresh(refresh_token)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert google.refresh(refresh_token).status_code == 200


def test_an_outage_is_a_page_and_no_json(google: Google) -> None:
    """502 and 503."""
    google.fault("token_html", params={"status": 503})
    answer = google.token(code="4/x")
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html; charset=UTF-8")
