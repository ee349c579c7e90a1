"""Nobody waits in an instance: how late a result is seen, and what waiting for it costs, in virtual time.

The times of calls are assumptions, the same for all designs; what is counted is exact. Storing a result in Drive is
the same work in every design and is left out.
"""

from __future__ import annotations

import math
import random
import statistics
from collections import Counter
from collections.abc import Callable

from tests.simulation.world import World

SECONDS = {"read": 0.01, "write": 0.02, "task": 0.02, "submit": 0.3, "fetch": 0.15}  #: of a call, assumed
VIDEOS, AT_ONCE = 1000, 5


class Run:
    """A thousand films, five at a time, and what it took."""

    def __init__(self, seconds: Callable[[random.Random], float], *, webhooks: bool) -> None:
        chance = random.Random(7)
        self.world = world = World(most_tasks=100_000)
        self.calls: Counter[str] = Counter()
        self.rendered: list[float] = []
        self._seconds, self._chance = seconds, chance
        world.provider.seconds = lambda _: self._drawn()
        for user in range(AT_ONCE):
            world.add_user(f"u{user}", 30 * VIDEOS)
        for number in range(VIDEOS // AT_ONCE):
            for user in range(AT_ONCE):
                world.film(f"u{user}", str(number))
            self._count(self._called)
            world.run(webhooks=webhooks)
            self._count(lambda _: None)
        self.jobs = world.jobs()

    def _drawn(self) -> float:
        self.rendered.append(self._seconds(self._chance))
        return self.rendered[-1]

    def _count(self, called: Callable[[str], None]) -> None:
        self.world.documents.called = self.world.queue.called = self.world.provider.called = called

    def _called(self, what: str) -> None:
        self.calls[what] += 1
        self.world.clock.advance(SECONDS[what])

    @property
    def late(self) -> list[float]:
        """Seconds from the provider's end to the file in Drive, sorted."""
        done = {job.track_id: job.done_at for job in self.world.provider.jobs.values()}
        return sorted((job.finished_at - done[f"job-{job.id}"]).total_seconds() for job in self.jobs if job.finished_at)

    @property
    def looks(self) -> float:
        """Polls of the middle film."""
        return statistics.median(job.looks for job in self.world.provider.jobs.values())

    @property
    def share_of_naive(self) -> float:
        """Instance time by that of an instance that polls every 3 s for at most 120 s."""
        naive = sum(
            SECONDS["submit"] + math.ceil(min(120.0, rendered) / 3) * (3 + SECONDS["fetch"])
            for rendered in self.rendered
        )
        return sum(SECONDS[what] * count for what, count in self.calls.items()) / naive

    def told(self) -> str:
        """What is quoted."""
        each = {what: round(count / VIDEOS, 1) for what, count in sorted(self.calls.items())}
        p50, p95 = self.late[VIDEOS // 2], self.late[VIDEOS * 95 // 100]
        return f"late p50 {p50:.2f} s, p95 {p95:.2f} s; {self.looks} looks; {self.share_of_naive:.2%} of naive; {each}"

    def assert_all_delivered(self) -> None:
        """None is lost, and all that must hold holds."""
        assert Counter(job.state for job in self.jobs) == {"SUCCEEDED": VIDEOS}
        assert self.world.violations() == []


def usual(chance: random.Random) -> float:
    """Half within 90 s, nineteen of twenty within 136."""
    return chance.lognormvariate(math.log(90), 0.25)


def test_with_webhooks_a_result_is_seen_within_a_second_and_nothing_waits() -> None:
    """p95 of a second, at most a hundredth of the naive instance time."""
    run = Run(usual, webhooks=True)
    run.assert_all_delivered()
    assert run.late[VIDEOS * 95 // 100] <= 1, run.told()
    assert run.share_of_naive <= 0.01, run.told()


def test_without_webhooks_few_looks_find_a_result_soon() -> None:
    """p95 of 6.5 s, at most eight looks at the middle film, at most 3 % of the naive instance time."""
    run = Run(usual, webhooks=False)
    run.assert_all_delivered()
    assert run.late[VIDEOS * 95 // 100] <= 6.5, run.told()
    assert run.looks <= 8, run.told()
    assert run.share_of_naive <= 0.03, run.told()


def test_no_straggler_is_lost() -> None:
    """Very unequal films, one of twenty of more than four minutes: a design that gives up after two loses a third."""

    def unequal(chance: random.Random) -> float:
        if chance.random() < 0.05:
            return chance.uniform(240, 800)
        return min(800.0, chance.lognormvariate(math.log(90), 0.6))

    run = Run(unequal, webhooks=False)
    run.assert_all_delivered()
    assert sum(rendered > 120 for rendered in run.rendered) > 0.25 * VIDEOS
