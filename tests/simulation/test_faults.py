"""The same life under crashes, duplicates and losses: every job is delivered exactly once or released exactly once.

Judged by the provider's ledger and the listing of Drive, not only by our own database.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from shared.core.errors import DriveUnavailable, InsufficientCredits
from tests.fakes.drive import MemoryDrive
from tests.simulation.world import Crash, World

BOUNDARIES = ("T1", "T2", "submit", "T3", "T4", "T4b", "drive-create", "T5")
MOMENTS = [f"{name}:{moment}" for name in BOUNDARIES for moment in ("before", "after")]


def crash_once_at(name: str, journal: list[str]) -> Callable[[str], None]:
    """Die the first time that a boundary is reached."""

    def reach(reached: str) -> None:
        journal.append(reached)
        if reached == name and journal.count(name) == 1:
            raise Crash(name)

    return reach


def three_jobs(world: World) -> None:
    """One from text, one with its result as reference, a film; a crash while accepting is answered by asking again."""
    for key in ("one", "two"):
        reference = world.job(world.jobs()[0].id).media_id if key == "two" and world.jobs() else None
        asked = {"image_reference_id": reference} if reference and world.jobs()[0].state == "SUCCEEDED" else {}
        try:
            world.ask("ana", key=key, **asked)
        except Crash:
            world.ask("ana", key=key, **asked)
        world.run()
    try:
        world.film("ana", "three", duration=5)
    except Crash:
        world.film("ana", "three", duration=5)
    world.run()


@pytest.mark.parametrize("duplicate", [False, True], ids=["once", "every-task-and-webhook-twice"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_crash_at_a_boundary_loses_nothing_and_charges_nothing_twice(moment: str, *, duplicate: bool) -> None:
    """Before and after each transaction, the submit and the Drive create."""
    world, journal = World(), list[str]()
    world.add_user("ana")
    world.queue.duplicate = duplicate
    world.reached = crash_once_at(moment, journal)
    three_jobs(world)

    assert moment in journal, "the boundary was really reached"
    assert world.violations() == []
    assert [job for job in world.jobs() if not job.is_final] == []
    delivered = [job for job in world.jobs() if job.state == "SUCCEEDED"]
    assert world.user("ana").balance == 100 - sum(job.price for job in delivered)
    if moment not in ("submit:before", "T2:after"):  # there nobody can know whether the provider was asked
        assert len(delivered) == 3


@pytest.mark.parametrize("kind", ["picture", "film"])
@pytest.mark.parametrize("second", MOMENTS[2:])
@pytest.mark.parametrize("first", MOMENTS[2:])
def test_two_crashes_in_one_life(first: str, second: str, kind: str) -> None:
    """Each pair of boundaries."""
    world = World()
    world.add_user("ana")
    left = [first, second]

    def reach(reached: str) -> None:
        if left and reached == left[0]:
            left.pop(0)
            raise Crash(reached)

    world.reached = reach
    world.ask("ana") if kind == "picture" else world.film("ana", duration=3)
    world.run()

    assert world.violations() == []
    assert world.open_jobs() == []


def chaos(world: World, random_: random.Random) -> None:
    """Crashes, provider faults, Drive outages and lost tasks, each now and then."""
    faults = (
        "refuse",
        "full",
        "lost",
        "down",
        "sync",
        "fail",
        "early-missing",
        "late-output",
        "unreachable",
        "garbage",
    )

    def reach(name: str) -> None:
        if random_.random() < 0.05:
            raise Crash(name)

    def trouble(method: str) -> None:
        if random_.random() < 0.05:
            raise DriveUnavailable(method)

    world.provider.faults = lambda _: frozenset({random_.choice(faults)} if random_.random() < 0.3 else ())
    world.queue.is_lost = lambda _: random_.random() < 0.1
    world.queue.duplicate = True
    world.reached, world.drive.trouble = reach, trouble


@pytest.mark.parametrize("seed", range(150))
def test_a_random_history_converges_when_the_faults_stop(seed: int) -> None:
    """Two phases: faults on, then off; then everything must have ended, and everything that must hold holds."""
    random_ = random.Random(seed)
    world = World(concurrency=2, limit=2)
    for name in ("ana", "budi"):
        world.add_user(name, 90)
    chaos(world, random_)
    for number in range(8):
        try:
            user = random_.choice(("ana", "budi"))
            if random_.random() < 0.3:
                world.film(user, f"k{number}", duration=random_.choice((3, 6)))
            else:
                world.ask(user, key=f"k{number}")
        except (Crash, InsufficientCredits):
            world.crashes += 1
        world.run(webhooks=random_.random() < 0.7, hours=random_.random())
    world.reached, world.drive.trouble, world.provider.faults = lambda _: None, lambda _: None, lambda _: frozenset()
    world.queue.is_lost = lambda _: False
    world.run()

    assert world.violations() == []
    assert world.open_jobs() == []


def test_the_harness_sees_a_file_that_is_made_twice() -> None:
    """A Drive that ignores reserved ids is caught: the invariants are not blind."""

    class ForgetfulDrive(MemoryDrive):
        """Makes a new file for every upload."""

        def upload(self, access, upload, source, size):  # type: ignore[no-untyped-def]
            """Under another id each time."""
            import msgspec

            fresh = msgspec.structs.replace(upload, file_id=self.generate_ids(access, 1)[0])
            file = super().upload(access, fresh, source, size)
            return msgspec.structs.replace(file, id=upload.file_id)

    world, journal = World(), list[str]()
    world.drive = ForgetfulDrive()
    world.add_user("ana")
    world.reached = crash_once_at("T5:before", journal)
    world.ask("ana")
    world.run()

    assert [found for found in world.violations() if found.startswith("I13")]
