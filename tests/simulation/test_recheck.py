"""100,000 files of 500 users over 60 days: what is lost is reported in time, nothing else is, and it costs little."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from shared.core.documents import Create, Documents, Key, Query, Replace, Snapshot, Write
from shared.core.errors import DriveReconnectRequired, DriveUnavailable
from shared.core.logs import Logger
from shared.core.queue import Task
from shared.core.secret import Secret
from shared.drive.model import Access
from shared.media.accessibility import CONFIRM, first_look
from shared.media.model import Accessibility, Media, media_key
from shared.media.recheck import Recheck
from shared.media.runs import Run
from shared.media.watch import Watch, watch_key
from tests.fakes.clock import CountingIds, VirtualClock
from tests.fakes.documents import MemoryDocuments
from tests.fakes.drive import MemoryDrive, Stored
from tests.fakes.queue import MemoryQueue

USERS, FILES, DEAD_FILES, DAYS = 500, 100_000, 20_000, 60
LINKED, LOST, SILENT = 0.30, 0.02, 0.01
DATA = b"x"
CHECKSUM = hashlib.sha256(DATA).hexdigest()
HOUR = timedelta(hours=1)
DEAD = "u000"


class Counting(MemoryDocuments):
    """Documents that count what Firestore would bill, and note when a file is reported lost."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock
        self.operations = 0
        self.lost_at: dict[str, datetime] = {}

    def get(self, keys: Sequence[Key]) -> list[Snapshot]:
        """See `Documents`."""
        self.operations += len(keys)
        return super().get(keys)

    def find(self, query: Query) -> list[Snapshot]:
        """See `Documents`: a query that finds nothing is one read."""
        found = super().find(query)
        self.operations += max(1, len(found))
        return found

    def commit(self, writes: Sequence[Write], command: str) -> None:
        """See `Documents`."""
        super().commit(writes, command)
        self.operations += len(writes)
        for item in writes:
            if isinstance(item, Replace) and isinstance(item.value, Media) and not item.value.is_accessible:
                self.lost_at.setdefault(item.value.id, self._clock.now())


class Drives:
    """Everybody's connection; some are dead."""

    def __init__(self) -> None:
        self.dead: set[str] = set()

    def access(self, user_id: str) -> Access:
        """See `DriveAccess`."""
        if user_id in self.dead:
            raise DriveReconnectRequired(reason="revoked")
        return Access(user_id, f"sub-{user_id}", Secret("t"))

    def renew(self, access: Access) -> Access:
        """See `DriveAccess`."""
        return self.access(access.user_id)

    def ensure_folder(self, access: Access) -> str:
        """See `DriveAccess`."""
        raise AssertionError(f"nothing is stored for {access.user_id}")


@dataclass(frozen=True)
class Loss:
    """A file that goes, and the latest moment at which its user must know."""

    media_id: str
    file_id: str
    at: datetime
    linked: bool
    how: str


