"""The whole backend on fakes, and people with browsers: what a test of a function needs."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import flask
from werkzeug.test import EnvironBuilder

from functions.api import assets, auth, drive, generate_character, jobs, oauth_callback, stories
from functions.boundary import serve_task
from functions.cron import recheck_assets
from functions.hooks import modelslab
from functions.routing import Routes
from functions.tasks import advance_job, check_assets, delete_account
from shared.core.queue import Task
from tests.fakes.app import ORIGIN, Response, call, make_app
from tests.fakes.clock import VirtualClock
from tests.fakes.drive import MemoryDrive
from tests.fakes.google_oauth import MemoryGoogleOAuth
from tests.fakes.provider import MemoryProvider
from tests.fakes.queue import MemoryQueue
from tests.fakes.tokens import MemoryIssuers, MemoryTaskTokens

TASKS = {
    "tasks_advance_job": advance_job.handle,
    "tasks_check_assets": check_assets.handle,
    "tasks_delete_account": delete_account.handle,
}


class Studio:
    """An app on fakes, with its witnesses."""

    def __init__(self, **settings: str) -> None:
        self.app = make_app(**settings)
        assert isinstance(self.app.clock, VirtualClock)
        assert isinstance(self.app.queue, MemoryQueue)
        self.clock, self.queue = self.app.clock, self.app.queue
        self.google = MemoryGoogleOAuth(self.clock)
        self.files = MemoryDrive()
        self.files.live_tokens = lambda access: self.google.accepts(access.token)
        self.provider = MemoryProvider(self.clock)
        self.issuers = MemoryIssuers()
        self.task_tokens = MemoryTaskTokens()
        self.app.oauth, self.app.drive, self.app.provider = self.google, self.files, self.provider
        self.app.drive_watch = self.files
        self.app.issuers, self.app.task_tokens = self.issuers, self.task_tokens

    def browser(self, email: str) -> Browser:
        """Somebody who has not signed in."""
        return Browser(self, email)

    def writer(self, email: str = "ana@gmail.com") -> Browser:
        """Somebody who has signed in with Drive."""
        browser = self.browser(email)
        assert browser.sign_in() == {"drive": "connected"}
        return browser

    def task(self, payload: Any, *, function: str = "tasks_advance_job", email: str | None = None) -> flask.Response:
        """What Cloud Tasks gets for a task; `payload` is JSON text or an object."""
        audience = self.app.config.url_of(function)
        token = self.task_tokens.issue(email or self.app.config.task_invoker, audience)
        given = {"data": payload} if isinstance(payload, bytes) else {"json": payload}
        builder = EnvironBuilder(path="/tasks", method="POST", **given)
        builder.headers["Authorization"] = f"Bearer {token}"
        request = flask.Request(builder.get_environ())
        return serve_task(TASKS[function], function, request, self.app)

    def run(self, *, webhooks: bool = True, limit: int = 200) -> None:
        """Run tasks, and let time pass, until none is left."""
        for _ in range(limit):
            if webhooks:
                self.post_webhooks()
            if not self.queue.run_next(self.clock, self.handle):
                return
        raise AssertionError("the queue never becomes idle")

    def run_until(self, browser: Browser, job_id: str, state: str, limit: int = 100) -> None:
        """Run tasks until a job is in a state."""
        for _ in range(limit):
            if browser.job(job_id)["state"] == state:
                return
            self.post_webhooks()
            self.queue.run_next(self.clock, self.handle)
        raise AssertionError(f"never {state}: {browser.job(job_id)}")

    def post_webhooks(self) -> None:
        """The provider's, of what it has ended."""
        for job in self.provider.jobs.values():
            if job.done_at <= self.clock.now() and job.webhook:
                path, job.webhook = urlsplit(job.webhook).path, ""
                assert call(self.app, modelslab.ROUTES, "POST", path, {"id": job.id}).status == 204

    def handle(self, task: Task) -> None:
        """One task, as Cloud Tasks delivers it."""
        assert self.task(dict(task.payload), function=task.function).status_code == 204

    def hours(self, count: int = 1) -> None:
        """Let time pass; every hour the look at all files begins."""
        for _ in range(count):
            self.clock.advance(3600)
            recheck_assets.handle(self.app, {})
            self.run()


class Browser:
    """One person: cookies, redirects, and what they own."""

    def __init__(self, studio: Studio, email: str) -> None:
        self.studio = studio
        self.email = email
        self.cookies: dict[str, str] = {}

    def sign_in(self, *, return_to: str = "/", drive: bool = True) -> dict[str, str]:
        """Through Google; the parameters of the page at the end."""
        left = self.call(auth.ROUTES, "GET", f"/api/auth/login?{urlencode({'returnTo': return_to})}")
        return parameters(self.come_back(left, "/api/auth/callback/google", drive=drive))

    def connect(self, *, drive: bool = True) -> dict[str, str]:
        """Drive, for somebody who is signed in; the parameters of the page at the end."""
        left = self.call(drive_routes(), "GET", "/api/user/google-drive/connect")
        return parameters(self.come_back(left, "/api/user/google-drive/callback", drive=drive))

    def come_back(self, left: Response, callback: str, *, drive: bool = True, email: str | None = None) -> Response:
        """From Google, once more when it asks for consent."""
        for _ in range(2):
            query = self.studio.google.visit(left.headers["Location"], email or self.email, drive=drive)
            left = self.call(oauth_callback.ROUTES, "GET", f"{callback}?{urlencode(query)}")
            if "code_challenge" not in left.headers["Location"]:
                break
        return left

    def call(self, routes: Routes, method: str, path: str, body: Any = None, **headers: str) -> Response:
        """One request, with cookies, from a page of this site."""
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), "Origin": ORIGIN}
        answer = call(self.studio.app, routes, method, path, body, **{**sent, **headers})
        for line in answer.headers.get_all("Set-Cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return answer

    @property
    def id(self) -> str:
        """The user's."""
        return str(self.call(auth.ROUTES, "GET", "/api/auth/session").data["user"]["id"])

    def make(self, collection: str, **fields: Any) -> dict[str, Any]:
        """Something of a story."""
        return dict(self.call(stories.ROUTES, "POST", f"/api/{collection}", fields).data)

    def character(self, name: str = "Sari", **fields: str) -> str:
        """A character in a project of its own."""
        project = self.make("projects", name="Story")
        return str(self.make("characters", projectId=project["id"], name=name, **fields)["id"])

    def generate(self, character_id: str, **fields: Any) -> Response:
        """Ask for a picture."""
        body = {"characterId": character_id, **fields}
        return self.call(generate_character.ROUTES, "POST", "/api/generate/character", body)

    def link(self, character_id: str, url: str, media_type: str = "image", **headers: str) -> Response:
        """Link a file to a character's gallery."""
        body = {"entityType": "character", "entityId": character_id, "driveUrl": url, "mediaType": media_type}
        return self.call(assets.ROUTES, "POST", "/api/assets/link", body, **headers)

    def picture(self, character_id: str | None = None, **fields: Any) -> dict[str, Any]:
        """A delivered job."""
        job = self.generate(character_id or self.character(), **fields).data
        self.studio.run()
        return self.job(job["id"])

    def job(self, job_id: str) -> dict[str, Any]:
        """A job."""
        return dict(self.call(jobs.ROUTES, "GET", f"/api/jobs/{job_id}").data)


def drive_routes() -> Routes:
    """The module's name is a parameter's too."""
    return drive.ROUTES


def parameters(answer: Response) -> dict[str, str]:
    """The query of the page that a redirect leads to."""
    assert answer.status == 302, answer.body
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}
