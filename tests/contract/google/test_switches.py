"""What can be made to go wrong at Google's emulator does go wrong, as it is said, for the call that it is meant for."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from infra.local.google.errors import REFUSALS
from tests.contract.google.conftest import Google
from tests.contract.google.test_drive_rules import FOLDER, KIB, Api
from tests.contract.google.test_oauth_rules import claims


def test_access_denied(google: Google) -> None:
    """The user presses Cancel, whatever the form says."""
    google.fault("access_denied")
    assert google.consent() == {"error": "access_denied", "state": "the state"}
    assert "code" in google.consent()


@pytest.mark.parametrize(
    ("fault", "error", "subtype"),
    [("invalid_grant", "invalid_grant", None), ("invalid_rapt", "invalid_grant", "invalid_rapt"),
     ("admin_policy_enforced", "admin_policy_enforced", None)],
)  # fmt: skip
def test_a_dead_grant(google: Google, fault: str, error: str, subtype: str | None) -> None:
    """Once, and then the same token works."""
    token = google.tokens()["refresh_token"]
    google.fault(fault)
    answer = google.refresh(token)
    assert (answer.status_code, answer.json()["error"], answer.json().get("error_subtype")) == (400, error, subtype)
    assert google.refresh(token).status_code == 200


@pytest.mark.parametrize("status", [502, 503])
def test_token_html(google: Google, status: int) -> None:
    """A page, and no JSON."""
    google.fault("token_html", params={"status": status})
    answer = google.token(code="4/x")
    assert (answer.status_code, answer.text[:9]) == (status, "<!DOCTYPE")


@pytest.mark.parametrize(
    ("fault", "claim", "usual"),
    [("other_issuer_form", "iss", "https://accounts.google.com"), ("wrong_nonce", "nonce", "the nonce"),
     ("wrong_audience", "aud", "client.apps.googleusercontent.com"), ("unverified_email", "email_verified", True)],
)  # fmt: skip
def test_an_id_token_that_is_odd(google: Google, fault: str, claim: str, usual: Any) -> None:
    """In one claim, once."""
    google.fault(fault)
    assert claims(google.tokens()["id_token"])[claim] != usual
    assert claims(google.tokens(prompt="consent")["id_token"])[claim] == usual


@pytest.mark.parametrize("fault", sorted(set(REFUSALS) - {"childNotGranted"}))
def test_a_documented_refusal(google: Google, fault: str) -> None:
    """With its status and reason; a rate limit may say when to come again."""
    ana = Api(google)
    status, domain, _ = REFUSALS[fault]
    google.fault(fault, match={"method": "files.list"}, params={"retry_after": 7})
    ana.get("about", fields="user")
    answer = ana.call("GET", "files")
    error = answer.json()["error"]["errors"][0]
    assert (answer.status_code, error["domain"], answer.headers["Retry-After"]) == (status, domain, "7")
    assert error["reason"] == {"tooManyRequests": "rateLimitExceeded",
                               "publishOutNotPermitted403": "publishOutNotPermitted"}.get(fault, fault)  # fmt: skip
    assert ana.call("GET", "files").status_code == 200


def test_html_403(google: Google) -> None:
    """The page for what Drive takes for a robot."""
    ana = Api(google)
    google.fault("html_403")
    answer = ana.call("GET", "files")
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (403, "text/html")
    assert "automated queries" in answer.text


@pytest.mark.parametrize(("method", "path"), [("files.create", "files"), ("permissions.create", "permissions")])
def test_drop(google: Google, method: str, path: str) -> None:
    """The call is done, and its answer is lost."""
    ana = Api(google)
    made = ana.upload()["id"]
    google.fault("drop", match={"method": method})
    body = {"name": "f", "mimeType": FOLDER} if path == "files" else {"role": "reader", "type": "anyone"}
    with pytest.raises(requests.ConnectionError):
        ana.call("POST", path if path == "files" else f"files/{made}/permissions", body)
    if path == "files":
        assert len(ana.get("files", q="name = 'f'")["files"]) == 1
    else:
        assert ana.anonymous(made).status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "stored"),
    [("upload_5xx_before", 503, None), ("upload_5xx_after", 503, 256 * KIB), ("upload_drop", None, 256 * KIB)],
)
def test_a_chunk_in_trouble(google: Google, fault: str, status: int | None, stored: int | None) -> None:
    """Kept or not: only a question tells."""
    ana, size = Api(google), 512 * KIB
    session = ana.initiate(size).headers["Location"]
    google.fault(fault)
    chunk = b"x" * 256 * KIB
    if status is None:
        with pytest.raises(requests.ConnectionError):
            ana.put(session, chunk, f"0-{256 * KIB - 1}/{size}")
    else:
        assert ana.put(session, chunk, f"0-{256 * KIB - 1}/{size}").status_code == status
    told = ana.put(session, b"", f"*/{size}").headers.get("Range")
    assert told == (f"bytes=0-{stored - 1}" if stored else None)


@pytest.mark.parametrize("status", [404, 410])
def test_upload_session_gone(google: Google, status: int) -> None:
    """Start over."""
    ana = Api(google)
    session = ana.initiate(5).headers["Location"]
    google.fault("upload_session_gone", params={"status": status})
    assert ana.put(session, b"a fox", "0-4/5").status_code == status
    assert ana.put(session, b"a fox", "0-4/5").status_code == 404


def test_upload_token_checked(google: Google) -> None:
    """A token that ends in mid-upload may be asked for after all; a fresh one goes on."""
    ana = Api(google)
    session = ana.initiate(5).headers["Location"]
    google.emulator.clock.advance(3600)
    google.fault("upload_token_checked", times=2)
    over, fresh = ana.token, google.tokens(prompt="consent")["access_token"]
    answers = [requests.put(session, b"a fox", headers={"Authorization": f"Bearer {token}"}, timeout=10)
               for token in (over, fresh)]  # fmt: skip
    assert [answer.status_code for answer in answers] == [401, 200]


def test_a_rate_limit_need_not_say_when(google: Google) -> None:
    """429 without Retry-After."""
    ana = Api(google)
    google.fault("tooManyRequests")
    answer = ana.call("GET", "files")
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, False)


def test_upload_quota_at_end(google: Google) -> None:
    """The last chunk is one too many."""
    ana = Api(google)
    session = ana.initiate(5).headers["Location"]
    google.fault("upload_quota_at_end")
    answer = ana.put(session, b"a fox", "0-4/5")
    assert answer.json()["error"]["errors"][0]["reason"] == "storageQuotaExceeded"
    assert ana.get("files")["files"] == []


def test_upload_damaged(google: Google) -> None:
    """Other bytes are stored than were sent; only the checksum tells."""
    ana = Api(google)
    right = ana.upload()
    google.fault("upload_damaged")
    wrong = ana.upload()
    assert (wrong["size"], wrong["sha256Checksum"] == right["sha256Checksum"]) == (right["size"], False)
