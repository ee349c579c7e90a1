"""The studio's page and files: what the page is told, what it may load, what is kept."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from functions.api.studio import BUILD, PAGES, ROUTES
from shared.app import App
from tests.fakes.app import FRONTEND, Response, call, make_app


@pytest.fixture
def app() -> App:
    """An app on fakes."""
    return make_app()


def policy(answer: Response) -> dict[str, list[str]]:
    """The content security policy by directive."""
    rules = [rule.split() for rule in answer.headers["Content-Security-Policy"].split(";")]
    return {name: values for name, *values in rules}


def told(answer: Response) -> dict[str, object]:
    """The settings in the page."""
    found = re.search(r'<script id="settings"[^>]*>(.*?)</script>', answer.raw.get_data(as_text=True))
    assert found
    return dict(json.loads(found[1]))


@pytest.mark.parametrize("path", PAGES)
def test_every_screen_is_the_same_page_and_asked_for_anew(app: App, path: str) -> None:
    """Its script decides what to show; a new build is seen at once."""
    answer = call(app, ROUTES, "GET", path.replace("{id}", "p1"))
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-cache", "no-referrer")
    assert '<div id="root">' in answer.raw.get_data(as_text=True)


def test_an_address_that_is_no_screen_is_the_page_too_with_404(app: App) -> None:
    """For people; what is below /api stays JSON."""
    answer = call(app, ROUTES, "GET", "/nowhere")
    assert (answer.status, '<div id="root">' in answer.raw.get_data(as_text=True)) == (404, True)


def test_the_policy_lets_nothing_foreign_in_but_drives_pictures_and_the_picker(app: App) -> None:
    """Scripts by a nonce that is new each time; nobody may frame the page."""
    answer, again = call(app, ROUTES, "GET", "/"), call(app, ROUTES, "GET", "/")
    rules = policy(answer)
    nonces = [re.findall(r"'nonce-([\w-]+)'", one.headers["Content-Security-Policy"])[0] for one in (answer, again)]
    assert nonces[0] != nonces[1]
    page = answer.raw.get_data(as_text=True)
    assert all(f'nonce="{nonces[0]}"' in script for script in re.findall(r"<script[^>]*>", page))
    assert "__" not in page
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == ["'none'"]
    assert rules["script-src"] == ["'self'", f"'nonce-{nonces[0]}'", "https://apis.google.com"]
    assert rules["connect-src"] == ["'self'", "https://apis.google.com"]
    assert {url for url in rules["img-src"] if url.startswith("http")} == {
        "https://drive.google.com", "https://lh3.googleusercontent.com"}  # fmt: skip
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "https:"} & {
        value for values in rules.values() for value in values
    }


def test_the_page_is_told_where_things_are_and_no_secret(app: App) -> None:
    """On our own origin there is nothing to be told of hosts."""
    answer = call(app, ROUTES, "GET", "/")
    assert told(answer) == {
        "publicUrl": "https://studio.example", "hosts": {}, "hasSession": False, "emailSignInUrl": None,
        "pickerUrl": "https://apis.google.com/js/api.js",
    }  # fmt: skip
    assert "canary" not in answer.raw.get_data(as_text=True)
    assert told(call(app, ROUTES, "GET", "/", Cookie="__Host-session=x"))["hasSession"] is True


def test_functions_with_hosts_of_their_own_are_named_and_allowed() -> None:
    """Each path of the contract by the function that answers it."""
    app = make_app(STUDIO_API_URL="https://{service}-1.run.app", FRONTEND_ORIGINS=FRONTEND)
    answer = call(app, ROUTES, "GET", "/")
    hosts = told(answer)["hosts"]
    assert isinstance(hosts, dict)
    assert (hosts["/api/media"], hosts["/api/media/{id}/content"]) == (
        "https://api-media-1.run.app", "https://api-media-content-1.run.app")  # fmt: skip
    for name in ("connect-src", "img-src", "media-src"):
        assert set(hosts.values()) <= set(policy(answer)[name])


def test_a_file_of_the_build_is_kept_for_ever_and_sent_small(app: App) -> None:
    """Its name has its hash in it."""
    script = next((BUILD / "studio").glob("index-*.js"))
    answer = call(app, ROUTES, "GET", f"/studio/{script.name}", Accept_Encoding="gzip")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "javascript" in answer.headers["Content-Type"]
    assert (answer.headers["Content-Encoding"], answer.headers["X-Content-Type-Options"]) == ("gzip", "nosniff")
    assert gzip.decompress(answer.raw.get_data()) == script.read_bytes()
    plain = call(app, ROUTES, "GET", f"/studio/{script.name}")
    assert (plain.headers.get("Content-Encoding"), plain.raw.get_data()) == (None, script.read_bytes())


@pytest.mark.parametrize("name", ["none-1.js", "..%2Findex.html", "..", ".env", "a", "index.html"])
def test_what_is_no_file_of_the_build_is_not_there(app: App, name: str) -> None:
    """Nor is anything outside of it."""
    assert call(app, ROUTES, "GET", f"/studio/{name}").error == "NOT_FOUND"
