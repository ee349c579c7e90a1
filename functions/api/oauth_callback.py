"""Where Google sends the browser back to. A navigation: it always goes on to a page, never to a JSON error."""

from __future__ import annotations

import flask

from functions.cookies import browser_cookie, browser_of, session_cookie
from functions.routing import Auth, Call, Route, Routes
from shared.accounts.oauth_flow import Arrival, Flow
from shared.accounts.return_to import with_outcome
from shared.core.errors import AppError
from shared.generation.control import wake_user


def sign_in_callback(call: Call) -> flask.Response:
    """Back from signing in."""
    return _callback(call, "sign_in")


def connect_callback(call: Call) -> flask.Response:
    """Back from connecting Drive."""
    return _callback(call, "connect")


def _callback(call: Call, flow: Flow) -> flask.Response:
    """Unknown parameters are tolerated: Google adds some."""
    app = call.app
    try:
        arrival = app.oauth_flow.arrive(flow, call.request.args.to_dict(), browser_of(app.config, call.request))
        response = _response(call, arrival)
    except AppError as error:
        app.logger.error("oauth.callback_failed", code=error.code, reason=str(error))
        return _to(with_outcome("/", drive="error", code=error.code))
    if arrival.reconnected:
        _wake(call, arrival.reconnected)
    return response


def _response(call: Call, arrival: Arrival) -> flask.Response:
    response = _to(arrival.url)
    if arrival.user_id:
        token, expires = call.app.sessions.start(arrival.user_id)
        session_cookie(call.app.config, token, expires)(response)
    if arrival.browser:
        browser_cookie(call.app.config, arrival.browser)(response)
    return response


def _wake(call: Call, user_id: str) -> None:
    """Jobs that wait for this Drive go on at once; if that fails the sweeper does it later."""
    try:
        woken = wake_user(call.app.engine, user_id)
        call.app.logger.info("jobs.woken", userId=user_id, count=woken)
    except AppError as error:
        call.app.logger.warning("jobs.wake_failed", userId=user_id, reason=str(error))


def _to(url: str) -> flask.Response:
    return flask.Response(status=302, headers={"Location": url})


ROUTES: Routes = (
    Route("GET", "/api/auth/callback/google", sign_in_callback, "Back from Google: signed in", auth=Auth.OPEN,
          query=None, status=302),
    Route("GET", "/api/user/google-drive/callback", connect_callback, "Back from Google: Drive connected",
          auth=Auth.OPEN, query=None, status=302),
)  # fmt: skip
