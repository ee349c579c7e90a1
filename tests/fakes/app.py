"""An app on fakes, and requests to it as a browser would make them."""

from __future__ import annotations

import io
import json
from typing import Any

import flask

from functions.boundary import serve_api
from functions.routing import Routes
from shared.accounts.model import User, user_key
from shared.adapters.pillow_pictures import PillowPictures
from shared.app import App
from shared.core.config import Config
from shared.core.documents import Create
from shared.core.logs import Logger
from shared.credits.model import entry_key, grant
from tests.fakes.clock import CountingIds, VirtualClock
from tests.fakes.documents import MemoryDocuments
from tests.fakes.key_wrapper import MemoryKeyWrapper
from tests.fakes.queue import MemoryQueue
from tests.fakes.staging import MemoryStaging

ORIGIN = "https://studio.example"
FRONTEND = "https://app.example"
ENV = {
    "PROJECT_ID": "p",
    "REGION": "europe-west1",
    "PUBLIC_BASE_URL": ORIGIN,
    "FUNCTION_URL": "https://{service}-1.europe-west1.run.app",
    "GOOGLE_CLIENT_ID": "client",
    "KMS_KEY": "projects/p/locations/l/keyRings/r/cryptoKeys/k",
    "STAGING_BUCKET": "staging",
    "TASK_INVOKER": "invoker@p.iam.gserviceaccount.com",
    "FRONTEND_ORIGINS": FRONTEND,
    "REQUESTS_PER_MINUTE": "100000",
}
SECRETS = {
    "SESSION_SECRET": "canary-session",
    "GOOGLE_CLIENT_SECRET": "canary-google",
    "MODELSLAB_API_KEY": "canary-key",
    "GOOGLE_API_KEY": "canary-google-key",
    "GOOGLE_PICKER_KEY": "browser-key",
}
_flask = flask.Flask("tests")


def make_app(**settings: str) -> App:
    """An app whose ports are in memory. Settings by the names of their variables."""
    config = Config.from_env({**ENV, **settings})
    app = App(config, clock=VirtualClock(), ids=CountingIds(), logger=Logger(io.StringIO()), env=SECRETS)
    app.documents = MemoryDocuments()
    app.queue = MemoryQueue(app.clock)
    app.staging = MemoryStaging(app.clock)
    app.key_wrapper = MemoryKeyWrapper()
    app.pictures = PillowPictures()
    return app


def stored(app: App) -> dict[Any, dict[str, Any]]:
    """Everything that the app has stored."""
    assert isinstance(app.documents, MemoryDocuments)
    return app.documents.dump()


class Person:
    """A signed-in user with a Bearer token, or by cookie."""

    def __init__(self, app: App, user_id: str, credits_: int = 100) -> None:
        self.app = app
        self.id = user_id
        now = app.clock.now()
        user = User(id=user_id, tenant_id="default", account_id=f"a-{user_id}", created_at=now)
        user, entry = grant(user, f"signup-{user_id}", credits_, "sign-up", now)
        app.documents.commit((Create(user_key(user_id), user), Create(entry_key(entry.id), entry)), app.ids.new())
        self.token = app.sessions.start(user_id)[0].reveal()

    def call(
        self, routes: Routes, method: str, path: str, body: Any = None, *, cookie: bool = False, **headers: str
    ) -> Response:
        """One request."""
        if cookie:
            headers["Cookie"] = f"__Host-session={self.token}"
        else:
            headers["Authorization"] = f"Bearer {self.token}"
        return call(self.app, routes, method, path, body, **headers)


class Response:
    """An answer, parsed."""

    def __init__(self, response: flask.Response) -> None:
        self.raw = response
        self.status = response.status_code
        self.headers = response.headers
        is_json = response.content_type == "application/json"
        self.body: Any = json.loads(response.get_data()) if is_json else None

    @property
    def data(self) -> Any:
        """What the envelope holds; the call must have succeeded."""
        assert self.body["success"], self.body
        return self.body["data"]

    @property
    def error(self) -> str | None:
        """The error's code."""
        return None if self.body is None or self.body["success"] else str(self.body["error"])


def call(app: App, routes: Routes, method: str, path: str, body: Any = None, **headers: str) -> Response:
    """One request, as it comes: bytes are sent as they are, anything else as JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    if data is not None:
        named.setdefault("Content-Type", "application/json")
    with _flask.test_request_context(path, method=method, data=data, headers=named):
        return Response(serve_api(routes, flask.request, app))
