"""What one run of the recheck has done, and when it must stop.

A run is an hour of looking; all its tasks add to one record. It stops when too much turns bad at once: that is an
outage, a wrong key or a project without quota, and not people losing files. Whatever was seen by then is not believed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from shared.core.documents import Change, Documents, Key, Reads, change, write
from shared.core.ids import Ids

KEPT = timedelta(days=90)
LOOKS, LISTS = 5, 50  #: so many misses are needed before a share of them says something
USERS = 3  #: one user may well lose all they have
SHARE_OF_LOOKS, SHARE_OF_LISTS, SHARE_UNKNOWN = 0.2, 0.05, 0.5
MANY = 100  #: looks that could not tell


class Tally(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What some turns saw. `missed` counts first misses only: a second look at a file in doubt is expected to miss."""

    users: int = 0
    looked: int = 0  #: single looks at files that were not in doubt
    missed: int = 0
    missing_users: int = 0  #: users who have a file that is missed
    listed: int = 0  #: files that a feed or a list vouches for
    gone: int = 0  #: of those
    unknown: int = 0
    changed: int = 0  #: files that were lost or found
    units: int = 0  #: Drive quota
    seconds: float = 0.0

    def plus(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


class Run(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`runs/{id}`: for the dashboard, and for the other tasks of the run."""

    id: str
    kind: Literal["recheck"] = "recheck"
    total: Tally = Tally()
    stopped: str | None = None  #: why it went no further: missing, gone, unknown, budget
    started_at: datetime
    updated_at: datetime
    expires_at: datetime


def run_key(run_id: str) -> Key:
    """Where a run is kept."""
    return Key("runs", run_id)


def verdict_of(total: Tally, budget: int) -> str | None:
    """Why a run must stop; None: it goes on."""
    several = total.missing_users >= USERS
    if several and total.missed >= LOOKS and total.missed > SHARE_OF_LOOKS * total.looked:
        return "missing"
    if several and total.gone >= LISTS and total.gone > SHARE_OF_LISTS * total.listed:
        return "gone"
    if total.unknown >= MANY and total.unknown > SHARE_UNKNOWN * total.looked:
        return "unknown"
    return "budget" if total.units >= budget else None


def add_to_run(documents: Documents, ids: Ids, run_id: str, tally: Tally, now: datetime, budget: int) -> Run:
    """Add what was seen; the run as it is then."""
    key = run_key(run_id)

    def decide(reads: Reads) -> Change:
        fresh = Run(id=run_id, started_at=now, updated_at=now, expires_at=now + KEPT)
        run = reads[key].read_or_none(Run) or fresh
        total = run.total.plus(tally)
        after = msgspec.structs.replace(
            run, total=total, stopped=run.stopped or verdict_of(total, budget), updated_at=now
        )
        return Change((write(reads[key], after),), after)

    run: Run = change(documents, [key], decide, command=ids.new())
    return run
