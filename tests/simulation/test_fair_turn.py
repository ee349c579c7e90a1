"""A fair turn at the provider: never more at once than it takes, and nobody's hundred jobs delay another's first."""

from __future__ import annotations

import random
from collections import deque

import pytest

from shared.generation.ports import Submission
from tests.simulation.world import World

LIMIT, SECONDS = 5, 20.0
GREED = [1] * 8 + [2] * 4 + [5] * 3 + [20, 30, 45, 60, 114]  #: jobs of each of 20 users: 300 in all


def ideal_waits(greed: list[int], order: list[int]) -> dict[int, list[float]]:
    """Seconds until each job's start if users took turns at `LIMIT` free places and nothing ever went wrong."""
    queues = {user: deque(range(greed[user])) for user in order}
    places = [0.0] * LIMIT
    waits: dict[int, list[float]] = {user: [] for user in order}
    while any(queues.values()):
        for user in order:
            if queues[user]:
                queues[user].popleft()
                at = min(places)
                places[places.index(at)] = at + SECONDS
                waits[user].append(at)
    return waits


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


@pytest.mark.parametrize("seed", range(3))
def test_the_lightest_users_wait_little_longer_than_in_an_ideal_round_robin(seed: int) -> None:
    """300 jobs of 20 users at once, 10 % refusals for a full queue and faults: all end, the limit is never passed."""
    chance = random.Random(seed)
    world = World(concurrency=LIMIT, limit=LIMIT)
    order = list(range(len(GREED)))
    chance.shuffle(order)
    for user in order:
        world.add_user(f"u{user}", 1000)
    most = 0

    def faults(_: Submission) -> frozenset[str]:
        nonlocal most
        most = max(most, world.provider.rendering())
        return frozenset(
            {chance.choice(["full", "full", "full", "lost", "fail", "unreachable"])} if chance.random() < 0.15 else ()
        )

    world.provider.faults = faults
    began = world.clock.now()
    for user in order:  # the greedy do not come last
        for number in range(GREED[user]):
            world.ask(f"u{user}", key=str(number))
    world.run()

    jobs = world.jobs()
    assert (len(jobs), world.open_jobs(), world.violations()) == (300, [], [])
    assert most < LIMIT, "whenever we ask there is room"
    assert len(world.queue.dispatched) <= 20 * len(jobs), "being woken makes no second chain of tasks"
    ideal = ideal_waits(GREED, order)
    light = [f"u{user}" for user in order if GREED[user] <= 2]
    waited = [(job.started_at - began).total_seconds() for job in jobs if job.user_id in light and job.started_at]
    best = [wait for user in order if GREED[user] <= 2 for wait in ideal[user]]
    assert p95(waited) <= 2 * p95(best), (p95(waited), p95(best))


def test_jobs_of_one_user_are_served_as_they_came() -> None:
    """First come, first served, within a user."""
    world = World(concurrency=1, limit=1)
    world.add_user("ana")
    asked = []
    for number in range(6):
        asked.append(world.ask("ana", key=str(number))[0].id)
        world.clock.advance(1)
    world.run()
    started = sorted(world.jobs(), key=lambda job: job.started_at or job.created_at)
    assert [job.id for job in started] == asked
