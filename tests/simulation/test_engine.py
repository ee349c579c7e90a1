"""A job's whole life on fakes with virtual time."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from shared.core.documents import get
from shared.core.errors import (
    Conflict,
    DriveNotConnected,
    DriveUnavailable,
    IdempotencyKeyReused,
    InsufficientCredits,
    NotFound,
    RateLimited,
    ReferenceNotUsable,
    TooManyJobs,
)
from shared.generation.advance import advance
from shared.generation.control import cancel, own_job, retry, wake_user
from shared.generation.model import Step
from shared.generation.slots import Slots, slots_key
from shared.media.model import Media, media_key
from tests.fakes.drive import unavailable
from tests.simulation.world import World


@pytest.fixture
def world() -> World:
    """A backend with one user who has 100 credits."""
    made = World()
    made.add_user("ana")
    return made


def settled(world: World) -> None:
    """Time passes until all has ended, and everything that must hold holds."""
    world.run()
    assert world.violations() == []
    assert world.open_jobs() == []


def test_a_job_ends_as_a_verified_file_in_the_users_drive(world: World) -> None:
    """Held when accepted, captured when delivered, one file, one record."""
    job = world.ask("ana")[0]
    assert (world.user("ana").held, world.user("ana").available) == (5, 95)

    settled(world)

    done = world.job(job.id)
    assert done.state == "SUCCEEDED"
    assert (world.user("ana").balance, world.user("ana").held) == (95, 0)
    assert [(file.public, file.name) for file in world.drive.of_job(job.id)] == [
        (True, f"character_ana_{job.id[:8]}.png")
    ]


def test_without_any_webhook_polls_find_the_result(world: World) -> None:
    """The webhook is best effort."""
    job = world.ask("ana")[0]
    world.run(webhooks=False)

    assert world.job(job.id).state == "SUCCEEDED"
    assert 1 <= next(iter(world.provider.jobs.values())).looks <= 6


def test_a_reference_is_staged_and_given_by_a_signed_address(world: World) -> None:
    """Image to image from the user's own media; lineage is recorded."""
    first = world.ask("ana")[0]
    settled(world)
    second = world.ask("ana", image_reference_id=world.job(first.id).media_id)[0]
    settled(world)

    submission = world.provider.asked[-1]
    assert submission.model == "seedream-4.5-i2i"
    token = submission.init_images[0].removeprefix("https://studio.example/api/references/")
    assert world.engine.signer.reference_name(token, world.clock.now()) == f"references/{second.id}-0"
    assert world.job(second.id).references[0].media_id == world.job(first.id).media_id


def test_a_reference_by_its_drive_id_is_the_same(world: World) -> None:
    """Media id or Drive file id of the user's."""
    first = world.ask("ana")[0]
    settled(world)
    again = world.ask("ana", image_reference_id=world.job(first.id).drive_file_id)[0]

    assert again.references[0].media_id == world.job(first.id).media_id


@pytest.mark.parametrize("reference", ["made-up", "of-another-user", "not an id"])
def test_a_reference_that_is_not_the_users_is_not_usable(world: World, reference: str) -> None:
    """Foreign and made-up look the same, and nothing is held."""
    world.add_user("budi")
    theirs = world.ask("budi")[0]
    settled(world)
    asked = world.job(theirs.id).media_id if reference == "of-another-user" else reference

    with pytest.raises(ReferenceNotUsable) as refused:
        world.ask("ana", image_reference_id=asked)

    assert refused.value.details["reason"] == "not_found"
    assert world.user("ana").held == 0


@pytest.mark.parametrize(
    ("fault", "state", "code"),
    [
        ("refuse", "FAILED", "CONTENT_REJECTED"),
        ("lost", "SUCCEEDED", None),
        ("down", "FAILED", "OUTCOME_UNKNOWN"),
        ("sync", "SUCCEEDED", None),
        ("fail", "FAILED", "PROVIDER_FAILED"),
        ("early-missing", "SUCCEEDED", None),
        ("stuck", "FAILED", "GENERATION_TIMEOUT"),
        ("late-output", "SUCCEEDED", None),
        ("garbage", "FAILED", "RESULT_UNUSABLE"),
        ("unreachable", "SUCCEEDED", None),
    ],
)
def test_whatever_the_provider_does_the_job_ends_and_is_asked_once(
    world: World, fault: str, state: str, code: str | None
) -> None:
    """Delivered and charged, or released and not charged; never asked twice."""
    world.provider.faults = lambda _: frozenset({fault})
    job = world.ask("ana")[0]
    settled(world)

    done = world.job(job.id)
    assert (done.state, done.error.code if done.error else None) == (state, code)
    assert world.user("ana").balance == (95 if state == "SUCCEEDED" else 100)
    assert len(world.provider.asked) == 1


