"""The thread that sends what is due and allowed, and decides what becomes of a task after each attempt.

Faults (facts: `queue` and `task`, both short names):

    duplicate   the task is sent twice, in parallel
    lost        the task is dropped silently when it is due
    late        the task is put off by `params.seconds` when it is due
    paused      nothing is sent, although the queue's state is RUNNING; until it is cleared (`times` negative)
"""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass, field
from typing import Any

from google.cloud import tasks_v2

from infra.local.clock import AdjustableClock
from infra.local.faults import Faults
from infra.local.journal import Journal
from infra.local.tasks import retries
from infra.local.tasks.attempts import Reply, Sender
from infra.local.tasks.checks import queue_of, short
from infra.local.tasks.store import Store

DISPATCH_FAULTS = frozenset({"duplicate", "lost", "late", "paused"})
NAME_TAKEN = 24 * 3600.0  #: seconds that the name of a finished task stays taken ("up to 24 hours")
LONGEST_WAIT = 5.0  #: seconds; a change wakes the thread at once, so this bounds only what nobody announces
CODES = {400: 3, 401: 16, 403: 7, 404: 5, 409: 10, 429: 8, 499: 1, 501: 12, 503: 14, 504: 4}
INTERNAL, UNKNOWN, DEADLINE_EXCEEDED = 13, 2, 4


@dataclass
class Flight:
    """A task that is being sent, `left` times at the moment."""

    task: Any
    left: int
    replies: list[Reply] = field(default_factory=list)


@dataclass
class Rate:
    """A queue's token bucket, and how long it rests after 429 or 503."""

    tokens: float
    at: float
    throttled: int = 0
    resting_until: float = 0.0

    def wait(self, limits: Any, now: float) -> float:
        """Take a token: 0; else the seconds until there is one."""
        if now < self.resting_until:
            return self.resting_until - now
        refilled = self.tokens + (now - self.at) * limits.max_dispatches_per_second
        self.tokens, self.at = min(float(limits.max_burst_size), refilled), now
        if self.tokens < 1:
            return float((1 - self.tokens) / limits.max_dispatches_per_second)
        self.tokens -= 1
        return 0.0


