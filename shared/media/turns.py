"""One user's turn of the recheck: what is due, and what Drive says of it. Looks and reads; writes nothing.

What the user's token sees (made by the app, or picked) comes from their change feed once a day, and once in 30 days
from a list of everything. The rest is looked at one by one when it is due. Without a working connection the public ones
among the user's own files are looked at with the key, less and less often while nothing happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import msgspec

from shared.core.documents import Documents, Operator, Query, Snapshot
from shared.core.errors import DriveNotConnected, DriveReconnectRequired, RetryableError
from shared.drive.model import FOLDER_TYPE, Access, Ask, ChangePage, DriveFile, FilePage, FileRef, Sight, Unclear
from shared.drive.ports import DriveRefusal, DriveWatch, FeedLost, TokenRejected
from shared.drive.reading import as_user
from shared.media.accessibility import EARLY, GROWTH, NOT_ASKED, after, judge
from shared.media.model import Media
from shared.media.watch import EVERY, Watch, watch_key

if TYPE_CHECKING:
    from shared.drive.ports import DriveAccess

DUE = 500  #: files that are looked at one by one in one turn; the others have another turn
DARK = 5000  #: records that are gone through in one turn without a connection
PAGES = 10  #: of the change feed
SWEEP = 20_000  #: records that are compared with a list in one turn
BATCH = 1000  #: records in one read
AT_ONCE = 30  #: ids in one query
LAG = timedelta(hours=1)
EVERYTHING = timedelta(days=30)  #: at least so often every file is looked at
LOOK, PAGE = 5, 100  #: quota units
T = TypeVar("T")
Filter = tuple[str, Operator, object]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Case:
    """One file, and what the witnesses have said so far."""

    snapshot: Snapshot
    media: Media
    access: Access | None  #: of the user, when their token sees the file's account
    by_token: Sight = NOT_ASKED
    by_key: Sight = NOT_ASKED
    counted: bool = False  #: the feed or a list told of it: it is not one of the looks
    looks: int = 0  #: how many witnesses were asked

    def asks(self) -> Iterator[tuple[Callable[[Sight], None], Ask]]:
        """The next witness to ask: the one whose file it is first, the other one when that one does not see it."""
        ref = FileRef(self.media.drive_file_id, self.media.resource_key)
        ask_token = self.by_token is NOT_ASKED and self.access is not None
        ask_key = self.by_key is NOT_ASKED
        if isinstance(self.by_token, DriveFile) or isinstance(self.by_key, DriveFile):
            return
        if ask_token and (self.media.google_sub is not None or not ask_key):
            yield self.said_by_token, Ask(ref, self.access)
        elif ask_key:
            yield self.said_by_key, Ask(ref, None)

    def said_by_token(self, sight: Sight) -> None:
        """What the token sees."""
        self.by_token, self.looks = sight, self.looks + 1

    def said_by_key(self, sight: Sight) -> None:
        """What anybody sees."""
        self.by_key, self.looks = sight, self.looks + 1


@dataclass
class Turn:
    """What one user's turn found. `watch` is how it goes on, once that is written."""

    snapshot: Snapshot
    watch: Watch
    cases: list[Case] = field(default_factory=list)
    more: bool = False
    listed: int = 0
    unknown: int = 0
    units: int = 0


