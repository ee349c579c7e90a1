"""What every use case of the engine works with: its ports, and how a change of a job is committed.

Store first, enqueue second: a job's document is its own outbox. A lost task is only a delay, as the sweeper enqueues
whatever is due.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from shared.accounts.model import User, user_key
from shared.core.documents import Change, Create, Documents, Key, Operator, Query, Reads, Write, change, get, write
from shared.core.logs import bind
from shared.core.queue import Task, TaskQueue, task_name
from shared.core.traces import fields_for
from shared.credits import model as credit
from shared.generation import schedule
from shared.generation.catalogue import model_of
from shared.generation.model import TERMINAL, Job, JobError, Step, job_key
from shared.generation.slots import Slots, slots_key
from shared.generation.times import queue_wait

if TYPE_CHECKING:
    from shared.core.clock import Clock
    from shared.core.ids import Ids
    from shared.core.logs import Logger
    from shared.drive.ports import DriveAccess, DriveFiles
    from shared.generation.ports import Pictures, Provider, Staging
    from shared.generation.signing import Signer

QUEUE_LOOK = 500  #: a longer queue is counted as this long
ADVANCE = "tasks_advance_job"
Decide = Callable[[Job], Job | None]


def nothing(_: str) -> None:
    """No crash point."""


@dataclass(frozen=True)
class Engine:
    """The ports of the engine. Built per process by the composition root, or per test with fakes."""

    documents: Documents
    queue: TaskQueue
    clock: Clock
    ids: Ids
    logger: Logger
    signer: Signer
    provider: Callable[[], Provider]  #: late, so that who only reads jobs pays for no client
    connections: Callable[[], DriveAccess]
    drive: Callable[[], DriveFiles]
    staging: Callable[[], Staging]
    pictures: Callable[[], Pictures]
    concurrency: int = 5
    in_flight_cap: int = 200
    cancels_per_day: int = 20
    submit_lease: timedelta = schedule.SUBMIT_LEASE
    delivery_lease: timedelta = schedule.DELIVERY_LEASE
    unknown_wait: timedelta | None = None  #: None: twice the model's p90
    upload_references: bool = False  #: give the provider references by its upload endpoint, not by our URL
    tenant_id: str = "default"
    reached: Callable[[str], None] = field(default=nothing)  #: named boundaries, where a test may crash us

    def job(self, job_id: str) -> Job:
        """A job. Raises `NotFound`."""
        return get(self.documents, job_key(job_id), Job)

    def update(self, job_id: str, decide: Decide, *, boundary: str = "") -> Job | None:
        """Change one job and nothing else. `decide` gives the changed job, or None to leave it. None: left."""
        key = job_key(job_id)

        def step(reads: Reads) -> Change:
            after = decide(reads[key].read(Job))
            return Change((write(reads[key], after),), after) if after else Change()

        after: Job | None = self.commit([key], step, boundary)
        return after

    def update_with_slot(
        self, job_id: str, decide: Callable[[Job, Slots], tuple[Job, Slots] | None], boundary: str
    ) -> Job | None:
        """Change a job and the turns at the provider, together."""
        key = job_key(job_id)

        def step(reads: Reads) -> Change:
            slots = reads[slots_key()].read_or_none(Slots) or Slots()
            decided = decide(reads[key].read(Job), slots)
            if decided is None:
                return Change()
            return Change((write(reads[key], decided[0]), write(reads[slots_key()], decided[1])), decided[0])

        after: Job | None = self.commit([key, slots_key()], step, boundary)
        return after

    def commit(self, keys: Sequence[Key], decide: Callable[[Reads], Change], boundary: str = "") -> Any:
        """One change, between its two boundaries."""
        self.reached(f"{boundary}:before")
        result = change(self.documents, keys, decide, command=self.ids.new())
        self.reached(f"{boundary}:after")
        return result

    def void(self, job_id: str, error: JobError, *, when: Callable[[Job], bool] = lambda _: True) -> Job | None:
        """T6: end a job without a result and give the credits back, exactly once. None: it had ended already."""
        job = self.job(job_id)
        keys = [job_key(job_id), user_key(job.user_id), slots_key()]

        def decide(reads: Reads) -> Change:
            found, user = reads[keys[0]].read(Job), reads[keys[1]].read(User)
            if found.step in TERMINAL or not when(found):
                return Change()
            now = self.clock.now()
            after, entry = credit.release(user, found.id, found.price, now)
            ended = found.voided(error, now)
            writes: list[Write] = [
                write(reads[keys[0]], ended),
                write(reads[keys[1]], less_in_flight(after)),
                Create(credit.entry_key(entry.id), entry),
            ]
            slots = reads[keys[2]].read_or_none(Slots)
            if slots and found.id in slots.taken:
                writes.append(write(reads[keys[2]], slots.give_back(found.id)))
            return Change(writes, ended)

        ended: Job | None = self.commit(keys, decide, "T6")
        if ended:
            facts = {"kind": ended.kind, "state": ended.state, "code": error.code, "released": ended.price}
            self.logger.info("job.ended", jobId=job_id, **facts)
            self.wake_queued()
        return ended

    def enqueue(self, job: Job, *, suffix: str = "", at: datetime | None = None, **hints: bool) -> None:
        """Ask for the job's next step; a final job has none. `hints` go with the task."""
        if job.is_final:
            return
        wake_at = at or job.wake_at
        name = task_name(*filter(None, (job.id, str(job.rev), suffix)))
        later = wake_at if wake_at and wake_at > self.clock.now() else None
        with bind(**fields_for(job.trace)):
            self.queue.enqueue(Task(function=ADVANCE, name=name, payload={"v": 1, "jobId": job.id, **hints}, at=later))

    def wake_queued(self) -> None:
        """A slot may be free: ask for a step of the queued jobs whose turn it is."""
        now = self.clock.now()
        free = self.slots().free(self.concurrency, now)
        for job in self.queued(free) if free > 0 else ():
            self.enqueue(job, suffix=f"t{now:%H%M%S%f}", at=now)  # each time anew: the last one may have come too early

    def ahead(self, job: Job) -> int:
        """How many queued jobs have their turn before this one."""
        before: tuple[tuple[str, Operator, object], ...] = (("step", "==", Step.QUEUED), ("turn", "<", job.turn))
        return self.documents.count(Query("generation_jobs", where=before, limit=QUEUE_LOOK))

    def slots(self) -> Slots:
        """Who is at the provider, and how long it took lately."""
        return self.documents.get([slots_key()])[0].read_or_none(Slots) or Slots()

    def queue_seconds(self, job: Job, ahead: int, slots: Slots) -> float:
        """Seconds until the turn of a job that has so many before it, by what jobs of its model take."""
        seconds = slots.expects(model_of(job.model)).median
        return queue_wait(ahead, slots.free(self.concurrency, self.clock.now()), self.concurrency, seconds)

    def queued(self, limit: int) -> list[Job]:
        """The queued jobs whose turn comes first."""
        query = Query("generation_jobs", where=(("step", "==", Step.QUEUED),), order=(("turn", False),), limit=limit)
        return [found.read(Job) for found in self.documents.find(query)]


def less_in_flight(user: User) -> User:
    """One job fewer under way."""
    return msgspec.structs.replace(user, in_flight=max(0, user.in_flight - 1))
