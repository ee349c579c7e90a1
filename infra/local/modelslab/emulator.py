"""The emulator as one object, for tests and for the command."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, g, jsonify, request
from flask.typing import ResponseReturnValue

from infra.local.clock import AdjustableClock
from infra.local.control import control
from infra.local.interference import Disturbances, Interfering
from infra.local.journal import Journal, fingerprint
from infra.local.modelslab.api import Account, refused
from infra.local.modelslab.assets import Assets
from infra.local.modelslab.fetches import Fetches
from infra.local.modelslab.files import Files
from infra.local.modelslab.orders import Admission
from infra.local.modelslab.refusals import Refusal
from infra.local.modelslab.rendering import Renderer
from infra.local.modelslab.store import Job, Store
from infra.local.modelslab.submits import Submits, Works
from infra.local.modelslab.switches import SwitchFaults
from infra.local.modelslab.wallet import Wallet
from infra.local.modelslab.webhooks import TIMEOUT, Webhooks
from infra.local.serving import Serving

API_KEY = "made-up-modelslab-key"


class ModelsLabEmulator:
    """ModelsLab with its state under `state`; its API is below `/api`. It renders until `close` is called.

    `render_seconds`: for each picture, one at a time. `scale`: of the pictures' sides. `balance`: dollars at first.
    `admit_origins`: of this machine, where webhooks and references may be although they have no https.
    `webhook_seconds`: how long a receiver may take.
    """

    def __init__(
        self,
        state: Path,
        clock: AdjustableClock | None = None,
        *,
        api_key: str = API_KEY,
        render_seconds: float = 4,
        scale: float = 1,
        queue_limit: int = 5,
        balance: float = 100,
        admit_origins: frozenset[str] = frozenset(),
        webhook_seconds: float = TIMEOUT,
    ) -> None:
        state.mkdir(parents=True, exist_ok=True)
        self.clock = clock or AdjustableClock()
        self.journal = Journal()
        self.disturbances = Disturbances()
        self.faults = SwitchFaults()
        self.store = Store(state)
        self._webhooks = Webhooks(self.journal, webhook_seconds)
        account = Account(api_key, queue_limit, round(balance * 1000))
        self._renderer = Renderer(self.store, self.clock, render_seconds, scale, self._ended)
        self._wallet = Wallet(self.store, account, self.clock)
        self._assets = Assets(self.store, account, self.clock)
        admission = Admission(admit_origins)
        self._closing = threading.Event()
        works = Works(self.store, self.clock, self._renderer, self._webhooks, self._closing)
        self._submits = Submits(account, admission, self.faults, works)
        self._fetches = Fetches(self.store, account, self._renderer)
        self.app = self._application()
        self._renderer.start()

    def serve(self, port: int = 0) -> Serving:
        """Answer on the loopback address (port 0: any)."""
        return Serving(Interfering(self.app, self.disturbances, self.advance), port)

    def advance(self, seconds: float) -> None:
        """Move the emulator's time forward; what becomes due is done. Raises ValueError for a negative amount."""
        self.clock.advance(seconds)
        self._renderer.wake()

    def next_end(self) -> float | None:
        """When the next job ends, in the emulator's time. None: nothing is being rendered."""
        return self._renderer.next_end()

    def settle(self) -> None:
        """Return when everything that is due by now has ended, and its webhooks were answered or lost."""
        for job_id in self._renderer.settle():
            self._webhooks.wait(job_id, self._webhooks.timeout)

    def reset(self) -> None:
        """Forget jobs, charges, results, faults and the journal."""
        self.store.clear()
        self.faults.clear()
        self.journal.clear()

    def close(self) -> None:
        """Stop rendering and close the database. What waits in the queue is rendered after the next start."""
        self._closing.set()
        self._renderer.stop()
        self.store.close()

    def _application(self) -> Flask:
        app = Flask(__name__)
        app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's default provider has it
        service = Blueprint("service", __name__, url_prefix="/api")
        self._submits.add_to(service)
        self._fetches.add_to(service)
        self._wallet.add_to(service)
        self._assets.add_to(service)
        service.register_error_handler(Refusal, refused)
        service.after_request(self._record)
        app.register_blueprint(service)
        public = Blueprint("public", __name__)
        Files(self.store, self.clock).add_to(public)
        public.after_request(self._record)
        app.register_blueprint(public)
        routes = control(self.journal, self.faults, self.advance, self.reset)
        routes.add_url_rule("/_emulator/ledger", view_func=self._ledger)
        app.register_blueprint(routes)
        return app

    def _ended(self, job: Job) -> None:
        self.journal.add("job", id=job.id, status=job.status, track_id=job.terms.track_id)
        self._webhooks.ended(job)

    def _record(self, response: Response) -> Response:
        body: Any = request.get_json(silent=True)
        key = str(body.get("key", "")) if isinstance(body, dict) else ""
        facts = {
            "op": f"{request.method} {request.path}",
            "status": 0 if g.get("dropped") else response.status_code,
            "host": request.host,
        }
        self.journal.add("request", **facts, key=fingerprint(key), id=g.get("job"), queued=g.get("queued"))
        return response

    def _ledger(self) -> ResponseReturnValue:
        return jsonify(entries=self.store.ledger(), balance=self._wallet.balance())
