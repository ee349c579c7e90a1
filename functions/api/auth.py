"""Sign in with Google and Drive in one click; who am I; exchange; sign out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import flask
import msgspec

from functions.cookies import browser_cookie, browser_of, no_session_cookie, session_cookie
from functions.routing import Answer, Auth, Call, Route, Routes
from shared.accounts.model import User, user_key
from shared.accounts.one_time import take
from shared.accounts.return_to import checked_return_to
from shared.accounts.sign_in import sign_in
from shared.core.documents import get
from shared.core.errors import InvalidRequest, Unauthenticated
from shared.core.secret import Secret

Token = Annotated[str, msgspec.Meta(min_length=1, max_length=8192)]


class LoginQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Where to go afterwards: a path of this site, or a page of a configured frontend."""

    return_to: Annotated[str, msgspec.Meta(max_length=4000)] | None = None


class SessionRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """One of the two: the code that a callback handed to another origin, or an ID token of a trusted issuer."""

    exchange: Token | None = None
    id_token: Token | None = None


class SessionStarted(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The session: a cookie on this origin, the same token here for Bearer use on others."""

    token: str
    expires_at: datetime
    user_id: str


class UserView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The signed-in user."""

    id: str
    email: str | None
    name: str | None
    picture: str | None


class DriveSummary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether the user's Drive can be used."""

    is_connected: bool
    needs_reconnect: bool
    reason: str | None


class CreditsSummary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the user can spend."""

    balance: int
    held: int
    available: int


class WhoAmI(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The user, their Drive, their credits."""

    user: UserView
    drive: DriveSummary
    credits: CreditsSummary


def login(call: Call) -> flask.Response:
    """To Google."""
    app = call.app
    return_to = checked_return_to(call.query.return_to, app.config.frontend_origins)
    departure = app.oauth_flow.depart("sign_in", return_to, browser=browser_of(app.config, call.request))
    response = flask.Response(status=302, headers={"Location": departure.url})
    browser_cookie(app.config, departure.browser)(response)
    return response


def start(call: Call) -> Answer:
    """A session for an exchange code or a trusted issuer's ID token."""
    app, body = call.app, call.body
    if (body.exchange is None) == (body.id_token is None):
        raise InvalidRequest("one of two", message="Send either exchange or idToken.", field="exchange")
    user_id = _exchanged(call, body.exchange) if body.exchange else _from_issuer(call, body.id_token)
    token, expires = app.sessions.start(user_id)
    started = SessionStarted(token=token.reveal(), expires_at=expires, user_id=user_id)
    return Answer(started, 201, cookies=(session_cookie(app.config, token, expires),))


def who_am_i(call: Call) -> Answer:
    """The user, their Drive, their credits."""
    user = get(call.app.documents, user_key(call.user_id), User)
    connection = call.app.connections.find(call.user_id)
    state = connection.state if connection else "disconnected"
    drive = DriveSummary(
        is_connected=state == "connected",
        needs_reconnect=state == "needs_reconnect",
        reason=connection.reason if connection else None,
    )
    credits_ = CreditsSummary(balance=user.balance, held=user.held, available=user.available)
    return Answer(WhoAmI(user=msgspec.convert(user, UserView, from_attributes=True), drive=drive, credits=credits_))


def sign_out(call: Call) -> Answer:
    """End the session on the server, and take the cookie away."""
    assert call.caller, "a route with a session has a caller"
    call.app.sessions.end(call.caller)
    return Answer({"signedOut": True}, cookies=(no_session_cookie(call.app.config),))


def _exchanged(call: Call, code: str) -> str:
    app = call.app
    record = take(app.documents, app.clock, app.ids, "exchange", Secret(code))
    if record is None or record.user_id is None:
        raise Unauthenticated("an exchange code that is unknown, used or too old")
    return record.user_id


def _from_issuer(call: Call, id_token: str) -> str:
    app = call.app
    identity = app.issuers.verify(Secret(id_token))
    config = app.config
    return sign_in(
        app.documents,
        app.clock,
        app.ids,
        app.logger,
        identity,
        tenant_id=config.tenant_id,
        sign_up_grant=config.sign_up_grant,
    ).id


SESSION = "/api/auth/session"
ROUTES: Routes = (
    Route("GET", "/api/auth/login", login, "Sign in with Google, and Drive in one click", auth=Auth.OPEN,
          query=LoginQuery, status=302),
    Route("POST", SESSION, start, "A session for an exchange code or a trusted issuer's ID token", auth=Auth.OPEN,
          body=SessionRequest, answer=SessionStarted, status=201, errors=(Unauthenticated,)),
    Route("GET", SESSION, who_am_i, "Who am I", answer=WhoAmI),
    Route("DELETE", SESSION, sign_out, "Sign out"),
)  # fmt: skip
