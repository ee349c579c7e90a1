"""How long a job takes: learnt from the last jobs of its model, or from the catalogue while there are too few."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import msgspec

from shared.generation.catalogue import Model

ENOUGH = 5  #: jobs that say more than the catalogue


class Times(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Seconds from the submit to the result: half of the jobs are quicker than `median`, nine of ten than `p90`."""

    median: float
    p90: float
    learnt: bool = False
    announced: bool = False  #: the provider's webhooks come: looking for ourselves is only the safety net

    def left(self, elapsed: float) -> float | None:
        """Seconds until the result of a job that renders for so long already; None when nobody can say."""
        expected = self.median if elapsed < self.median else self.p90
        return round(max(1.0, expected - elapsed), 1) if elapsed < self.p90 else None


def times(recent: Sequence[float], model: Model, *, announced: bool = False) -> Times:
    """What is to be expected of a model."""
    if len(recent) < ENOUGH:
        return Times(median=model.typical_seconds, p90=model.p90_seconds, announced=announced)
    ordered = sorted(recent)
    p90 = ordered[-(-len(ordered) * 9 // 10) - 1]
    return Times(median=round(statistics.median(ordered), 1), p90=p90, learnt=True, announced=announced)


def queue_wait(ahead: int, free: int, concurrency: int, seconds: float) -> float:
    """Seconds until a job's turn, when each job before it takes so long: places become free one after the other."""
    return round(max(0, ahead - free + 1) * seconds / concurrency, 1)