@dataclass(frozen=True)
class Turns:
    """Gathers turns. `now` is one moment for all that a turn does."""

    documents: Documents
    drives: DriveAccess
    drive: DriveWatch

    def gather(self, user_id: str, now: datetime) -> Turn | None:
        """What is due for a user; None when nothing is. Raises `Unavailable` when the documents cannot be read."""
        snapshot = self.documents.get([watch_key(user_id)])[0]
        watch = snapshot.read_or_none(Watch)
        if watch is None or watch.next_at > now:
            return None
        turn = Turn(snapshot, watch)
        access = self._access(user_id)
        if watch.daily_at <= now:
            self._daily(turn, access, now)
        self._due(turn, access, now)
        return turn

    def _access(self, user_id: str) -> Access | Unclear | None:
        """A live token; None when there is no connection that works; unclear in an outage."""
        try:
            return self.drives.access(user_id)
        except (DriveNotConnected, DriveReconnectRequired):
            return None
        except RetryableError:
            return Unclear("unavailable")

    def _daily(self, turn: Turn, access: Access | Unclear | None, now: datetime) -> None:
        """The feed, or everything; a day that could not be looked at is tried again in an hour."""
        watch = turn.watch
        try:
            if isinstance(access, Unclear):
                turn.unknown += 1
                return
            if access is None:
                self._sweep_by_key(turn, now)
            elif _needs_list(watch, access, now):
                self._sweep_by_list(turn, access, now)
            else:
                self._feed(turn, access, watch.page_token or "")
        except FeedLost:
            turn.watch, turn.more = msgspec.structs.replace(watch, page_token=None), True
            return
        except (RetryableError, DriveRefusal, TokenRejected, DriveNotConnected, DriveReconnectRequired):
            turn.watch, turn.more, turn.unknown = watch, False, turn.unknown + 1
            turn.cases.clear()
            return
        if not turn.more:
            turn.watch = msgspec.structs.replace(turn.watch, daily_at=_next_day(turn.watch.daily_at, now))

    def _feed(self, turn: Turn, access: Access, token: str) -> None:
        told: dict[str, DriveFile | None] = {}
        more = True
        for _ in range(PAGES):
            page = self._paged(turn, access, partial(_changes, self.drive, token))
            told |= {change.file_id: change.file for change in page.changes}
            token, more = page.token, page.more
            if not more:
                break
        turn.watch = msgspec.structs.replace(turn.watch, page_token=token)
        turn.listed += turn.watch.files
        if any(file and file.mime_type == FOLDER_TYPE and file.trashed for file in told.values()):
            turn.watch = msgspec.structs.replace(turn.watch, sweep_at=None)  # what is inside is not told
        turn.more = more or turn.watch.sweep_at is None
        ids = list(told)
        for start in range(0, len(ids), AT_ONCE):
            where: tuple[Filter, ...] = (
                ("userId", "==", turn.watch.user_id),
                ("driveFileId", "in", ids[start : start + AT_ONCE]),
            )
            for snapshot in self.documents.find(Query("generated_media", where, limit=BATCH)):
                media = snapshot.read(Media)
                if media.google_sub == access.google_sub:
                    turn.cases.append(Case(snapshot, media, None, by_token=told[media.drive_file_id], counted=True))

    def _sweep_by_list(self, turn: Turn, access: Access, now: datetime) -> None:
        """Every file that the token sees, compared with every record of that account."""
        watch = turn.watch
        if watch.cursor is None or watch.dark or watch.google_sub != access.google_sub or watch.page_token is None:
            token = self._paged(turn, access, self.drive.first_token, units=LOOK)
            watch = Watch(
                user_id=watch.user_id,
                tenant_id=watch.tenant_id,
                next_at=watch.next_at,
                daily_at=watch.daily_at,
                soon_at=watch.soon_at,
                rev=watch.rev,
                google_sub=access.google_sub,
                page_token=token,
            )
        seen = self._all_files(turn, access)
        records = 0
        for snapshot, media in self._records(watch, SWEEP):
            records += 1
            watch = msgspec.structs.replace(watch, cursor=_cursor(media))
            if media.google_sub != access.google_sub or _is_new(media, now):
                continue
            watch = msgspec.structs.replace(watch, files=watch.files + 1)
            turn.listed += 1
            sight = seen.get(media.drive_file_id)
            if sight is None or after(media, judge(media, sight, NOT_ASKED), now) is not media:
                turn.cases.append(Case(snapshot, media, None, by_token=sight, counted=True))
        turn.watch, turn.more = _swept(watch, now, EVERYTHING.days, done=records < SWEEP)

    def _sweep_by_key(self, turn: Turn, now: datetime) -> None:
        """The public ones among the user's own, when nothing else can tell: of the others nobody can say."""
        watch = turn.watch
        if not watch.dark:
            watch = msgspec.structs.replace(watch, dark=True, cursor=None, sweep_at=None, sweep_days=0)
        if watch.sweep_at is not None and watch.sweep_at > now:
            return
        records = 0
        for snapshot, media in self._records(watch, DARK):
            records += 1
            watch = msgspec.structs.replace(watch, cursor=_cursor(media))
            if media.google_sub is not None and media.sharing == "public":
                turn.cases.append(Case(snapshot, media, None, by_token=Unclear("needs_reconnect")))
        days = min(EVERYTHING.days, max(1, watch.sweep_days * GROWTH))
        turn.watch, turn.more = _swept(watch, now, days, done=records < DARK)

    def _due(self, turn: Turn, access: Access | Unclear | None, now: datetime) -> None:
        """What is looked at one by one."""
        live = access if isinstance(access, Access) else None
        silent = access if isinstance(access, Unclear) else Unclear("needs_reconnect")
        where: tuple[Filter, ...] = (
            ("userId", "==", turn.watch.user_id),
            ("accessibility.nextCheckAt", "<=", now),
        )
        query = Query("generated_media", where, (("accessibility.nextCheckAt", False),), DUE)
        found = self.documents.find(query)
        known = {case.snapshot.key for case in turn.cases}
        for snapshot in found:
            media = snapshot.read(Media)
            sees = live if live and media.google_sub in (None, live.google_sub) else None
            if snapshot.key not in known:
                turn.cases.append(Case(snapshot, media, sees, by_token=NOT_ASKED if sees else silent))
        turn.more = turn.more or len(found) == DUE

    def _all_files(self, turn: Turn, access: Access) -> dict[str, DriveFile]:
        page = self._paged(turn, access, self.drive.files_page)
        seen = {file.id: file for file in page.files}
        while page.token is not None:
            page = self._paged(turn, access, partial(_files, self.drive, page.token))
            seen |= {file.id: file for file in page.files}
        return seen

    def _records(self, watch: Watch, limit: int) -> Iterator[tuple[Snapshot, Media]]:
        """The user's media from the cursor on, newest first."""
        after_ = None if watch.cursor is None else (_EPOCH + timedelta(microseconds=watch.cursor[0]), watch.cursor[1])
        where: tuple[Filter, ...] = (("userId", "==", watch.user_id),)
        for _ in range(0, limit, BATCH):
            found = self.documents.find(Query("generated_media", where, (("createdAt", True),), BATCH, after_))
            for snapshot in found:
                media = snapshot.read(Media)
                after_ = (media.created_at, media.id)
                yield snapshot, media
            if len(found) < BATCH:
                return

    def _paged(self, turn: Turn, access: Access, ask: Callable[[Access], T], *, units: int = PAGE) -> T:
        turn.units += units
        return as_user(self.drives, access.user_id, ask)


