"""The emulator as one object, for tests and for the command."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from google.cloud import tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports.grpc import CloudTasksGrpcTransport

from infra.local.clock import AdjustableClock
from infra.local.faults import Faults
from infra.local.gapic.server import RPC_FAULTS, GrpcServing, Service
from infra.local.gapic.serving import EmulatorServing
from infra.local.interference import Disturbances, Interfering
from infra.local.journal import Journal
from infra.local.serving import Serving
from infra.local.tasks.attempts import GOOGLE, Sender
from infra.local.tasks.dispatcher import DISPATCH_FAULTS, Dispatcher
from infra.local.tasks.service import CloudTasks
from infra.local.tasks.store import Store
from infra.local.tasks.web import web_app


class TasksEmulator:
    """Cloud Tasks with its state in `state/tasks.sqlite`.

    `queues` are made or updated at start and after a reset, as Terraform does it. `issuer` is the `iss` of the tokens.
    `accounts`: the service accounts that a task may name (None: any). Sending starts at once: call `close` at the end.
    """

    def __init__(
        self,
        state: Path,
        clock: AdjustableClock | None = None,
        queues: Iterable[Any] = (),
        issuer: str = GOOGLE,
        accounts: frozenset[str] | None = None,
    ) -> None:
        self.clock = clock or AdjustableClock()
        self.journal = Journal()
        self.disturbances = Disturbances()
        self.faults = TasksFaults(RPC_FAULTS | DISPATCH_FAULTS)
        self.store = Store(state / "tasks.sqlite")
        self.key = self.store.signing_key()
        self.certificate = self.key.certificate()
        self.sender = Sender(self.key, issuer, self.clock)
        self.dispatcher = Dispatcher(self.store, self.sender, self.clock, self.journal, self.faults)
        self._rpcs = CloudTasks(self.dispatcher, accounts)
        self._queues = list(queues)
        self._make_queues()
        self.app = web_app(self)

    def serve(self, port: int = 0, control_port: int = 0) -> EmulatorServing:
        """Answer on two ports of the loopback address (0: any)."""
        service = Service(CloudTasksGrpcTransport, self._rpcs, self.journal, self.faults, self.disturbances)
        return EmulatorServing(
            GrpcServing([service], port), Serving(Interfering(self.app, self.disturbances, self.advance), control_port)
        )

    def advance(self, seconds: float) -> None:
        """Move the emulator's time forward; what becomes due is sent. Raises ValueError for a negative amount."""
        self.clock.advance(seconds)
        self.announce()

    def announce(self) -> None:
        """Let the dispatcher look again."""
        with self.dispatcher.changed:
            self.dispatcher.changed.notify_all()

    def reset(self) -> None:
        """Forget queues, tasks, used names, faults and the journal; then make the configured queues again."""
        with self.dispatcher.changed:
            self.dispatcher.forget()
            self.store.clear()
            self.faults.clear()
            self.journal.clear()
            self._make_queues()

    def close(self) -> None:
        """Stop sending, and close the file."""
        self.dispatcher.stop()
        with self.dispatcher.changed:
            self.store.close()

    def _make_queues(self) -> None:
        for queue in self._queues:
            self._rpcs.UpdateQueue(tasks_v2.UpdateQueueRequest(queue=tasks_v2.Queue(queue)))


class TasksFaults(Faults):
    """`paused` lasts until it is cleared: a number of times would count looks, not tasks."""

    def add(self, fault: Any) -> None:
        """See `Faults.add`."""
        if fault.name == "paused" and fault.times >= 0:
            raise ValueError("paused lasts until it is cleared: times must be -1")
        super().add(fault)
