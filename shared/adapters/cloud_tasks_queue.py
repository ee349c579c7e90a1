"""Tasks in Cloud Tasks: named, with an OIDC token for the function that they call."""

from __future__ import annotations

import json
import random
import time
from typing import Any

from google.api_core import exceptions
from google.cloud.tasks_v2 import CloudTasksClient
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

from shared.adapters.grpc_channels import client_for
from shared.core.config import Config
from shared.core.errors import Unavailable
from shared.core.logs import bound
from shared.core.queue import Task, shard_of
from shared.core.traces import traceparent

MAX_PAYLOAD_BYTES = 100 * 1024
TRIES = 4
TIMEOUT_S = 10
TRANSIENT = (exceptions.ServerError, exceptions.TooManyRequests, exceptions.RetryError)


class CloudTasksQueue:
    """See `TaskQueue`."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._client = client_for(CloudTasksClient, CloudTasksGrpcTransport, config.tasks_endpoint)
        self._parent = f"projects/{config.project_id}/locations/{config.region}/queues"

    def enqueue(self, task: Task) -> None:
        """See `TaskQueue`. The client has no retry for this call; a name makes ours safe."""
        message = self._message(task)
        for attempt in range(1, TRIES + 1):
            try:
                self._client.create_task(parent=self._queue(task), task=message, timeout=TIMEOUT_S)
            except exceptions.AlreadyExists:
                return  # the promise of the port: asking twice is harmless
            except TRANSIENT as error:
                if attempt == TRIES:
                    raise Unavailable(f"Cloud Tasks: {type(error).__name__}") from error
                time.sleep(random.uniform(0, 0.1 * 2**attempt))  # noqa: S311 jitter
            else:
                return

    def _queue(self, task: Task) -> str:
        return f"{self._parent}/{shard_of(task.queue, task.name, self._config.queue_shards.get(task.queue, 1))}"

    def _message(self, task: Task) -> dict[str, Any]:
        body = json.dumps(dict(task.payload)).encode()
        if len(body) > MAX_PAYLOAD_BYTES:
            raise ValueError(f"a task of {len(body)} bytes: tasks carry ids")
        origin = self._config.url_of(task.function)
        path = task.function.removeprefix("tasks_").replace("_", "-")
        token = {"service_account_email": self._config.task_invoker, "audience": origin}
        message: dict[str, Any] = {
            "name": f"{self._queue(task)}/tasks/{task.name}",
            "http_request": {
                "http_method": "POST",
                "url": f"{origin}/tasks/{path}",
                "headers": {"Content-Type": "application/json", **_context(task)},
                "body": body,
                "oidc_token": token,
            },
            "dispatch_deadline": task.deadline,
        }
        return message | ({"schedule_time": task.at} if task.at else {})


def _context(task: Task) -> dict[str, str]:
    """Traces do not cross Cloud Tasks by themselves."""
    headers = {"X-Request-Id": bound("requestId"), "traceparent": traceparent(task.name)}
    return {name: str(value) for name, value in headers.items() if value}
