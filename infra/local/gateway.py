"""Every function of the manifest on one origin, each wrapped as functions-framework wraps it when it is deployed.

`main.py` is loaded once: the framework's own `create_app` would execute it again for each function. In front of the
private functions stands what Cloud Run's IAM does: the OIDC token is verified, and its signature removed.
"""

from __future__ import annotations

import argparse
import json
import os
import threading
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import flask
import functions_framework
from functions_framework import _function_registry as registry
from functions_framework import execution_id
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request as GoogleRequest
from google.oauth2 import id_token

from infra.local.control import run_until_signalled
from infra.local.manifest import Function, function_of, read_functions
from infra.local.permissions import Accounts, serving
from infra.local.serving import Serving

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REMOVED = "SIGNATURE_REMOVED_BY_GOOGLE"
ROOT = Path(__file__).parents[2]
Verify = Callable[[str], dict[str, Any]]


class Gateway:
    """A WSGI application. `verify` gives the claims of a token for a private function, or raises ValueError."""

    def __init__(
        self,
        source: Path,
        functions: Iterable[Function],
        verify: Verify,
        invoker: str,
        accounts: Accounts | None = None,
    ) -> None:
        self._functions = list(functions)
        self._accounts = accounts
        self._apps = _wrapped(source, [function.name for function in self._functions])
        self._slots = {function.name: threading.BoundedSemaphore(function.concurrency) for function in self._functions}
        self._verify = verify
        self._invoker = invoker

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request by the function whose route it is."""
        path = environ.get("PATH_INFO", "/")
        if path == "/healthz":  # as Google's frontend, which answers it itself
            return _refuse(start_response, "404 Not Found", "NOT_FOUND", "The requested URL was not found.")
        if path == "/_local":
            return _page(start_response)
        if path == "/_local/permissions":
            return _json(start_response, self._accounts.used.told() if self._accounts else [])
        function = function_of(self._named(environ), path)
        if function is None:
            return _refuse(start_response, "404 Not Found", "NOT_FOUND", f"There is no {path[:100]} here.")
        if function.is_private:
            problem = self._admit(environ)
            if problem:
                return _refuse(start_response, problem, "FORBIDDEN", "IAM does not let you in.")
        with self._slots[function.name]:
            token = serving.set(function.name)
            try:
                return self._apps[function.name](environ, start_response)
            finally:
                serving.reset(token)

    def _named(self, environ: WSGIEnvironment) -> list[Function]:
        """Those that answer at the host that was called: below localhost each function has a host of its own."""
        label, below, _ = environ.get("HTTP_HOST", "").partition(".localhost")
        if not below:
            return self._functions
        return [function for function in self._functions if function.name == label.replace("-", "_")]

    def _admit(self, environ: WSGIEnvironment) -> str | None:
        """As IAM: a status when the caller may not, else the token without its signature."""
        scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme != "Bearer" or not token:
            return "401 Unauthorized"
        try:
            claims = self._verify(token)
        except (ValueError, GoogleAuthError):
            return "401 Unauthorized"
        if claims.get("email") != self._invoker or not claims.get("email_verified"):
            return "403 Forbidden"
        environ["HTTP_AUTHORIZATION"] = f"Bearer {token.rpartition('.')[0]}.{REMOVED}"
        return None


def _wrapped(source: Path, names: list[str]) -> dict[str, WSGIApplication]:
    """Each function as an application of its own (private names of the framework: the version is locked)."""
    framework: Any = functions_framework  # neither is typed
    untyped: Any = registry
    module, spec = untyped.load_function_module(str(source))
    spec.loader.exec_module(module)
    apps: dict[str, WSGIApplication] = {}
    for name in names:
        function = untyped.get_user_function(str(source), module, name)
        app = flask.Flask(name)
        app.register_error_handler(500, functions_framework.crash_handler)
        framework._configure_app(app, function, untyped.REGISTRY_MAP.get(name, "http"))  # noqa: SLF001
        middleware: Any = execution_id.WsgiMiddleware
        apps[name] = middleware(app.wsgi_app)
    return apps


def iam(certs_url: str, audience: str) -> Verify:
    """Verification with Google's own library, against the keys of the emulator of Cloud Tasks."""
    request = GoogleRequest()

    def verify(token: str) -> dict[str, Any]:
        claims = id_token.verify_token(token, request, audience=audience, certs_url=certs_url)
        return dict(claims)

    return verify


def _refuse(start_response: StartResponse, status: str, code: str, message: str) -> Iterable[bytes]:
    request_id = uuid.uuid4().hex
    body = {"success": False, "error": code, "message": message, "retryable": False, "requestId": request_id}
    data = json.dumps(body).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(data))), ("X-Request-Id", request_id)]
    start_response(status, headers)
    return [data]


def _json(start_response: StartResponse, value: Any) -> Iterable[bytes]:
    data = json.dumps(value).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(data)))])
    return [data]


def _page(start_response: StartResponse) -> Iterable[bytes]:
    """Where the parts of the local cloud are."""
    links = {"The studio": "/", "Who am I": "/api/auth/session", "Models": "/api/models"}
    links.update(json.loads(os.environ.get("LOCAL_LINKS", "{}")))
    items = "".join(f'<li><a href="{url}">{name}</a></li>' for name, url in links.items())
    style = "body{font:16px/1.6 system-ui;max-width:40rem;margin:3rem auto}"
    data = (
        f"<!doctype html><meta charset=utf-8><title>Ecosystem IP AI, local</title><style>{style}</style>"
        f"<h1>Ecosystem IP AI on this machine</h1><ul>{items}</ul>"
    ).encode()
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(data)))])
    return [data]


def main() -> None:
    """Serve the functions of this checkout, with the settings of the environment, until SIGTERM."""
    parser = argparse.ArgumentParser("infra.local.gateway", description="Every function on one origin.")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--source", type=Path, default=ROOT / "main.py")
    parser.add_argument("--shared", action="store_true", help="other processes serve on this port too")
    options = parser.parse_args()
    verify = iam(os.environ["TASK_CERTS_URL"], os.environ["FUNCTION_URL"])
    functions = read_functions()
    accounts = Accounts(functions)
    accounts.install()
    gateway = Gateway(options.source, functions, verify, os.environ["TASK_INVOKER"], accounts)
    serving = Serving(gateway, options.port, shared=options.shared)
    run_until_signalled(serving.url, serving.stop)


if __name__ == "__main__":
    main()
