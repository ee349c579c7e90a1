"""The one place where requests become calls and errors become HTTP.

`serve_api` answers browsers: every failure is a JSON body with a stable code. `serve_hook` answers outside systems.
`serve_task` and `serve_cron` answer Cloud Tasks and Cloud Scheduler: 2xx means done, 5xx means run me again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import flask

from functions.parsing import convert, parse_body, parse_json, parse_query, read_body
from functions.rendering import finish, preflight, render, render_error
from functions.routing import Answer, Auth, Call, Empty, Route, Routes, find
from shared.app import App
from shared.core.errors import (
    AppError,
    Forbidden,
    InvalidRequest,
    NotFound,
    PermanentError,
    RetryableError,
    Unauthenticated,
)
from shared.core.ids import is_id
from shared.core.logs import bind
from shared.core.secret import Secret
from shared.core.traces import fields_of

if TYPE_CHECKING:
    from shared.accounts.model import Caller

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
TaskHandle = Callable[[App, Mapping[str, Any]], None]
Respond = Callable[[str], flask.Response]


def serve_api(routes: Routes, request: flask.Request, app: App | None = None) -> flask.Response:
    """Answer a browser by one of a function's routes."""
    app = app or App.from_env()
    if request.method == "OPTIONS":
        return finish(preflight(), request, _request_id(request, app), app.config)
    return _serve(request, app, lambda request_id: _answer(routes, request, app, request_id))


def serve_hook(routes: Routes, request: flask.Request, app: App | None = None) -> flask.Response:
    """Answer an outside system; the token in the path is its proof, and the handler checks it."""
    return serve_api(routes, request, app)


def serve_task(handle: TaskHandle, function: str, request: flask.Request, app: App | None = None) -> flask.Response:
    """Answer Cloud Tasks.

    A refusal that a repeat cannot mend is logged and answered 2xx, or the task would come again for ever; what may pass
    is answered 503 whatever its own status, as a 429 would slow the whole queue for one user's sake.
    """
    app = app or App.from_env()

    def respond(_: str) -> flask.Response:
        _require_invoker(function, request, app)
        with bind(task=request.headers.get("X-CloudTasks-TaskName")):
            try:
                payload = _payload(request)
                with bind(jobId=payload.get("jobId")):
                    handle(app, payload)
            except PermanentError as error:
                app.logger.error("task.dropped", code=error.code, reason=str(error))
            except RetryableError as error:
                app.logger.warning("task.repeated", code=error.code, reason=str(error))
                return flask.Response(status=503)
        return flask.Response(status=204)

    return _serve(request, app, respond)


def serve_admin(
    handle: Callable[[App, Mapping[str, Any]], Answer], function: str, request: flask.Request, app: App | None = None
) -> flask.Response:
    """Answer an operator: IAM is the gate, the OIDC token is checked, errors are the catalogue's."""
    app = app or App.from_env()

    def respond(_: str) -> flask.Response:
        _require_invoker(function, request, app)
        return render(handle(app, _payload(request)))

    return _serve(request, app, respond)


def _payload(request: flask.Request) -> dict[str, Any]:
    """The body of a private call; none is an empty object. Raises `InvalidRequest` or `PayloadTooLarge`."""
    data = read_body(request)
    payload = parse_json(data) if data else {}
    if not isinstance(payload, dict):
        raise InvalidRequest("not an object", message="The body must be an object.")
    return payload


def serve_cron(handle: TaskHandle, function: str, request: flask.Request, app: App | None = None) -> flask.Response:
    """Answer Cloud Scheduler."""
    return serve_task(handle, function, request, app)


