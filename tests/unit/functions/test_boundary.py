"""The edge: identity, origin, bodies, limits, and errors as the catalogue says."""

from __future__ import annotations

import json

import pytest

from functions.api.stories import ROUTES
from shared.core.errors import AppError
from tests.fakes.app import FRONTEND, ORIGIN, Person, call, make_app, stored


@pytest.fixture
def ana() -> Person:
    """A signed-in user."""
    return Person(make_app(), "ana")


BODY = {"name": "Story"}


@pytest.mark.parametrize(
    ("body", "error", "field"),
    [
        (b"", "INVALID_REQUEST", None),
        (b"{", "INVALID_REQUEST", None),
        (b"[]", "INVALID_REQUEST", None),
        (b'{"name": "\xff"}', "INVALID_REQUEST", None),
        (b'{"name": "a", "name": "b"}', "INVALID_REQUEST", "name"),
        (b'{"name": "\\ud800"}', "INVALID_REQUEST", None),
        (b'{"name": NaN}', "INVALID_REQUEST", None),
        (b'{"name": ' + b"9" * 5000 + b"}", "INVALID_REQUEST", None),
        (b"[" * 60_000, "INVALID_REQUEST", None),
        (b'{"name": 1}', "INVALID_REQUEST", "name"),
        (b'{"name": null}', "INVALID_REQUEST", "name"),
        (b"{}", "INVALID_REQUEST", "name"),
        (b'{"name": "a", "userId": "budi"}', "INVALID_REQUEST", "userId"),
        (json.dumps({"name": "x" * 201}).encode(), "INVALID_REQUEST", "name"),
        (b'{"name": "  "}', "INVALID_REQUEST", "name"),
        (b" " * 65_537, "PAYLOAD_TOO_LARGE", None),
    ],
)
def test_a_bad_body_is_refused_and_changes_nothing(ana: Person, body: bytes, error: str, field: str | None) -> None:
    """Whatever is wrong with it."""
    before = stored(ana.app)
    answer = ana.call(ROUTES, "POST", "/api/projects", body)

    assert answer.error == error
    assert field is None or answer.body["field"] == field
    assert stored(ana.app) == before


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1"]
)
def test_only_json_is_taken(ana: Person, kind: str) -> None:
    """A form of another site cannot send it."""
    answer = ana.call(ROUTES, "POST", "/api/projects", b"{}", Content_Type=kind)
    assert (answer.status, answer.error) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_without_a_session_nothing_is_answered(ana: Person) -> None:
    """And the answer says what to do."""
    answer = call(ana.app, ROUTES, "GET", "/api/projects")
    assert (answer.status, answer.error, answer.body["action"]) == (401, "UNAUTHENTICATED", "sign_in")
    assert call(ana.app, ROUTES, "GET", "/api/projects", Authorization="Bearer x.y").status == 401
    assert call(ana.app, ROUTES, "GET", "/api/projects", Authorization="Basic x").status == 401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{ORIGIN}.evil.example", "http://studio.example"])
def test_a_foreign_origin_changes_nothing(ana: Person, origin: str) -> None:
    """With a cookie or a Bearer; reading is not answered to its script either."""
    for cookie in (True, False):
        answer = ana.call(ROUTES, "POST", "/api/projects", BODY, cookie=cookie, Origin=origin)
        assert (answer.status, answer.error) == (403, "FORBIDDEN")
    read = ana.call(ROUTES, "GET", "/api/projects", cookie=True, Origin=origin)
    assert "Access-Control-Allow-Origin" not in read.headers
    assert len(ana.call(ROUTES, "GET", "/api/projects").data) == 0


def test_a_cookie_needs_an_origin_to_change_something(ana: Person) -> None:
    """Browsers send one; whoever does not is no browser of ours."""
    assert ana.call(ROUTES, "POST", "/api/projects", BODY, cookie=True).error == "FORBIDDEN"
    assert ana.call(ROUTES, "POST", "/api/projects", BODY, cookie=True, Origin=ORIGIN).status == 201
    allowed = ana.call(ROUTES, "POST", "/api/projects", BODY, Origin=FRONTEND)
    assert allowed.headers["Access-Control-Allow-Origin"] == FRONTEND


def test_a_preflight_is_answered_for_configured_origins_only(ana: Person) -> None:
    """Before any identity."""
    allowed = call(ana.app, ROUTES, "OPTIONS", "/api/projects", Origin=FRONTEND)
    foreign = call(ana.app, ROUTES, "OPTIONS", "/api/projects", Origin="https://evil.example")
    assert (allowed.status, allowed.headers["Access-Control-Allow-Origin"]) == (204, FRONTEND)
    assert "Access-Control-Allow-Origin" not in foreign.headers


def test_an_unknown_path_and_an_unknown_method_are_told_apart(ana: Person) -> None:
    """404, and 405 with what is allowed."""
    assert ana.call(ROUTES, "GET", "/api/nothing").error == "NOT_FOUND"
    wrong = ana.call(ROUTES, "PUT", "/api/projects", BODY)
    assert (wrong.error, wrong.headers["Allow"]) == ("METHOD_NOT_ALLOWED", "GET, POST")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("pageSize=x", "pageSize"),
        ("pageToken=x", "pageToken"),
        ("other=1", "other"),
        ("pageSize=1&pageSize=2", "pageSize"),
    ],
)
def test_a_bad_query_names_its_field(ana: Person, query: str, field: str) -> None:
    """Unknown and repeated ones too."""
    answer = ana.call(ROUTES, "GET", f"/api/projects?{query}")
    assert (answer.error, answer.body["field"]) == ("INVALID_REQUEST", field)


def test_too_many_requests_are_told_when_to_come_back() -> None:
    """Per user; nothing is written for a limit."""
    ana = Person(make_app(REQUESTS_PER_MINUTE="3"), "ana")
    for _ in range(3):
        ana.call(ROUTES, "GET", "/api/projects")
    answer = ana.call(ROUTES, "GET", "/api/projects")
    assert (answer.status, answer.error, answer.body["retryable"]) == (429, "RATE_LIMITED", True)
    assert int(answer.headers["Retry-After"]) >= 1


def test_an_address_that_a_caller_writes_is_not_believed() -> None:
    """Only what our own proxies append counts."""
    app = make_app(REQUESTS_PER_MINUTE="2", TRUSTED_PROXIES="1")
    for number in range(2):
        call(app, ROUTES, "GET", "/api/projects", X_Forwarded_For=f"10.0.0.{number}, 203.0.113.9")
    assert call(app, ROUTES, "GET", "/api/projects", X_Forwarded_For="10.9.9.9, 203.0.113.9").status == 429
    assert call(app, ROUTES, "GET", "/api/projects", X_Forwarded_For="10.9.9.9, 203.0.113.10").status == 401


def test_every_answer_has_a_request_id(ana: Person) -> None:
    """The caller's if it is one, else a new one."""
    assert ana.call(ROUTES, "GET", "/api/projects", X_Request_Id="abcdefgh-1").headers["X-Request-Id"] == "abcdefgh-1"
    assert ana.call(ROUTES, "GET", "/api/projects", X_Request_Id="a\tb").headers["X-Request-Id"].startswith("id")


def test_whatever_else_happens_is_a_500_that_says_nothing(ana: Person) -> None:
    """The cause is in the log."""
    ana.app.documents = None  # type: ignore[assignment] # broken on purpose
    answer = ana.call(ROUTES, "GET", "/api/projects")
    assert (answer.status, answer.body["message"]) == (500, AppError.message)
    assert "NoneType" not in json.dumps(answer.body)
