"""Deleting an account: resumable at every point, and final only when nothing refers to the user any more.

The account closes at once: no session works and nothing new is accepted. Then jobs under way are ended and their
credits released, the tokens' key is shredded, and everything of the user's is deleted, page by page. The user's own
document goes last, when a pass has found nothing and every request that had begun before has ended. The ledger stays:
it knows a random account and not a person. So do the files in Drive, which are the user's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from shared.accounts.model import User, user_key
from shared.core.clock import Clock
from shared.core.documents import (
    Change,
    Conflicted,
    Delete,
    Documents,
    Key,
    Operator,
    OutcomeUnknown,
    Query,
    Reads,
    Snapshot,
    change,
    write,
)
from shared.core.ids import Ids
from shared.core.logs import Logger
from shared.core.queue import Task, TaskQueue, task_name
from shared.generation.control import abandon
from shared.generation.model import Job
from shared.stories.service import LIVE_STEPS

if TYPE_CHECKING:
    from shared.drive.connections import Connections
    from shared.generation.engine import Engine
    from shared.generation.ports import Staging

DELETE = "tasks_delete_account"
OWNED = (
    "identities", "sessions", "oauth_states", "user_google_drive_tokens", "moodboards", "scenes", "universes",
    "characters", "projects", "generated_media", "previews", "pending_uploads", "rechecks",
)  # fmt: skip
PAGE = 100
PAGES = 50  #: of each collection, in one task
GRACE = timedelta(minutes=5)  #: longer than a session is remembered and a request lasts
AGAIN = timedelta(minutes=1)
RESUMED = 100
Filter = tuple[str, Operator, object]


@dataclass(frozen=True)
class Closing:
    """The ports."""

    documents: Documents
    queue: TaskQueue
    clock: Clock
    ids: Ids
    logger: Logger
    engine: Callable[[], Engine]
    connections: Callable[[], Connections]
    staging: Callable[[], Staging]

    def begin(self, user_id: str, *, revoke: bool) -> None:
        """Close the account. With `revoke` the grant at Google goes first: if Google does not answer, nothing happens.

        Raises `DriveUnavailable`.
        """
        if revoke:
            self.connections().disconnect(user_id, revoke=True)
        key, now = user_key(user_id), self.clock.now()

        def decide(reads: Reads) -> Change:
            user = reads[key].read(User)
            if user.status == "deleting":
                return Change()
            closed = msgspec.structs.replace(user, status="deleting", closing_at=now)
            return Change((write(reads[key], closed),))

        change(self.documents, [key], decide, command=self.ids.new())
        self.logger.info("account.closing", userId=user_id, revoke=revoke)
        self._enqueue(user_id, timedelta(0))

    def resume(self) -> int:
        """Go on with the deletions whose task was lost. Returns how many are under way."""
        query = Query("users", (("status", "==", "deleting"),), limit=RESUMED)
        found = self.documents.find(query)
        for snapshot in found:
            self._enqueue(snapshot.key.id, timedelta(0))
        return len(found)

    def step(self, user_id: str) -> None:
        """Delete what there is. Raises a retryable error when something does not answer: the next step goes on."""
        user = self.documents.get([user_key(user_id)])[0].read_or_none(User)
        if user is None or user.status != "deleting":
            return
        live = self._end_jobs(user_id)
        self.connections().disconnect(user_id, revoke=False)
        found = sum(self._delete_all(collection, user_id) for collection in OWNED) + self._delete_jobs(user_id)
        early = user.closing_at is None or self.clock.now() < user.closing_at + GRACE
        if live or found or early:
            self._enqueue(user_id, AGAIN)
            return
        snapshot = self.documents.get([user_key(user_id)])[0]
        self._delete([snapshot])
        self.logger.info("account.deleted", accountId=user.account_id)

    def _end_jobs(self, user_id: str) -> int:
        """How many are still under way: what the provider renders is awaited."""
        where: tuple[Filter, ...] = (("userId", "==", user_id), ("step", "in", list(LIVE_STEPS)))
        found = self.documents.find(Query("generation_jobs", where, limit=PAGE))
        for snapshot in found:
            abandon(self.engine(), snapshot.read(Job))
        return len(found)

    def _delete_jobs(self, user_id: str) -> int:
        """Those that have ended, with what is staged for them and the provider's ids."""
        ended = 0
        for page in self._pages("generation_jobs", user_id):
            jobs = [(snapshot, snapshot.read(Job)) for snapshot in page]
            final = [(snapshot, job) for snapshot, job in jobs if job.is_final]
            for _, job in final:
                self._forget_staged(job)
            ids = [Key("provider_jobs", job.provider_id) for _, job in final if job.provider_id]
            known = [snapshot for snapshot in self.documents.get(ids) if snapshot.exists] if ids else []
            self._delete([*known, *(snapshot for snapshot, _ in final)])
            ended += len(final)
            if not final:
                break
        return ended

    def _forget_staged(self, job: Job) -> None:
        names = [f"results/{job.id}", f"references/{job.id}-composite"]
        for name in (*names, *(f"references/{job.id}-{one.index}" for one in job.references)):
            self.staging().delete(name)

    def _delete_all(self, collection: str, user_id: str) -> int:
        deleted = 0
        for page in self._pages(collection, user_id):
            self._delete(page)
            deleted += len(page)
        return deleted

    def _pages(self, collection: str, user_id: str) -> Iterator[list[Snapshot]]:
        """What is there, as long as each page is deleted before the next one is asked for."""
        for _ in range(PAGES):
            found = self.documents.find(Query(collection, (("userId", "==", user_id),), limit=PAGE))
            if found:
                yield found
            if len(found) < PAGE:
                return

    def _delete(self, snapshots: Sequence[Snapshot]) -> None:
        """All of them; what somebody changed meanwhile is left for the next step."""
        try:
            self.documents.commit([Delete(snapshot) for snapshot in snapshots], self.ids.new())
        except (Conflicted, OutcomeUnknown) as error:
            self.logger.info("account.left_for_later", documents=len(snapshots), reason=type(error).__name__)

    def _enqueue(self, user_id: str, delay: timedelta) -> None:
        """One task a minute at the most."""
        at = self.clock.now() + delay
        name = task_name("close", user_id, f"{at:%Y%m%d%H%M}")
        later = at if delay else None
        self.queue.enqueue(Task(function=DELETE, name=name, payload={"userId": user_id}, at=later, queue="accounts"))