class World:
    """Users, their files, and what happens to them."""

    def __init__(self, *, users: int, files: int, dead_files: int, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.clock = VirtualClock()
        self.documents = Counting(self.clock)
        self.drive = MemoryDrive()
        self.queue = MemoryQueue(self.clock, most=1_000_000)
        self.drives = Drives()
        self.start = self.clock.now()
        self.recheck = self._recheck(self.documents)
        self.files: dict[str, tuple[str, bool, str]] = {}  # media id: file id, linked, user
        names = [f"u{number:03d}" for number in range(users)]
        share = self._shares(users - 1, files - dead_files)
        for name, count in zip(names, [dead_files, *share], strict=True):
            self._user(name, count)

    def _recheck(self, documents: Documents) -> Recheck:
        return Recheck(
            documents=documents,
            queue=self.queue,
            clock=self.clock,
            ids=CountingIds(),
            logger=Logger(io.StringIO()),
            drives=lambda: self.drives,
            drive=lambda: self.drive,
            budget=5_000_000,
            threads=1,
        )

    def _shares(self, users: int, files: int) -> list[int]:
        """Few users have many files, many have few; everybody has three."""
        weights = [self.random.lognormvariate(0, 0.8) for _ in range(users)]
        counts = [3 + int((files - 3 * users) * weight / sum(weights)) for weight in weights]
        counts[-1] += files - sum(counts)
        return counts

    def _user(self, name: str, count: int) -> None:
        joined = self.start + timedelta(hours=self.random.uniform(0, 24))
        writes: list[Write] = [
            Create(watch_key(name), Watch(user_id=name, tenant_id="t", next_at=joined, daily_at=joined))
        ]
        for number in range(count):
            linked = self.random.random() < LINKED
            owner = "elsewhere" if linked else f"sub-{name}"
            file_id = self.drive.add(Stored(owner, "f", "image/png", None, DATA, public=True, granted=not linked))
            made = self.start - timedelta(days=2, seconds=number)
            media = _media(f"{name}-{number}", name, file_id, made, joined - timedelta(days=1), linked=linked)
            self.files[media.id] = (file_id, linked, name)
            writes.append(Create(media_key(media.id), media))
        self.documents.commit(writes, "setup")
        self.documents.operations = 0

    def hours(self, count: int) -> None:
        """Let time pass; each hour the scheduler calls."""
        for _ in range(count):
            self.clock.advance(3600)
            self.recheck.begin()
            while self.queue.next_at() is not None:
                self.queue.run_next(self.clock, self.handle)

    def handle(self, task: Task) -> None:
        """A task of the recheck."""
        self.recheck.check(task.payload["runId"], task.payload["users"])

    def lose(self, media_id: str, how: str) -> None:
        """A file is not there any more, in one of the ways that there are."""
        file_id = self.files[media_id][0]
        if how == "delete":
            self.drive.remove(file_id)
        elif how == "unshare":
            self.drive.change(file_id, public=False)
        else:
            self.drive.change(file_id, trashed=True)

    def media(self, media_id: str) -> Media:
        """A record."""
        return MemoryDocuments.get(self.documents, [media_key(media_id)])[0].read(Media)

    def runs(self) -> list[Run]:
        """Every run."""
        found = self.documents.dump().items()
        return [Snapshot(key, data).read(Run) for key, data in found if key.collection == "runs"]


@cache
def _blank() -> dict[str, Any]:
    return {
        "tenant_id": "t", "project_id": "p", "entity_type": "character", "entity_id": "c", "media_type": "image",
        "file_name": "f", "mime_type": "image/png", "file_size_bytes": len(DATA), "checksum": CHECKSUM,
    }  # fmt: skip


def _media(media_id: str, user: str, file_id: str, made: datetime, seen: datetime, *, linked: bool) -> Media:
    return Media(
        id=media_id,
        user_id=user,
        source_type="linked" if linked else "generated",
        drive_file_id=file_id,
        google_sub=None if linked else f"sub-{user}",
        accessibility=first_look(seen) if linked else Accessibility(checked_at=seen),
        created_at=made,
        updated_at=made,
        **_blank(),
    )


def test_what_is_lost_is_reported_in_time_and_nothing_else_is_for_little_money() -> None:
    """With an outage, wrong answers for three hours, and a dead connection with a fifth of all files."""
    world = World(users=USERS, files=FILES, dead_files=DEAD_FILES)
    world.drives.dead.add(DEAD)
    ids = list(world.files)
    chosen = world.random.sample(ids, int(FILES * (LOST + SILENT)))
    losing = sorted((world.random.randrange(24, DAYS * 24 - 24 * 32), one) for one in chosen[: int(FILES * LOST)])
    world.drive.silent |= {world.files[one][0] for one in chosen[int(FILES * LOST) :]}
    losses: list[tuple[Loss, timedelta]] = []
    outage, wrong = range(12 * 24 + 5, 12 * 24 + 8), range(39 * 24 + 5, 39 * 24 + 8)

    for hour in range(DAYS * 24):
        while losing and losing[0][0] == hour:
            media_id = losing.pop(0)[1]
            file_id, linked, user = world.files[media_id]
            how = world.random.choice(("trash", "delete", "unshare") if linked else ("trash", "delete"))
            interval = timedelta(days=world.media(media_id).accessibility.interval_days)
            world.lose(media_id, how)
            if user != DEAD or linked:
                losses.append((Loss(media_id, file_id, world.clock.now(), linked, how), interval))
        world.drive.trouble = _outage if hour in outage else _nothing
        world.drive.blind = hour in wrong
        world.hours(1)

    reported, never = world.documents.lost_at, datetime.max.replace(tzinfo=UTC)
    late = [
        f"{loss}: {reported.get(loss.media_id)}, every {interval}"
        for loss, interval in losses
        if reported.get(loss.media_id, never) - loss.at > (interval + CONFIRM + 6 * HOUR if loss.linked else 36 * HOUR)
    ]
    false = sorted(reported.keys() - set(chosen[: int(FILES * LOST)]))
    assert (len(late), late[:3], false[:3]) == (0, [], [])
    assert {run.stopped for run in world.runs()} == {None, "missing", "unknown"}
    months = DAYS / 30
    assert world.documents.operations / FILES / months <= 4, world.documents.operations
    assert world.drive.units / FILES / months <= 30, world.drive.units


def _nothing(_: str) -> None:
    """Drive answers."""


def _outage(method: str) -> None:
    raise DriveUnavailable(method)
