"""When a user's files are looked at again: `rechecks/{userId}`, one small document for each user with media.

One due time for each user and not for each file: so a user with 100,000 files takes turns with all others, and nothing
is written for what did not change.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from shared.core.documents import Create, Key, Reads, Write

EVERY = timedelta(days=1)


class Watch(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is known between two turns."""

    user_id: str
    tenant_id: str
    next_at: datetime  #: when the user's next turn is due
    daily_at: datetime  #: when the next daily one is: turns between two days do not shift it
    rev: int = 0  #: grows with each turn; a task that was overtaken changes nothing
    google_sub: str | None = None  #: whose change feed it is
    page_token: str | None = None  #: where the feed goes on; None: it begins with a look at everything
    sweep_at: datetime | None = None  #: when every file is looked at again; None: at the next turn
    sweep_days: int = 1  #: between two sweeps without a connection
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