class Dispatcher:
    """Owns the lock of the whole emulator: `changed` is notified after every change of queues, tasks or time."""

    def __init__(self, store: Store, sender: Sender, clock: AdjustableClock, journal: Journal, faults: Faults) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.store = store
        self.clock = clock
        self._sender = sender
        self._journal = journal
        self._faults = faults
        self._flights: dict[str, Flight] = {}
        self._rates: dict[str, Rate] = {}
        self._stopped = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send nothing more. Attempts that are under way are not waited for."""
        with self.changed:
            self._stopped = True
            self.changed.notify_all()
        self._thread.join()

    def wait_until_idle(self, limit: float) -> bool:
        """Wait until no task of a queue that runs is due or being sent; False when the limit (seconds) is over."""
        with self.changed:
            return self.changed.wait_for(lambda: not self._flights and not self._due_in_running_queues(), limit)

    def counts(self, queue: str) -> dict[str, int]:
        """How many tasks of a queue are due, scheduled for later, and being sent."""
        due, later = self.store.count(queue, self.clock.time())
        running = sum(queue_of(name) == queue for name in self._flights)
        return {"due": due - running, "scheduled": later, "running": running}

    def is_running(self, name: str) -> bool:
        """Whether the task is being sent."""
        return name in self._flights

    def forget(self) -> None:
        """Answers that are still to come count for nothing, and rates start anew."""
        self._flights.clear()
        self._rates.clear()

    def drop(self, name: str) -> None:
        """Delete a task; its name stays taken."""
        self._flights.pop(name, None)
        self.store.delete_task(name, self.clock.time() + NAME_TAKEN)
        self.changed.notify_all()

    def start(self, task: Any, times: int = 1) -> None:
        """Send a task now, without regard to rates. The count is stored before, so that a crash counts, too."""
        task.dispatch_count += 1
        self.store.save_task(task, first_attempt=self.clock.time())
        flight = self._flights[task.name] = Flight(task, times)
        for _ in range(times):
            # A thread each, and no pool: a pool's threads would keep the process from ending while a handler hangs.
            threading.Thread(target=self._attempt, args=(flight,), daemon=True).start()

    def _due_in_running_queues(self) -> int:
        queues = [queue for queue in self.store.queues() if queue.state == tasks_v2.Queue.State.RUNNING]
        return sum(self.store.count(queue.name, self.clock.time())[0] for queue in queues)

    def _run(self) -> None:
        with self.changed:
            while not self._stopped:
                waits = [self._dispatch(queue) for queue in self.store.queues()]
                self.changed.notify_all()
                self.changed.wait(max(0.001, min([LONGEST_WAIT, *waits])))

    def _dispatch(self, queue: Any) -> float:
        """Start what is due and allowed; the seconds until there may be more to do."""
        if queue.state != tasks_v2.Queue.State.RUNNING or self._fault("paused", queue.name) is not None:
            return LONGEST_WAIT
        room = queue.rate_limits.max_concurrent_dispatches - self.counts(queue.name)["running"]
        now = self.clock.time()
        for name, task in self.store.due(queue.name, now, max(0, room) + len(self._flights)):
            if name in self._flights:
                continue
            if room <= 0:
                break
            rate = self._rates.setdefault(queue.name, Rate(float(queue.rate_limits.max_burst_size), now))
            if wait := rate.wait(queue.rate_limits, now):
                return wait
            room -= self._send_or_fail(task)
        upcoming = self.store.next_due(queue.name, now)
        return LONGEST_WAIT if upcoming is None else upcoming - now

    def _send_or_fail(self, task: Any) -> int:
        """Start one task, unless a fault has other plans; how many places it takes."""
        if self._fault("lost", task.name) is not None:
            self._journal.add("lost", queue=short(queue_of(task.name)), task=short(task.name))
            self.drop(task.name)
            return 0
        if (late := self._fault("late", task.name)) is not None:
            task.schedule_time = self.clock.now() + dt.timedelta(seconds=float(late.get("seconds", 60)))
            self.store.save_task(task)
            return 0
        times = 1 if self._fault("duplicate", task.name) is None else 2
        self.start(task, times)
        return times

    def _fault(self, fault: str, name: str) -> dict[str, Any] | None:
        return self._faults.take(fault, queue=short(queue_of(name)), task=short(name))

    def _attempt(self, flight: Flight) -> None:
        """One request, in a thread of its own."""
        reply = self._sender.send(flight.task)
        with self.changed:
            flight.left -= 1
            flight.replies.append(reply)
            outcome = "sent" if flight.left else self._land(flight)
            self._note(flight.task, reply, outcome)
            self.changed.notify_all()

    def _land(self, flight: Flight) -> str:
        """Decide after the last answer: done, retried, dead (spent), or deleted meanwhile."""
        task = flight.task
        if self._stopped or self._flights.get(task.name) is not flight:
            return "deleted"
        del self._flights[task.name]
        done = next((reply for reply in flight.replies if reply.succeeded), None)
        reply = done or flight.replies[-1]
        _record(task, reply)
        queue = self.store.queue(queue_of(task.name))
        assert queue, "deleting a queue forgets what is being sent of it"
        config = retries.with_defaults(task.retry_config, queue.retry_config)
        self._throttle(queue, reply)
        age = self.clock.time() - (self.store.first_attempt(task.name) or self.clock.time())
        if done or retries.is_spent(config, task.dispatch_count, age):
            self.drop(task.name)
            return "done" if done else "dead"
        delay = max(retries.backoff(config, task.dispatch_count), reply.retry_after)
        task.schedule_time = self.clock.now() + dt.timedelta(seconds=delay)
        self.store.save_task(task)
        return "retry"

    def _throttle(self, queue: Any, reply: Reply) -> None:
        """429 and 503 slow the whole queue down; anything else ends that."""
        now = self.clock.time()
        rate = self._rates.setdefault(queue.name, Rate(float(queue.rate_limits.max_burst_size), now))
        rate.throttled = rate.throttled + 1 if reply.code in retries.THROTTLING else 0
        if rate.throttled:
            rate.resting_until = now + retries.throttle(rate.throttled, reply.retry_after)

    def _note(self, task: Any, reply: Reply, outcome: str) -> None:
        self._journal.add(
            "dispatch",
            queue=short(queue_of(task.name)),
            task=short(task.name),
            url=task.http_request.url.partition("?")[0],
            body=task.http_request.body.decode(errors="replace"),
            retry=task.dispatch_count - 1,
            status=reply.code,
            outcome=outcome,
        )


def _record(task: Any, reply: Reply) -> None:
    """Write the attempt into the task, as GetTask shows it."""
    attempt = tasks_v2.Attempt(schedule_time=task.schedule_time, dispatch_time=reply.dispatched)
    if reply.code:
        task.response_count += 1
        attempt.response_time = reply.responded
        code = 0 if reply.succeeded else CODES.get(reply.code, INTERNAL if reply.code >= 500 else UNKNOWN)
        attempt.response_status = {"code": code, "message": f"HTTP status code {reply.code}"}
    else:
        attempt.response_status = {"code": DEADLINE_EXCEEDED, "message": "no response from the target"}
    if not task.first_attempt.dispatch_time:
        task.first_attempt = tasks_v2.Attempt(dispatch_time=reply.dispatched)
    task.last_attempt = attempt
