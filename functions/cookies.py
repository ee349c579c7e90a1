"""Cookies: HttpOnly, SameSite=Lax; Secure everywhere but on http://localhost, where browsers would not send them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import flask

from shared.core.config import Config
from shared.core.secret import Secret

SetCookie = Callable[[flask.Response], None]
BROWSER_SECONDS = 600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}")


def session_cookie(config: Config, token: Secret, expires: datetime) -> SetCookie:
    """The session."""
    return _set(config, config.session_cookie, token, expires=expires)


def no_session_cookie(config: Config) -> SetCookie:
    """Signed out."""
    return _set(config, config.session_cookie, Secret(""), max_age=0)


def browser_cookie(config: Config, token: Secret) -> SetCookie:
    """What binds an OAuth state to this browser, for as long as a state lives."""
    return _set(config, browser_cookie_name(config), token, max_age=BROWSER_SECONDS)


def browser_of(config: Config, request: flask.Request) -> Secret | None:
    """The browser that a request comes from, as far as it is known; so that two tabs may be on their way at once."""
    value = request.cookies.get(browser_cookie_name(config), "")
    return Secret(value) if _TOKEN.fullmatch(value) else None


def browser_cookie_name(config: Config) -> str:
    """The prefix `__Host-` needs Secure."""
    return "oauth" if config.is_local else "__Host-oauth"


def _set(
    config: Config, name: str, token: Secret, *, expires: datetime | None = None, max_age: int | None = None
) -> SetCookie:
    def set_cookie(response: flask.Response) -> None:
        response.set_cookie(
            name,
            token.reveal(),
            expires=expires,
            max_age=max_age,
            path="/",
            secure=not config.is_local,
            httponly=True,
            samesite="Lax",
        )

    return set_cookie
