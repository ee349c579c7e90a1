"""Turns at the provider: the account takes only so many jobs at once, images and videos together.

`scheduler/{account}` holds which job has a slot and until when at the latest. A slot is taken in the same commit that
claims the job, and given back in the commit that notes that the provider has ended it; so a crash leaves at worst a
slot that runs out. `virtual_time` orders the queue fairly between users (start-time fair queueing). How long the last
jobs of each model took is kept here too, as that same commit tells it.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from shared.core.documents import Key
from shared.generation.catalogue import Model
from shared.generation.times import ENOUGH, Times, times

ACCOUNT = "modelslab"
KEEP = 40  #: jobs of a model that are remembered
REST = "rest:"  #: marks a place that nobody takes for a while
_TAG_DIGITS = 12


class Slots(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who is at the provider, and how long it took lately: seconds from the submit to the result, by model."""

    taken: dict[str, datetime] = {}  #: job id: until when at the latest
    virtual_time: int = 0
    recent: dict[str, tuple[float, ...]] = {}
    announced: tuple[bool, ...] = ()  #: of the last results, whether a webhook told us

    def free(self, limit: int, now: datetime) -> int:
        """How many slots are free; those that ran out count as free."""
        return limit - sum(until > now for until in self.taken.values())

    def take(self, job_id: str, until: datetime, turn: str, now: datetime) -> Slots:
        """A slot for a job. Those that ran out are dropped."""
        live = {other: end for other, end in self.taken.items() if end > now}
        virtual_time = max(self.virtual_time, tag_of(turn))
        return msgspec.structs.replace(self, taken={**live, job_id: until}, virtual_time=virtual_time)

    def rest(self, job_id: str, until: datetime) -> Slots:
        """The job has left, and for a while nobody takes its place: the provider was full."""
        left = self.give_back(job_id)
        return msgspec.structs.replace(left, taken={**left.taken, f"{REST}{job_id}": until})

    def give_back(self, job_id: str) -> Slots:
        """Without this job."""
        return msgspec.structs.replace(self, taken={name: end for name, end in self.taken.items() if name != job_id})

    def learn(self, model_id: str, seconds: float, *, announced: bool | None) -> Slots:
        """One more result of a model. `announced`: by a webhook; None when it came with the answer to our asking."""
        recent = (*self.recent.get(model_id, ()), round(seconds, 1))[-KEEP:]
        heard = self.announced if announced is None else (*self.announced, announced)[-ENOUGH:]
        return msgspec.structs.replace(self, recent={**self.recent, model_id: recent}, announced=heard)

    def expects(self, model: Model) -> Times:
        """How long a job of this model takes, and whether we shall be told when it is done."""
        heard = len(self.announced) == ENOUGH and sum(self.announced) >= ENOUGH - 1
        return times(self.recent.get(model.id, ()), model, announced=heard)


def slots_key() -> Key:
    """Where the slots are kept."""
    return Key("scheduler", ACCOUNT)


def next_tag(virtual_time: int, users_last: int) -> int:
    """The turn of a user's next job: after the user's own jobs, and never before what has been served already."""
    return max(virtual_time, users_last) + 1


def turn(tag: int, asked_at: datetime, job_id: str) -> str:
    """A job's place in the queue as text that sorts: by tag, then first come, and no two the same."""
    return f"{tag:0{_TAG_DIGITS}}-{asked_at:%Y%m%d%H%M%S%f}-{job_id}"


def tag_of(turn: str) -> int:
    """The tag in a place of the queue."""
    return int(turn[:_TAG_DIGITS])