def test_a_lost_answer_without_a_webhook_is_released_and_not_asked_again(world: World) -> None:
    """We eat the provider's price rather than pay twice."""
    world.provider.faults = lambda _: frozenset({"lost"})
    job = world.ask("ana")[0]
    world.run(webhooks=False)

    assert world.job(job.id).error is not None
    assert (world.job(job.id).state, world.user("ana").available) == ("FAILED", 100)
    assert len(world.provider.asked) == 1


def test_a_full_provider_puts_the_job_back_into_our_queue(world: World) -> None:
    """429 is no failure."""
    answers = iter([frozenset({"full"}), frozenset({"full"})])
    world.provider.faults = lambda _: next(answers, frozenset())
    job = world.ask("ana")[0]
    settled(world)

    assert world.job(job.id).state == "SUCCEEDED"
    assert len(world.provider.jobs) == 1


def test_the_providers_limit_is_never_exceeded_by_us(world: World) -> None:
    """Thirty jobs of two users through five slots."""
    world.add_user("budi", 200)
    most = 0

    def watch(_: str) -> None:
        nonlocal most
        most = max(most, world.provider.rendering())

    world.reached = watch
    for number in range(15):
        world.ask("ana", key=f"a{number}")
        world.ask("budi", key=f"b{number}")
    settled(world)

    assert most == 5
    assert all(job.state == "SUCCEEDED" for job in world.jobs())
    assert len(world.provider.asked) == 30


