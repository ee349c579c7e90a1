"""The recheck: every file is looked at often enough, none too often, and one user's many delay nobody.

Cloud Scheduler begins a run each hour: the users who are due are shared out as tasks of a bounded size. A task gathers
their turns, asks the witnesses, adds what it saw to the run's record, and only if the run goes on writes what changed.
It may stop at any point and may run twice: each record is written on the version that was looked at, and a user's turn
is over only when their `rechecks` document says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from shared.core.clock import Clock
from shared.core.documents import (
    Change,
    Conflicted,
    Create,
    Documents,
    OutcomeUnknown,
    Query,
    Reads,
    Replace,
    change,
)
from shared.core.errors import NotFound
from shared.core.ids import Ids, digest
from shared.core.logs import Logger
from shared.core.queue import Task, TaskQueue, task_name
from shared.drive.ports import DriveAccess, DriveWatch
from shared.media.accessibility import Verdict, after, judge
from shared.media.model import Media
from shared.media.runs import KEPT, Run, Tally, add_to_run, run_key
from shared.media.turns import LOOK, Case, Filter, Turn, Turns
from shared.media.watch import Watch, watch_key

CHECK = "tasks_check_assets"
USERS_PER_TASK = 25
USERS_PER_RUN = 20_000
PAGE = 500
WRITES = 100  #: records in one commit
SILENT = timedelta(hours=1)  #: after a turn in which Drive did not answer


@dataclass(frozen=True)
class Recheck:
    """The ports. `threads`: how many users' turns are gathered at a time."""

    documents: Documents
    queue: TaskQueue
    clock: Clock
    ids: Ids
    logger: Logger
    drives: Callable[[], DriveAccess]
    drive: Callable[[], DriveWatch]
    budget: int
    threads: int = 8

    def begin(self) -> int:
        """Share out what is due. Returns how many users are."""
        now = self.clock.now()
        run_id = f"recheck-{now:%Y%m%d%H}"
        users = 0
        for due in self._due(now):
            self._open(run_id, now)
            for start in range(0, len(due), USERS_PER_TASK):
                self._enqueue(run_id, due[start : start + USERS_PER_TASK])
            users += len(due)
        self.logger.info("recheck.begun", run=run_id, users=users, full=users >= USERS_PER_RUN)
        return users

    def check(self, run_id: str, user_ids: Sequence[str]) -> None:
        """The turns of some users. Raises a retryable error when the documents do not answer."""
        now = self.clock.now()
        if self._stopped(run_id):
            return
        turns = self._gathered(user_ids, now)
        self._ask([case for turn in turns for case in turn.cases])
        tally = _tally(turns, (self.clock.now() - now).total_seconds())
        run = add_to_run(self.documents, self.ids, run_id, tally, now, self.budget)
        if run.stopped:
            self.logger.error("recheck.stopped", run=run_id, reason=run.stopped, users=len(turns))
            return
        changed = sum(self._finish(run_id, turn, now) for turn in turns)
        if changed:
            add_to_run(self.documents, self.ids, run_id, Tally(changed=changed), now, self.budget)
        seen = msgspec.structs.replace(tally, changed=changed)
        self.logger.info("recheck.checked", run=run_id, **msgspec.to_builtins(seen))

    # -- sharing out

    def _open(self, run_id: str, now: datetime) -> None:
        key = run_key(run_id)

        def decide(reads: Reads) -> Change:
            if reads[key].exists:
                return Change()
            return Change((Create(key, Run(id=run_id, started_at=now, updated_at=now, expires_at=now + KEPT)),))

        change(self.documents, [key], decide, command=self.ids.new())

    def _due(self, now: datetime) -> Iterable[list[Watch]]:
        after_ = None
        for _ in range(0, USERS_PER_RUN, PAGE):
            query = Query("rechecks", (("nextAt", "<=", now),), (("nextAt", False),), PAGE, after_)
            found = [snapshot.read(Watch) for snapshot in self.documents.find(query)]
            if found:
                yield found
                after_ = (found[-1].next_at, found[-1].user_id)
            if len(found) < PAGE:
                return

    def _enqueue(self, run_id: str, watches: Sequence[Watch]) -> None:
        """A user whose turn goes on at another version is named otherwise, so no task is taken for an earlier one."""
        name = task_name("recheck", digest(run_id, *(f"{watch.user_id}:{watch.rev}" for watch in watches)))
        payload = {"runId": run_id, "users": [watch.user_id for watch in watches]}
        self.queue.enqueue(Task(function=CHECK, name=name, payload=payload, queue="assets"))

    # -- looking

    def _stopped(self, run_id: str) -> bool:
        run = self.documents.get([run_key(run_id)])[0].read_or_none(Run)
        return run is not None and run.stopped is not None

    def _gathered(self, user_ids: Sequence[str], now: datetime) -> list[Turn]:
        turns = Turns(self.documents, self.drives(), self.drive())
        if self.threads == 1:
            found = [turns.gather(user_id, now) for user_id in user_ids]
        else:
            with ThreadPoolExecutor(self.threads) as pool:
                coming = [pool.submit(copy_context().run, turns.gather, user_id, now) for user_id in user_ids]
                found = [one.result() for one in coming]
        return [turn for turn in found if turn is not None]

    def _ask(self, cases: Sequence[Case]) -> None:
        """The first witnesses, then the second ones where they are needed."""
        for _ in range(2):
            asked = [ask for case in cases for ask in case.asks()]
            sights = self.drive().look([ask for _, ask in asked]) if asked else []
            for (say, _), sight in zip(asked, sights, strict=True):
                say(sight)

    # -- writing

    def _finish(self, run_id: str, turn: Turn, now: datetime) -> int:
        """Write what one turn changed, and how it goes on. Returns how many files were lost or found."""
        written = [(case, after(case.media, _verdict(case), now)) for case in turn.cases]
        different = [(case, media) for case, media in written if media is not case.media]
        for start in range(0, len(different), WRITES):
            self._write(different[start : start + WRITES], now)
        self._go_on(run_id, turn, [media for _, media in written], now)
        return sum(media.is_accessible != case.media.is_accessible for case, media in different)

    def _write(self, batch: Sequence[tuple[Case, Media]], now: datetime) -> None:
        """All at once on the versions that were read; one by one when somebody was faster."""
        try:
            self.documents.commit([Replace(case.snapshot, media) for case, media in batch], self.ids.new())
        except (Conflicted, OutcomeUnknown):
            for case, _ in batch:
                self._write_one(case, now)

    def _write_one(self, case: Case, now: datetime) -> None:
        key = case.snapshot.key

        def decide(reads: Reads) -> Change:
            found = reads[key].read(Media)
            if found.drive_file_id != case.media.drive_file_id or found.accessibility.checked_at == now:
                return Change()  # replaced meanwhile, or written already
            changed = after(found, _verdict(case), now)
            return Change((Replace(reads[key], changed),) if changed is not found else ())

        try:
            change(self.documents, [key], decide, command=self.ids.new())
        except NotFound:
            self.logger.info("recheck.deleted_meanwhile", mediaId=key.id)

    def _go_on(self, run_id: str, turn: Turn, media: Sequence[Media], now: datetime) -> None:
        """The user's next turn: at once when there is more, else with the next doubt, else tomorrow."""
        key = watch_key(turn.watch.user_id)
        wanted = _planned(turn, [*media, *self._in_doubt(turn.watch, now)], now)

        def decide(reads: Reads) -> Change:
            found = reads[key].read_or_none(Watch)
            if found is None or found.rev != turn.watch.rev:
                return Change((), False)  # the account is gone, or another task was faster
            return Change((Replace(reads[key], wanted),), True)

        if change(self.documents, [key], decide, command=self.ids.new()) and turn.more:
            self._enqueue(run_id, [wanted])

    def _in_doubt(self, watch: Watch, now: datetime) -> list[Media]:
        """What wants a look soon and had none in this turn: asked for when the last such time has come."""
        if watch.soon_at is None or watch.soon_at > now:
            return []
        where: tuple[Filter, ...] = (
            ("userId", "==", watch.user_id),
            ("accessibility.state", "==", "unknown"),
            ("accessibility.nextCheckAt", ">", now),
        )
        query = Query("generated_media", where, (("accessibility.nextCheckAt", False),), 1)
        return [snapshot.read(Media) for snapshot in self.documents.find(query)]


