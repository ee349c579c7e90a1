"""The RPCs of queues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from google.cloud import tasks_v2

from infra.local.gapic.status import already_exists, failed_precondition, invalid, not_found
from infra.local.tasks.checks import check_queue
from infra.local.tasks.dispatcher import Dispatcher

QUEUE_NAME_TAKEN = 3 * 86400.0  #: seconds after DeleteQueue ("you must wait at least 3 days", its docstring)
MAX_PAGE = 1000


def page(items: Sequence[Any], size: int, limit: int = MAX_PAGE) -> tuple[list[Any], str]:
    """The first items, and the name behind which the next page starts. Raises INVALID_ARGUMENT for a bad size."""
    if not 0 <= size <= limit:
        raise invalid(f"page_size must be between 1 and {limit}")
    first = list(items[: size or limit])
    return first, first[-1].name if len(items) > len(first) else ""


class QueueRpcs:
    """Each method is the RPC of its name."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._lock = dispatcher.changed
        self._store = dispatcher.store
        self._clock = dispatcher.clock

    def CreateQueue(self, request: Any) -> Any:
        """Refuses a queue that exists, or existed lately."""
        queue = request.queue
        with self._lock:
            if not queue.name.startswith(f"{request.parent}/queues/"):
                raise invalid("Queue.name must be within the parent")
            check_queue(queue)
            if self._store.queue(queue.name):
                raise already_exists("Queue already exists")
            if self._store.was_used(queue.name, self._clock.time()):
                raise failed_precondition("The queue cannot be created because a queue with this name existed recently")
            queue.state = tasks_v2.Queue.State.RUNNING
            return self._save(queue)

    def UpdateQueue(self, request: Any) -> Any:
        """Changes the fields of the mask, or all; makes the queue when there is none."""
        with self._lock:
            old, new = self._store.queue(request.queue.name), request.queue
            if old and request.update_mask.paths:
                new = tasks_v2.Queue(old)
                for path in request.update_mask.paths:
                    _copy_field(request.queue, new, path)
            new.state = old.state if old else tasks_v2.Queue.State.RUNNING
            return self._save(check_queue(new))

    def GetQueue(self, request: Any) -> Any:
        """One queue."""
        with self._lock:
            return self._queue(request.name)

    def ListQueues(self, request: Any) -> Any:
        """The queues of a location, by name."""
        if request.filter:
            raise invalid("filters are not emulated")
        with self._lock:
            found = [q for q in self._store.queues(f"{request.parent}/queues/") if q.name > request.page_token]
        queues, token = page(found, request.page_size, 9800)
        return tasks_v2.ListQueuesResponse(queues=queues, next_page_token=token)

    def DeleteQueue(self, request: Any) -> None:
        """Deletes the queue with its tasks; the name stays taken."""
        with self._lock:
            self._queue(request.name)
            self._drop_tasks(request.name)
            self._store.delete_queue(request.name)
            self._store.use_name(request.name, self._clock.time() + QUEUE_NAME_TAKEN)

    def PauseQueue(self, request: Any) -> Any:
        """Nothing is sent until the queue is resumed; tasks can be added."""
        return self._set_state(request.name, tasks_v2.Queue.State.PAUSED)

    def ResumeQueue(self, request: Any) -> Any:
        """Send again."""
        return self._set_state(request.name, tasks_v2.Queue.State.RUNNING)

    def PurgeQueue(self, request: Any) -> Any:
        """Deletes the queue's tasks, at once (the service: within a minute)."""
        with self._lock:
            queue = self._queue(request.name)
            queue.purge_time = self._clock.now()
            self._drop_tasks(request.name)
            return self._save(queue)

    def _queue(self, name: str) -> Any:
        queue = self._store.queue(name)
        if not queue:
            raise not_found(
                "Queue does not exist. If you just created the queue, wait at least a minute for the queue to "
                "initialize."
            )
        return queue

    def _save(self, queue: Any) -> Any:
        self._store.save_queue(queue)
        self._lock.notify_all()
        return queue

    def _set_state(self, name: str, state: Any) -> Any:
        with self._lock:
            queue = self._queue(name)
            queue.state = state
            return self._save(queue)

    def _drop_tasks(self, queue: str) -> None:
        for task in self._store.tasks(queue):
            self._dispatcher.drop(task.name)


def _copy_field(source: Any, target: Any, path: str) -> None:
    """Copy one field of an update mask, such as `retry_config.max_attempts`. Raises INVALID_ARGUMENT."""
    *parents, field = path.split(".")
    try:
        for parent in parents:
            source, target = getattr(source, parent), getattr(target, parent)
        setattr(target, field, getattr(source, field))
    except AttributeError as error:
        raise invalid(f"update_mask names an unknown field: {path}") from error
