"""The backend's world with the real adapters of Drive and provider, on emulators that live in its virtual time."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from infra.local.clock import AdjustableClock
from infra.local.google.accounts import DRIVE_FILE
from infra.local.google.emulator import API_KEY, GoogleEmulator
from infra.local.modelslab.emulator import API_KEY as PROVIDER_KEY
from infra.local.modelslab.emulator import ModelsLabEmulator
from infra.local.serving import Serving
from shared.adapters.google_drive import GoogleDrive
from shared.adapters.modelslab import ModelsLab
from shared.core.config import Config
from shared.core.logs import Logger
from shared.core.secret import Secret
from shared.drive.model import Access
from shared.generation.model import Job
from shared.generation.signing import Signer
from tests.fakes.app import ENV
from tests.fakes.clock import VirtualClock
from tests.fakes.drive import Stored
from tests.simulation.world import MemoryConnections, World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

RENDER_SECONDS = 20.0


class FollowingClock(AdjustableClock):
    """An emulator's time that is the world's."""

    def __init__(self, world: VirtualClock) -> None:
        super().__init__()
        self._world = world

    def time(self) -> float:
        """See `AdjustableClock`."""
        return self._world.now().timestamp()


class Connections(MemoryConnections):
    """With access tokens of the emulator."""

    def __init__(self, world: EmulatedWorld) -> None:
        super().__init__(world)
        self._accounts = world.google.accounts

    def access(self, user_id: str) -> Access:
        """See `DriveAccess`."""
        sub = super().access(user_id).google_sub
        return Access(user_id, sub, Secret(self._accounts.new_access(sub, frozenset({DRIVE_FILE}))))


class EmulatedWorld(World):
    """See `World`. Webhooks and references go over HTTP, to `receiver`."""

    def __init__(self, state: Path) -> None:
        super().__init__()
        following = FollowingClock(self.clock)
        self.receiver = Serving(self._receive)
        self.posted: list[tuple[str, str | None]] = []
        self.google = GoogleEmulator(state / "google", [], following)
        self.modelslab = ModelsLabEmulator(
            state / "modelslab", following, render_seconds=RENDER_SECONDS, scale=0.05,
            admit_origins=frozenset({self.receiver.url}),
        )  # fmt: skip
        self._served = {"google": self.google.serve(), "modelslab": self.modelslab.serve()}
        urls = {name: serving.url for name, serving in self._served.items()}
        env = {**ENV, "MODELSLAB_URL": f"{urls['modelslab']}/api",
               "MODELSLAB_OUTPUT_HOSTS": urls["modelslab"].removeprefix("http://"),
               "DRIVE_API_URL": f"{urls['google']}/drive/v3",
               "DRIVE_UPLOAD_URL": f"{urls['google']}/upload/drive/v3"}  # fmt: skip
        config, logger = Config.from_env(env), Logger(self.log)
        provider = ModelsLab(config, Secret(PROVIDER_KEY), logger)
        drive, connections = GoogleDrive(config, lambda: Secret(API_KEY), logger), Connections(self)
        self.engine = dataclasses.replace(
            self.engine, signer=Signer(lambda: Secret("session secret"), self.receiver.url), provider=lambda: provider,
            drive=lambda: drive, connections=lambda: connections,
        )  # fmt: skip
        self.clock.moved = self._let_render

    def add_user(self, user_id: str, credits_: int = 100) -> str:
        """See `World`; with an account at Google."""
        account = self.google.accounts.ensure(f"{user_id}@gmail.com", sub=f"sub-{user_id}")
        self.google.accounts.grant(account["sub"], frozenset({DRIVE_FILE}))
        return super().add_user(user_id, credits_)

    def disturb(self, part: str, what: dict[str, Any]) -> None:
        """Disturb calls of an emulator, from outside."""
        answer = requests.post(f"{self._served[part].url}/__control/faults", json=what, timeout=10)
        assert answer.status_code == 201, answer.text

    def charges(self, job: Job) -> int:
        """See `World`: by the provider's ledger."""
        return sum(entry["track_id"] == f"job-{job.id}" for entry in self.modelslab.store.ledger())

    def files(self, job: Job) -> list[Stored]:
        """See `World`: by what is in everybody's Drive."""
        found = self.google.files
        rows = [row for row in found.all().values() if row["appProperties"].get("jobId") == job.id]
        return [Stored(row["sub"], row["name"], row["mimeType"], None, found.path(row).read_bytes())
                for row in rows if not found.is_trashed(row)]  # fmt: skip

    def expected(self, job: Job, provider_id: str) -> bytes:
        """See `World`: by the provider's files."""
        made = self.modelslab.store.job(int(provider_id))
        assert made
        found = self.modelslab.store.file(made.file, 0.0)
        assert found
        return found[0].read_bytes()

    def _next_webhook(self) -> datetime | None:
        """One that has come is served at once; else when the provider next ends something."""
        if self.posted:
            return self.clock.now()
        due = self.modelslab.next_end()
        return None if due is None else datetime.fromtimestamp(due, UTC)

    def post_webhooks(self, *, twice: bool = False) -> None:
        """Serve those that have come."""
        posted, self.posted = self.posted, []
        for address, provider_id in posted:
            for _ in range(2 if twice else 1):
                self.webhook(address, provider_id)

    def _let_render(self) -> None:
        """What is due by now at the provider is done, and told."""
        self.modelslab.settle()

    def _receive(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The provider posts a webhook, or asks for a reference."""
        path = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] == "POST":
            body = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            self.posted.append((f"{self.receiver.url}{path}", str(body["id"])))
            start_response("204 No Content", [])
            return []
        name = self.engine.signer.reference_name(path.rsplit("/", 1)[1], self.clock.now())
        data, kind, _ = self.staging.objects[name]
        start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(data)))])
        return [data]

    def close(self) -> None:
        """Stop the emulators."""
        self.modelslab.close()
        for serving in (self.receiver, *self._served.values()):
            serving.stop()
        self.google.close()