def _serve(request: flask.Request, app: App, respond: Respond) -> flask.Response:
    request_id = _request_id(request, app)
    with bind(
        requestId=request_id, method=request.method, path=_loggable(request.path), **_trace(request, app, request_id)
    ):
        try:
            response = respond(request_id)
            app.logger.info("request.served", status=response.status_code)
        except AppError as error:
            log = app.logger.error if error.http_status >= 500 else app.logger.warning
            log("request.refused", code=error.code, status=error.http_status, reason=str(error))
            response = render_error(error, request_id)
        except Exception:  # noqa: BLE001 the edge: whatever else happened is a 500 that says nothing
            app.logger.error("request.failed")
            response = render_error(AppError(), request_id)
    return finish(response, request, request_id, app.config)


def _answer(routes: Routes, request: flask.Request, app: App, request_id: str) -> flask.Response:
    route, path = find(routes, request.method, request.path)
    app.limits.take(f"address:{_address(request, app)}")
    _refuse_foreign_origin(request, app)
    caller = _caller(route, request, app)
    if caller:
        app.limits.take(f"user:{caller.user_id}")
    query = parse_query(request, route.query) if route.query else None
    body = _body(route, request)
    if any(not is_id(value) for value in path.values() if route.auth is Auth.SESSION):
        raise NotFound("not an id")
    with bind(userId=caller.user_id if caller else None):
        return render(route.handle(Call(app, request, request_id, caller, path, query, body)))


def _body(route: Route, request: flask.Request) -> Any:
    """The parsed body. A route without one takes none, or `{}`."""
    if route.body:
        return parse_body(request, route.body)
    data = b"" if route.reads_body or request.method in SAFE_METHODS else read_body(request)
    return convert(parse_json(data), Empty, strict=True) if data else None


def _caller(route: Route, request: flask.Request, app: App) -> Caller | None:
    """Who calls: by Bearer, else by cookie. A cookie that changes something must come from an allowed origin."""
    if route.auth is Auth.OPEN:
        return None
    token, by_cookie = session_token(request, app)
    if token is None:
        if route.auth is Auth.SIGNED_LINK and request.args.get("t"):
            return None
        raise Unauthenticated("no session")
    if by_cookie and request.method not in SAFE_METHODS and "Origin" not in request.headers:
        raise Forbidden("a cookie without an origin")
    return app.sessions.identify(token)


def session_token(request: flask.Request, app: App) -> tuple[Secret | None, bool]:
    """The session's token, and whether it came as a cookie."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value:
        return Secret(value.strip()), False
    cookie = request.cookies.get(app.config.session_cookie)
    return (Secret(cookie), True) if cookie else (None, False)


def _refuse_foreign_origin(request: flask.Request, app: App) -> None:
    origin = request.headers.get("Origin")
    allowed = (app.config.public_base_url, *app.config.frontend_origins)
    if request.method not in SAFE_METHODS and origin is not None and origin not in allowed:
        raise Forbidden(f"foreign origin {origin[:100]}")


def _require_invoker(function: str, request: flask.Request, app: App) -> None:
    """Only the service account of Tasks and Scheduler may call, with a token for this function."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("no OIDC token")
    email = app.task_tokens.verify(Secret(token), audience=app.config.url_of(function))
    if email != app.config.task_invoker:
        raise Forbidden(f"{email[:100]} is not the invoker")


def _request_id(request: flask.Request, app: App) -> str:
    given = request.headers.get("X-Request-Id", "")
    return given if _REQUEST_ID.fullmatch(given) else app.ids.new()


def _trace(request: flask.Request, app: App, request_id: str) -> dict[str, str]:
    return fields_of(request.headers.get("traceparent", ""), app.config.project_id, request_id)


def _address(request: flask.Request, app: App) -> str:
    """The caller's address: the one that our own outermost proxy appended, never one that the caller wrote."""
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    hops = app.config.trusted_proxies
    return (
        forwarded[-hops].strip()
        if 0 < hops <= len(forwarded) and forwarded[-hops].strip()
        else str(request.remote_addr)
    )


def _loggable(path: str) -> str:
    """Paths that carry a token are logged without it."""
    return re.sub(r"^(/hooks/modelslab/[^/]+|/api/references)/.*", r"\1/…", path)[:200]
