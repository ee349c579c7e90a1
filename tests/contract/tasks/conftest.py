"""An emulator with one queue, the official client, and a target that the tasks are sent to."""

from __future__ import annotations

import datetime as dt
import queue
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import pytest
from google.cloud import tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports.grpc import CloudTasksGrpcTransport
from werkzeug.wrappers import Request, Response

from infra.local.gapic.serving import EmulatorServing
from infra.local.serving import Serving
from infra.local.strictness import loosened_by_env
from infra.local.tasks.emulator import TasksEmulator
from infra.local.tasks.rules import RULES

PARENT = "projects/demo/locations/us-central1"
QUEUE = f"{PARENT}/queues/jobs"
PATIENCE = 15.0


class Hit(NamedTuple):
    """One request that the target got."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Target:
    """A handler's server. `answers` are used up one by one; after them every request is answered with 200."""

    def __init__(self) -> None:
        self.answers: list[int | Callable[[], Response]] = []
        self._hits: queue.Queue[Hit] = queue.Queue()
        self._serving = Serving(self._app)
        self.url = self._serving.url

    def _app(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        answer = self.answers.pop(0) if self.answers else 200
        self._hits.put(Hit(request.method, request.path, dict(request.headers), request.get_data()))
        response = Response(status=answer) if isinstance(answer, int) else answer()
        return response(environ, start_response)

    def take(self) -> Hit:
        """The next request; waits for it."""
        return self._hits.get(timeout=PATIENCE)

    def is_quiet(self) -> bool:
        """Whether every request was taken."""
        return self._hits.empty()

    def stop(self) -> None:
        """Close the port."""
        self._serving.stop()


class World(NamedTuple):
    """All of it, with short ways to make tasks."""

    emulator: TasksEmulator
    serving: EmulatorServing
    client: tasks_v2.CloudTasksClient
    target: Target

    def task(self, path: str = "/run", **fields: Any) -> tasks_v2.Task:
        """A task for a path of the target; fields of HttpRequest may be given, too."""
        names = ("headers", "body", "oidc_token", "http_method")
        request = {name: fields.pop(name) for name in names if name in fields}
        return tasks_v2.Task(http_request=tasks_v2.HttpRequest(url=self.target.url + path, **request), **fields)

    def enqueue(self, path: str = "/run", **fields: Any) -> tasks_v2.Task:
        """Create a task in the queue `jobs`."""
        return self.client.create_task(parent=QUEUE, task=self.task(path, **fields))

    def named(self, name: str, path: str = "/run", **fields: Any) -> tasks_v2.Task:
        """Create a task with a name of its own."""
        return self.enqueue(path, name=f"{QUEUE}/tasks/{name}", **fields)

    def settle(self) -> None:
        """Wait until nothing is due or being sent."""
        assert self.emulator.dispatcher.wait_until_idle(PATIENCE)

    def outcomes(self) -> list[str]:
        """What became of each attempt, in order."""
        return [event["outcome"] for event in self.emulator.journal.events("dispatch")]

    def later(self, seconds: float) -> dt.datetime:
        """A moment of the emulator's time."""
        return self.emulator.clock.now() + dt.timedelta(seconds=seconds)

    def reconfigure(self, **fields: Any) -> None:
        """Change the queue `jobs`: rate_limits or retry_config."""
        mask = {"paths": [f"{name}.{key}" for name, values in fields.items() for key in values]}
        self.client.update_queue(queue=tasks_v2.Queue(name=QUEUE, **fields), update_mask=mask)


def connect(host: str) -> tuple[tasks_v2.CloudTasksClient, Any]:
    """The official client on a plaintext channel: this library has no emulator variable."""
    channel = grpc.insecure_channel(host)
    return tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel)), channel


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A queue `jobs` with the service's defaults."""
    emulator = TasksEmulator(tmp_path, queues=[tasks_v2.Queue(name=QUEUE)])
    loosened_by_env("tasks", RULES, emulator)
    serving, target = emulator.serve(), Target()
    client, channel = connect(serving.host)
    yield World(emulator, serving, client, target)
    channel.close()
    serving.stop()
    emulator.close()
    target.stop()
