"""The task queue port: work that goes on after the answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from shared.core.clock import Clock


@dataclass(frozen=True)
class Task:
    """One call of a private function. `payload` holds ids only, never data or secrets.

    `name` makes enqueueing idempotent: a name that Cloud Tasks remembers (up to 24 hours) is not accepted again.
    """

    function: str  #: entry point, such as tasks_advance_job
    name: str
    payload: Mapping[str, Any]
    at: datetime | None = None  #: not before; None: now
    deadline: timedelta = timedelta(minutes=10)
    queue: str = "jobs"  #: by its name in the manifest


class TaskQueue(Protocol):
    """Where tasks wait."""

    def enqueue(self, task: Task) -> None:
        """Ask for a call, at least once. Asking twice for one name is harmless. Raises `Unavailable`."""
        ...


class TaskHandler(Protocol):
    """What a virtual queue calls."""

    def __call__(self, task: Task) -> None:
        """Handle one task. Raises to have it tried again."""
        ...


def task_name(*parts: str) -> str:
    """A name that begins with a hash: Cloud Tasks is slow on names that share a prefix."""
    name = "-".join(parts)
    return f"{hashlib.sha256(name.encode()).hexdigest()[:8]}-{name}"


def shards_of(queue: str, count: int) -> list[str]:
    """The names of a queue's shards. A hash goes in front: queues with contiguous names are throttled as one.

    Source: Cloud Tasks' guide to scaling (B); the infrastructure makes the same names.
    """
    if count == 1:
        return [queue]
    return [f"{hashlib.sha256(f'{queue}-{n}'.encode()).hexdigest()[:4]}-{queue}-{n}" for n in range(count)]


def shard_of(queue: str, name: str, count: int) -> str:
    """The shard of a task: by its name, so that asking twice for one name asks one queue."""
    return shards_of(queue, count)[int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % count]


def due(task: Task, clock: Clock) -> datetime:
    """When a task may run."""
    return task.at or clock.now()
