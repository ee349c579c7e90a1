"""What a function answers: its routes, as data.

The boundary serves them, and the OpenAPI document is generated from them; so a route that is not declared is neither
answered nor documented.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import flask
import msgspec

from shared.core.errors import AppError, MethodNotAllowed, NotFound

if TYPE_CHECKING:
    from shared.accounts.model import Caller
    from shared.app import App


class Auth(enum.Enum):
    """Who may call a route."""

    SESSION = "session"  #: a signed-in user, by cookie or Bearer
    OPEN = "open"  #: anyone
    SIGNED_LINK = "signed_link"  #: a session, or a signed short-lived `?t=` that the handler checks


class Empty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing: a body or a query without fields."""


@dataclass(frozen=True)
class Call:
    """One parsed request, as a handler gets it."""

    app: App
    request: flask.Request
    request_id: str
    caller: Caller | None
    path: Mapping[str, str] = field(default_factory=dict)
    query: Any = None
    body: Any = None

    @property
    def user_id(self) -> str:
        """The signed-in user's id. Only for routes that need a session."""
        assert self.caller is not None, "a route with a session has a caller"
        return self.caller.user_id


@dataclass(frozen=True)
class Answer:
    """A successful answer: `data` goes into the envelope."""

    data: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    next_page_token: str | None = None
    cookies: Sequence[Callable[[flask.Response], None]] = ()


Handle = Callable[[Call], Answer | flask.Response]


@dataclass(frozen=True)
class Route:
    """One method on one path. `{name}` in the path is an id."""

    method: str
    path: str
    handle: Handle
    summary: str
    auth: Auth = Auth.SESSION
    query: type[msgspec.Struct] | None = Empty  #: None: whatever comes is tolerated
    body: type[msgspec.Struct] | None = None
    answer: Any = None
    status: int = 200
    also: Mapping[int, Any] = field(default_factory=dict)  #: other successful statuses, and what they answer
    content_type: str = "application/json"
    paged: bool = False
    idempotent: bool = False  #: takes an Idempotency-Key
    waits: bool = False  #: takes `Prefer: wait=N`
    page: bool = False  #: for people: no part of the contract
    reads_body: bool = False  #: the handler reads the body itself
    errors: tuple[type[AppError], ...] = ()

    def match(self, path: str) -> dict[str, str] | None:
        """The path's parameters, or None when it is another path."""
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found else None


Routes = tuple[Route, ...]


def find(routes: Routes, method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route of a request and its path parameters. Raises `NotFound` or `MethodNotAllowed`."""
    allowed = []
    for route in routes:
        parameters = route.match(path)
        if parameters is None:
            continue
        if route.method == method or (method == "HEAD" and route.method == "GET"):
            return route, parameters
        allowed.append(route.method)
    if allowed:
        raise MethodNotAllowed(f"{method} {path}", allow=sorted(set(allowed)))
    raise NotFound(f"no route {path}")
