"""Turns at the provider: the account takes only so many jobs at once, images and videos together.

`scheduler/{account}` holds which job has a slot and until when at the latest. A slot is taken in the same commit that
claims the job, and given back in the commit that notes that the provider has ended it; so a crash leaves at worst a
slot that runs out. `virtual_time` orders the queue fairly between users (start-time fair queueing).
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from shared.core.documents import Key

ACCOUNT = "modelslab"


class Slots(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who is at the provider."""

    taken: dict[str, datetime] = {}  #: job id: until when at the latest
    virtual_time: int = 0

    def free(self, limit: int, now: datetime) -> int:
        """How many slots are free; those that ran out count as free."""
        return limit - sum(until > now for until in self.taken.values())

    def take(self, job_id: str, until: datetime, tag: int, now: datetime) -> Slots:
        """A slot for a job. Those that ran out are dropped."""
        live = {other: end for other, end in self.taken.items() if end > now}
        return Slots(taken={**live, job_id: until}, virtual_time=max(self.virtual_time, tag))

    def give_back(self, job_id: str) -> Slots:
        """Without this job."""
        return Slots(
            taken={other: end for other, end in self.taken.items() if other != job_id}, virtual_time=self.virtual_time
        )


def slots_key() -> Key:
    """Where the slots are kept."""
    return Key("scheduler", ACCOUNT)


def next_tag(virtual_time: int, users_last: int) -> int:
    """The turn of a user's next job: after the user's own jobs, and never before what has been served already."""
    return max(virtual_time, users_last) + 1