def _changes(drive: DriveWatch, token: str, access: Access) -> ChangePage:
    return drive.changes(access, token)


def _files(drive: DriveWatch, token: str, access: Access) -> FilePage:
    return drive.files_page(access, token)


def _needs_list(watch: Watch, access: Access, now: datetime) -> bool:
    """The first time, after another account or a time without one, and once in 30 days."""
    begins = watch.page_token is None or watch.google_sub != access.google_sub or watch.dark
    return begins or watch.sweep_at is None or watch.sweep_at <= now


def _swept(watch: Watch, now: datetime, days: int, *, done: bool) -> tuple[Watch, bool]:
    """How it goes on after a part of a sweep, and whether there is more of it."""
    if not done:
        return watch, True
    next_at = now + timedelta(days=days) - EARLY
    return msgspec.structs.replace(watch, cursor=None, sweep_at=next_at, sweep_days=days), False


def _is_new(media: Media, now: datetime) -> bool:
    """A list may lag behind what was just made."""
    return max(media.created_at, media.linked_at or media.created_at) > now - LAG


def _cursor(media: Media) -> tuple[int, str]:
    return (media.created_at - _EPOCH) // timedelta(microseconds=1), media.id


def _next_day(daily_at: datetime, now: datetime) -> datetime:
    """The same time of day, so that turns do not drift."""
    return daily_at + EVERY * ((now - daily_at) // EVERY + 1)
