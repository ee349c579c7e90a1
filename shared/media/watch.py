"""When a user's files are looked at again: `rechecks/{userId}`, one small document for each user with media.

One due time for each user and not for each file: so a user with 100,000 files takes turns with all others, and nothing
is written for what did not change.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from shared.core.documents import Create, Key, Reads, Replace, Write
from shared.media.model import Media

EVERY = timedelta(days=1)


class Watch(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is known between two turns."""

    user_id: str
    tenant_id: str
    next_at: datetime  #: when the user's next turn is due
    daily_at: datetime  #: when the next daily one is: turns between two days do not shift it
    soon_at: datetime | None = None  #: the next look that does not wait for the day: at a file in doubt
    rev: int = 0  #: grows with each turn; a task that was overtaken changes nothing
    google_sub: str | None = None  #: whose change feed it is
    page_token: str | None = None  #: where the feed goes on; None: it begins with a look at everything
    sweep_at: datetime | None = None  #: when every file is looked at again; None: at the next turn
    sweep_days: int = 1  #: between two sweeps
    dark: bool = False  #: whether the last daily turn had no connection
    files: int = 0  #: how many of the user's records the feed vouches for
    cursor: tuple[int, str] | None = None  #: where a sweep goes on: microseconds and id of the last media


def watch_key(user_id: str) -> Key:
    """Where it is kept."""
    return Key("rechecks", user_id)


def watched(reads: Reads, user_id: str, tenant_id: str, now: datetime) -> list[Write]:
    """The write that makes sure that a user's files are looked at: none when they are already."""
    key = watch_key(user_id)
    if reads[key].exists:
        return []
    return [Create(key, Watch(user_id=user_id, tenant_id=tenant_id, next_at=now + EVERY, daily_at=now + EVERY))]


def sooner(reads: Reads, media: Media) -> list[Write]:
    """The write that makes a user's next turn early enough for the second look at a file in doubt."""
    key = watch_key(media.user_id)
    watch, at = reads[key].read_or_none(Watch), media.accessibility.next_check_at
    if watch is None or at is None or media.accessibility.missed_at is None or watch.next_at <= at:
        return []
    return [Replace(reads[key], msgspec.structs.replace(watch, next_at=at, soon_at=at))]
