"""Queues: made, changed, deleted; and the manifest's."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from google.api_core import exceptions
from google.cloud import tasks_v2

from infra.local.tasks.manifest import queues_of
from tests.contract.tasks.conftest import PARENT, QUEUE, World

MANIFEST = Path(__file__).parents[3] / "infra" / "functions.yaml"


def test_a_queue_gets_the_defaults_of_the_service(world: World) -> None:
    """500 a second, 1,000 at once, 100 attempts, 0.1 s to an hour."""
    queue = world.client.get_queue(name=QUEUE)
    assert (queue.rate_limits.max_dispatches_per_second, queue.rate_limits.max_concurrent_dispatches) == (500, 1000)
    retries = queue.retry_config
    assert (retries.max_attempts, retries.max_doublings, retries.min_backoff.total_seconds()) == (100, 16, 0.1)


def test_a_second_queue_of_a_name_is_refused(world: World) -> None:
    """And so is one of a queue that was deleted lately."""
    with pytest.raises(exceptions.AlreadyExists):
        world.client.create_queue(parent=PARENT, queue=tasks_v2.Queue(name=QUEUE))
    world.client.delete_queue(name=QUEUE)
    with pytest.raises(exceptions.FailedPrecondition, match="recently"):
        world.client.create_queue(parent=PARENT, queue=tasks_v2.Queue(name=QUEUE))
    world.emulator.advance(3 * 86400)
    assert world.client.create_queue(parent=PARENT, queue=tasks_v2.Queue(name=QUEUE)).name == QUEUE


def test_a_mask_changes_only_what_it_names(world: World) -> None:
    """The other fields of the message are ignored."""
    change = tasks_v2.Queue(name=QUEUE, retry_config={"max_attempts": 7, "max_doublings": 3})
    world.client.update_queue(queue=change, update_mask={"paths": ["retry_config.max_attempts"]})
    retries = world.client.get_queue(name=QUEUE).retry_config
    assert (retries.max_attempts, retries.max_doublings) == (7, 16)
    with pytest.raises(exceptions.InvalidArgument, match="unknown field"):
        world.client.update_queue(queue=change, update_mask={"paths": ["retry_config.speed"]})


@pytest.mark.parametrize(
    "fields",
    [
        {"rate_limits": {"max_dispatches_per_second": 501}},
        {"rate_limits": {"max_concurrent_dispatches": 5001}},
        {"retry_config": {"max_attempts": -2}},
        {"retry_config": {"min_backoff": {"seconds": 9}, "max_backoff": {"seconds": 8}}},
    ],
)
def test_a_queue_beyond_the_limits_is_refused(world: World, fields: dict[str, object]) -> None:
    """500 a second, 5,000 at once."""
    with pytest.raises(exceptions.InvalidArgument):
        world.client.create_queue(parent=PARENT, queue=tasks_v2.Queue(name=f"{PARENT}/queues/fast", **fields))


def test_deleting_a_queue_deletes_its_tasks(world: World) -> None:
    """Nothing of it is sent any more."""
    world.enqueue(schedule_time=world.later(60))
    world.client.delete_queue(name=QUEUE)
    world.emulator.advance(61)
    world.settle()
    assert world.target.is_quiet()
    with pytest.raises(exceptions.NotFound):
        world.client.get_queue(name=QUEUE)


def test_the_queues_of_the_manifest_are_accepted_by_the_service(world: World) -> None:
    """As Terraform would make them."""
    queues = queues_of(yaml.safe_load(MANIFEST.read_text()), "projects/other/locations/us-central1")
    assert queues
    for queue in queues:
        made = world.client.create_queue(parent="projects/other/locations/us-central1", queue=queue)
        assert made.retry_config.max_attempts == queue.retry_config.max_attempts
    listed = world.client.list_queues(parent="projects/other/locations/us-central1")
    assert [queue.name for queue in listed] == sorted(queue.name for queue in queues)