def _verdict(case: Case) -> Verdict:
    return judge(case.media, case.by_token, case.by_key)


def _planned(turn: Turn, media: Sequence[Media], now: datetime) -> Watch:
    """When the user's next turn is: at once if there is more, else when a file in doubt wants it, else tomorrow."""
    doubts = [one.accessibility.next_check_at for one in media if one.accessibility.state == "unknown"]
    soon_at = min((at for at in (turn.watch.soon_at, *doubts) if at and at > now), default=None)
    late = turn.watch.daily_at if turn.watch.daily_at > now else now + SILENT
    next_at = now if turn.more else min(late, soon_at or late)
    return msgspec.structs.replace(turn.watch, next_at=next_at, soon_at=soon_at, rev=turn.watch.rev + 1)


def _tally(turns: Sequence[Turn], seconds: float) -> Tally:
    total = Tally(seconds=seconds)
    for turn in turns:
        fresh = [case for case in turn.cases if case.media.is_accessible and case.media.accessibility.missed_at is None]
        single = [case for case in fresh if not case.counted]
        missed = [case for case in fresh if _verdict(case).state == "lost"]
        total = total.plus(
            Tally(
                users=1,
                looked=len(single),
                missed=sum(not case.counted for case in missed),
                missing_users=bool(missed),
                listed=turn.listed,
                gone=sum(case.counted for case in missed),
                unknown=turn.unknown + sum(_verdict(case).state == "unknown" for case in turn.cases),
                units=turn.units + LOOK * sum(case.looks for case in turn.cases),
            )
        )
    return total