def test_fifty_parallel_creates_with_credits_for_seven_accept_seven(world: World) -> None:
    """The check and the hold are one commit."""
    world.add_user("budi", 35)
    start = threading.Barrier(50)
    outcomes: list[str] = []

    def create(number: int) -> None:
        start.wait()
        try:
            world.ask("budi", key=f"k{number}")
            outcomes.append("accepted")
        except InsufficientCredits:
            outcomes.append("refused")

    threads = [threading.Thread(target=create, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (outcomes.count("accepted"), outcomes.count("refused")) == (7, 43)
    assert world.violations() == []


def test_the_same_key_gives_the_same_job_and_another_request_is_refused(world: World) -> None:
    """Idempotency."""
    first, again = world.ask("ana", key="k")[0], world.ask("ana", key="k")[0]
    assert first.id == again.id
    assert world.user("ana").held == 5

    with pytest.raises(IdempotencyKeyReused):
        world.ask("ana", key="k", additional_prompt="smiling")


def test_variations_are_all_accepted_or_none(world: World) -> None:
    """Credits for three do not pay for four."""
    world.add_user("budi", 15)
    with pytest.raises(InsufficientCredits):
        world.ask("budi", variations=4)
    assert world.user("budi").held == 0

    assert len(world.ask("budi", variations=3)) == 3
    settled(world)


def test_a_revoked_token_between_submit_and_delivery_blocks_and_resumes(world: World) -> None:
    """The result waits in staging; the provider was asked once."""
    job = world.ask("ana")[0]
    world.queue.run_next(world.clock, world.handle)
    world.set_connection("ana", state="needs_reconnect", reason="revoked")
    world.run(hours=1)
    blocked = world.job(job.id)
    assert (blocked.state, blocked.action, blocked.staged) == ("ACTION_REQUIRED", "connect_drive", f"results/{job.id}")
    assert world.violations() == []

    world.set_connection("ana", state="connected", reason=None, version=2)
    assert wake_user(world.engine, "ana") == 1
    settled(world)

    assert world.job(job.id).state == "SUCCEEDED"
    assert len(world.provider.asked) == 1


def test_a_full_drive_blocks_until_there_is_room(world: World) -> None:
    """Nothing is charged or lost meanwhile."""
    world.drive.limit = 0
    job = world.ask("ana")[0]
    world.run(hours=2)
    assert (world.job(job.id).state, world.job(job.id).action) == ("ACTION_REQUIRED", "free_storage")

    world.drive.limit = None
    settled(world)
    assert world.job(job.id).state == "SUCCEEDED"


def test_after_seven_days_a_blocked_job_is_released(world: World) -> None:
    """As long as the bucket keeps the result."""
    world.drive.limit = 0
    job = world.ask("ana")[0]
    settled(world)

    error = world.job(job.id).error
    assert error is not None
    assert (error.code, error.charged) == ("DRIVE_REFUSED", False)
    assert world.user("ana").available == 100


def test_a_drive_outage_only_delays(world: World) -> None:
    """The bytes are staged at once, as the provider's link lives a day."""
    world.drive.trouble = unavailable("upload")
    job = world.ask("ana")[0]
    world.run(hours=2)
    assert world.job(job.id).state == "RUNNING"
    assert f"results/{job.id}" in world.staging.objects

    world.drive.trouble = unavailable()
    settled(world)
    assert world.job(job.id).state == "SUCCEEDED"


def test_an_upload_whose_answer_was_lost_makes_one_file(world: World) -> None:
    """The id was reserved before."""
    lost = iter([True])

    def lose(method: str) -> None:
        if method == "uploaded" and next(lost, False):
            raise DriveUnavailable("the answer was lost")

    world.drive.trouble = lose
    job = world.ask("ana")[0]
    settled(world)

    assert world.job(job.id).state == "SUCCEEDED"


def test_slow_references_take_nothing_of_the_time_for_the_providers_answer(world: World) -> None:
    """Else a worker that still waits for it would be taken for dead, and its paid answer would be nobody's."""
    left: list[timedelta] = []

    def slow(method: str) -> None:
        if method == "download":
            world.clock.advance(400)

    def reach(name: str) -> None:
        if name == "submit:before":
            lease = world.job(job.id).lease_until
            assert lease
            left.append(lease - world.clock.now())

    world.drive.trouble, world.reached = slow, reach
    job = world.film("ana")
    settled(world)
    assert (world.job(job.id).state, left) == ("SUCCEEDED", [world.engine.submit_lease])


def test_a_staged_result_that_is_gone_ends_the_job_unpaid(world: World) -> None:
    """Somebody emptied the bucket while the user mended their Drive: no hang, no charge."""
    world.drive.limit = 0
    job = world.ask("ana")[0]
    world.run(hours=2)
    assert world.job(job.id).state == "ACTION_REQUIRED"
    world.staging.delete(f"results/{job.id}")
    world.drive.limit = None
    wake_user(world.engine, "ana")
    settled(world)
    ended = world.job(job.id)
    assert (ended.state, ended.error and ended.error.code) == ("FAILED", "RESULT_EXPIRED")
    assert world.user("ana").balance == 100


def test_a_policy_against_public_files_is_no_failure(world: World) -> None:
    """The record says restricted."""
    world.drive.forbids_public = True
    job = world.ask("ana")[0]
    settled(world)

    media = get(world.documents, media_key(job.media_id), Media)
    assert (world.job(job.id).state, media.sharing) == ("SUCCEEDED", "restricted")


def test_reconnecting_another_account_uses_another_file_id(world: World) -> None:
    """A reserved id belongs to one Google account."""
    world.drive.trouble = unavailable("make_public")
    job = world.ask("ana")[0]
    world.run(hours=1)
    first = world.job(job.id).drive_file_id
    world.drive.files.clear()
    world.set_connection("ana", google_sub="sub-other")
    world.drive.trouble = unavailable()
    world.run()

    assert world.job(job.id).state == "SUCCEEDED"
    assert world.job(job.id).drive_file_id != first


def test_a_queued_job_is_cancelled_at_once(world: World) -> None:
    """Nothing was asked."""
    job = world.ask("ana")[0]
    assert cancel(world.engine, "ana", job.id).state == "CANCELLED"

    settled(world)
    assert (world.user("ana").available, world.provider.asked) == (100, [])


def test_a_running_job_is_cancelled_and_its_result_dropped(world: World) -> None:
    """Credits are released; the provider's result goes nowhere."""
    job = world.ask("ana")[0]
    world.queue.run_next(world.clock, world.handle)
    assert cancel(world.engine, "ana", job.id).state == "CANCELLING"
    assert cancel(world.engine, "ana", job.id).state == "CANCELLING"

    settled(world)
    assert (world.job(job.id).state, world.user("ana").available) == ("CANCELLED", 100)
    assert world.drive.of_job(job.id) == []


def test_a_cancelled_job_that_may_be_rendering_keeps_its_slot(world: World) -> None:
    """Nobody knows whether the provider has it; only its deadline ends it, and then the slot is free again."""
    world.provider.faults = lambda _: frozenset({"lost"})
    job = world.ask("ana")[0]
    world.queue.run_next(world.clock, world.handle)
    assert world.job(job.id).step is Step.SUBMIT_UNKNOWN
    cancel(world.engine, "ana", job.id)
    advance(world.engine, job.id)  # a task that comes early

    assert world.job(job.id).state == "CANCELLING"
    assert job.id in get(world.documents, slots_key(), Slots).taken
    settled(world)
    assert world.job(job.id).state == "CANCELLED"
    assert get(world.documents, slots_key(), Slots).taken == {}


def test_a_job_that_waits_for_its_turn_fetches_no_references(world: World) -> None:
    """They cost downloads, and uploads to the provider."""
    first = world.ask("ana")[0]
    settled(world)
    asked: list[str] = []
    world.drive.trouble = asked.append
    world.provider.faults = lambda _: frozenset({"stuck"})
    for _ in range(5):
        world.ask("ana")
    while len(world.provider.asked) < 6:
        world.queue.run_next(world.clock, world.handle)
    waiting = world.ask("ana", image_reference_id=world.job(first.id).media_id)[0]
    for _ in range(3):
        advance(world.engine, waiting.id)
    assert (world.job(waiting.id).state, asked) == ("QUEUED", [])


def test_cancels_after_the_submit_are_capped_per_day(world: World) -> None:
    """They cost us."""
    world.add_user("rich", 1000)
    for number in range(20):
        job = world.ask("rich", key=f"k{number}")[0]
        while world.job(job.id).step is not Step.SUBMITTED:
            world.queue.run_next(world.clock, world.handle)
        cancel(world.engine, "rich", job.id)
        world.run()
    job = world.ask("rich")[0]
    while world.job(job.id).step is not Step.SUBMITTED:
        world.queue.run_next(world.clock, world.handle)

    with pytest.raises(RateLimited):
        cancel(world.engine, "rich", job.id)

    settled(world)
    assert world.job(job.id).state == "SUCCEEDED"


def test_what_has_ended_cannot_be_cancelled_but_done_again(world: World) -> None:
    """A retry is a new job with the same inputs; the old result stays."""
    job = world.ask("ana")[0]
    with pytest.raises(Conflict):
        retry(world.engine, "ana", job.id, idempotency_key=None)
    settled(world)
    with pytest.raises(Conflict):
        cancel(world.engine, "ana", job.id)

    again = retry(world.engine, "ana", job.id, idempotency_key="again")
    settled(world)
    assert (again.retry_of, again.prompt, world.job(again.id).state) == (job.id, job.prompt, "SUCCEEDED")
    assert len(world.drive.of_job(job.id)) == len(world.drive.of_job(again.id)) == 1


def test_another_users_job_is_like_none(world: World) -> None:
    """For every call on it."""
    world.add_user("budi")
    job = world.ask("ana")[0]
    for job_id in (job.id, "made-up", "not an id"):
        with pytest.raises(NotFound):
            own_job(world.engine, "budi", job_id)


def test_without_a_drive_nothing_starts(world: World) -> None:
    """And nothing is held."""
    world.set_connection("ana", state="disconnected")
    with pytest.raises(DriveNotConnected):
        world.ask("ana")
    assert world.user("ana").held == 0


def test_one_user_has_only_so_many_jobs_under_way(world: World) -> None:
    """In-flight cap."""
    world.add_user("rich", 10_000)
    for number in range(50):
        world.ask("rich", key=f"k{number}", variations=4)
    with pytest.raises(TooManyJobs):
        world.ask("rich")


def test_a_forged_webhook_changes_nothing(world: World) -> None:
    """A foreign token is not found; a foreign id is asked for and not believed."""
    world.provider.faults = lambda _: frozenset({"lost"})
    job = world.ask("ana")[0]
    world.queue.run_next(world.clock, world.handle)
    address = world.provider.asked[0].webhook.reveal()
    world.webhook(address[:-1] + ("0" if address[-1] != "0" else "1"), "1000")
    assert world.job(job.id).candidate_provider_id is None

    world.webhook(address, "999999")
    world.run(webhooks=False)
    assert world.job(job.id).state == "FAILED"


def test_every_task_lost_is_only_a_delay(world: World) -> None:
    """The job is its own outbox; the sweeper finds it."""
    world.queue.is_lost = lambda task: "-s2" not in task.name
    job = world.ask("ana")[0]
    settled(world)

    assert world.job(job.id).state == "SUCCEEDED"


@pytest.mark.parametrize(("faults", "state"), [((), "SUCCEEDED"), (("sync",), "SUCCEEDED"), (("refuse",), "FAILED")])
def test_an_answer_that_comes_after_its_lease_is_still_the_jobs(
    world: World, faults: tuple[str, ...], state: str
) -> None:
    """An instance stood still while the provider answered, and another one had given the job up: it was asked once."""
    world.provider.faults = lambda _: frozenset(faults)
    job = world.ask("ana")[0]

    def stand_still(call: str) -> None:
        if call == "submit" and not world.provider.asked:
            world.clock.advance(world.engine.submit_lease.total_seconds() + 1)
            advance(world.engine, job.id)
            assert world.job(job.id).step is Step.SUBMIT_UNKNOWN

    world.provider.called = stand_still
    world.run(webhooks=False)
    ended = world.job(job.id)
    assert (ended.state, len(world.provider.asked)) == (state, 1)
    assert ended.error is None or ended.error.code == "CONTENT_REJECTED"
    assert len(world.drive.of_job(job.id)) == (state == "SUCCEEDED")
