"""A task queue in memory with virtual time: tombstones, duplicates, losses."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta

from shared.core.clock import Clock
from shared.core.errors import RetryableError
from shared.core.queue import Task, TaskHandler
from tests.fakes.clock import VirtualClock

RETRY_AFTER = timedelta(seconds=5)


class MemoryQueue:
    """See `TaskQueue`. Names stay taken, as Cloud Tasks remembers them for a day and no test lives longer with one.

    More than `most` dispatches fail: a loop that never ends is not a hang.
    """

    def __init__(self, clock: Clock, *, most: int = 20_000) -> None:
        self._most = most
        self.called: Callable[[str], None] = lambda _: None  #: who counts: task
        self._clock = clock
        self._order = itertools.count()
        self._waiting: list[tuple[datetime, int, Task]] = []
        self._names: set[str] = set()
        self.duplicate = False  #: deliver every task twice
        self.is_lost: Callable[[Task], bool] = lambda _: False
        self.dispatched: list[Task] = []

    def enqueue(self, task: Task) -> None:
        """See `TaskQueue`."""
        self.called("task")
        if task.name in self._names:
            return
        self._names.add(task.name)
        if self.is_lost(task):
            return
        self._push(task, task.at or self._clock.now())
        if self.duplicate:
            self._push(task, task.at or self._clock.now())

    def next_at(self) -> datetime | None:
        """When the next task is due; None when none waits."""
        return self._waiting[0][0] if self._waiting else None

    def run_next(self, clock: VirtualClock, handle: TaskHandler) -> bool:
        """Let time pass until the next task is due, and run it. False when none waits."""
        if not self._waiting:
            return False
        at, _, task = heapq.heappop(self._waiting)
        clock.advance_to(at)
        self.dispatched.append(task)
        if len(self.dispatched) > self._most:
            raise AssertionError("the queue never becomes idle")
        try:
            handle(task)
        except RetryableError:
            self._push(task, clock.now() + RETRY_AFTER)
        return True

    def drop_all(self) -> None:
        """Lose every task that waits."""
        self._waiting.clear()

    def _push(self, task: Task, at: datetime) -> None:
        heapq.heappush(self._waiting, (at, next(self._order), task))
