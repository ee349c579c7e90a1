"""A writer with a browser: what the demo and the end-to-end tests do goes through the public HTTP contract."""

from __future__ import annotations

import html
import re
import uuid
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

TIMEOUT = 60
_ACTION = re.compile(r"<form[^>]*method=post", re.IGNORECASE)
_BOXES = re.compile(r'type=checkbox name=scope value="([^"]+)"', re.IGNORECASE)


class ApiError(Exception):
    """An answer of the API that is no success: `status`, `code` and the whole `body`."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status} {body.get('error')}: {body.get('message')}")
        self.status = status
        self.code = body.get("error")
        self.body = body


class Writer:
    """One person's browser."""

    def __init__(self, base: str, email: str) -> None:
        self.base = base
        self.email = email
        self.http = requests.Session()
        self.http.trust_env = False

    def sign_in(self, *, tick_drive: bool = True, decision: str = "allow") -> str:
        """Through Google's redirects and its consent page; what `drive=` says at the end."""
        return self.travel(f"{self.base}/api/auth/login?returnTo=/", tick_drive=tick_drive, decision=decision)

    def connect_drive(self, *, tick_drive: bool = True, email: str | None = None) -> str:
        """Connect as a signed-in user; what `drive=` says at the end."""
        url = f"{self.base}/api/user/google-drive/connect?returnTo=/"
        return self.travel(url, tick_drive=tick_drive, email=email)

    def travel(self, url: str, *, tick_drive: bool = True, decision: str = "allow", email: str | None = None) -> str:
        """Follow redirects as a browser does, and post every consent page that comes."""
        answer = self.http.get(url, timeout=TIMEOUT)
        for _ in range(3):
            if not _ACTION.search(answer.text):
                break
            boxes = [html.unescape(value) for value in _BOXES.findall(answer.text)] if tick_drive else []
            form = {"email": email or self.email, "scope": boxes, "decision": decision}
            answer = self.http.post(urljoin(answer.url, answer.url), data=form, timeout=TIMEOUT)
        answer.raise_for_status()
        return parse_qs(urlsplit(answer.url).query).get("drive", ["?"])[0]

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One call of the API; its data. Raises `ApiError`."""
        answer = self.raw(method, path, body, **headers)
        parsed: dict[str, Any] = answer.json()
        if not parsed.get("success"):
            raise ApiError(answer.status_code, parsed)
        return parsed["data"]

    def raw(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """One call of the API, as it is answered."""
        sent = {"Origin": self.base, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if method == "POST":
            sent.setdefault("Idempotency-Key", uuid.uuid4().hex)
        return self.http.request(method, f"{self.base}{path}", json=body, headers=sent, timeout=TIMEOUT)

    def make_character(self, name: str, **fields: str) -> dict[str, Any]:
        """A project with one character."""
        project = self.call("POST", "/api/projects", {"name": f"The story of {name}"})
        character = {"projectId": project["id"], "name": name, **fields}
        return dict(self.call("POST", "/api/characters", character))

    def generate(self, character_id: str, **fields: Any) -> dict[str, Any]:
        """Ask for a picture."""
        return dict(self.call("POST", "/api/generate/character", {"characterId": character_id, **fields}))

    def job(self, job_id: str, wait: int = 0) -> dict[str, Any]:
        """A job, now or at its next change."""
        return dict(self.call("GET", f"/api/jobs/{job_id}?wait={wait}"))
