"""The studio: one page with its settings in it, and the files of its build, which never change under their names."""

from __future__ import annotations

import gzip
import mimetypes
import re
import secrets
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import flask
import msgspec

from functions.api.meta import DOCUMENT
from functions.routing import Auth, Call, Route, Routes
from shared.core.config import Config
from shared.core.errors import NotFound, Unavailable

BUILD = Path(__file__).parents[2] / "web" / "dist"
PAGES = ("/", "/projects/{id}", "/characters/{id}", "/moodboards/{id}", "/library", "/credits", "/account")
FILE_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")
FOREVER = "public, max-age=31536000, immutable"
PICTURES = ("https://drive.google.com", "https://lh3.googleusercontent.com")  #: Drive's thumbnails, and Google's faces
PICKER_FRAMES = ("https://docs.google.com", "https://content.googleapis.com", "https://accounts.google.com")


def page(call: Call) -> flask.Response:
    """The page; which screen it shows, its script decides by the address. Raises `Unavailable` without a build."""
    nonce = secrets.token_urlsafe(16)
    settings = msgspec.json.encode(browser_settings(call.app.config, call.request)).decode().replace("<", "\\u003c")
    text = _built("index.html").decode().replace("__NONCE__", nonce).replace("__SETTINGS__", settings)
    headers = {
        "Content-Security-Policy": content_security_policy(call.app.config, nonce),
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    }
    return _sent(call, text.encode(), "text/html; charset=utf-8", headers)


def lost(call: Call) -> flask.Response:
    """The page, which says that there is no such screen: somebody has mistyped an address."""
    response = page(call)
    response.status_code = 404
    return response


def file(call: Call) -> flask.Response:
    """A file of the build, its hash in its name. Raises `NotFound`."""
    name = call.path["file"]
    if not FILE_NAME.fullmatch(name) or not (BUILD / "studio" / name).is_file():
        raise NotFound("no such file of the studio")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return _sent(call, _built(f"studio/{name}"), kind, {"Cache-Control": FOREVER})


def browser_settings(config: Config, request: flask.Request) -> dict[str, Any]:
    """What the page needs to know; nothing of it is secret. `hosts`: where each path is answered, if elsewhere."""
    return {
        "publicUrl": config.public_base_url,
        "hosts": _hosts(config.studio_api_url),
        "hasSession": config.session_cookie in request.cookies,
        "emailSignInUrl": config.email_sign_in_url or None,
        "pickerUrl": config.picker_url,
    }


def content_security_policy(config: Config, nonce: str) -> str:
    """Everything from here, but pictures of Drive, Google Picker, and the functions where they have other hosts."""
    functions = sorted(set(_hosts(config.studio_api_url).values()))
    picker = _origin(config.picker_url)
    rules = {
        "default-src": ["'none'"],
        "script-src": ["'self'", f"'nonce-{nonce}'", picker],
        "style-src": ["'self'", f"'nonce-{nonce}'"],
        "img-src": ["'self'", "data:", "blob:", *PICTURES, _origin(config.drive_web_url), *functions],
        "media-src": ["'self'", *functions],
        "connect-src": ["'self'", *functions, picker],
        "frame-src": [*PICKER_FRAMES],
        "font-src": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(dict.fromkeys(values))}" for name, values in rules.items())


def _sent(call: Call, data: bytes, kind: str, headers: dict[str, str]) -> flask.Response:
    """Compressed where that is worth it: Cloud Run does not."""
    response = flask.Response(data, headers=headers, content_type=kind)
    response.vary.add("Accept-Encoding")
    if call.request.accept_encodings.quality("gzip") and kind.startswith(("text/", "application/")):
        response.set_data(gzip.compress(data, 6, mtime=0))
        response.content_encoding = "gzip"
    return response


def _built(name: str) -> bytes:
    path = BUILD / name
    if not path.is_file():
        raise Unavailable("the studio is not built: make studio")
    return path.read_bytes()


@cache
def _hosts(template: str) -> dict[str, str]:
    """By path as the contract writes it: the origin of the function that answers it."""
    if not template:
        return {}
    paths = msgspec.json.decode(DOCUMENT.read_bytes())["paths"]
    services = {path: next(iter(methods.values()))["tags"][0].replace("_", "-") for path, methods in paths.items()}
    return {path: template.format(service=service) for path, service in services.items() if path.startswith("/api/")}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


ROUTES: Routes = (
    *(Route("GET", path, page, "A page of the studio", auth=Auth.OPEN, query=None, page=True) for path in PAGES),
    Route("GET", "/{page}", lost, "No page of the studio", auth=Auth.OPEN, query=None, page=True),
    Route("GET", "/studio/{file}", file, "A file of the studio", auth=Auth.OPEN, query=None, page=True),
)
