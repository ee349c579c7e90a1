"""What CreateTask accepts and refuses, and what can be read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import tasks_v2

from infra.local.tasks.emulator import TasksEmulator
from tests.contract.tasks.conftest import PARENT, QUEUE, World, connect


def test_a_task_is_sent_once_and_gone(world: World) -> None:
    """After a 2xx the task does not exist."""
    name = world.enqueue(body=b"{}", headers={"Content-Type": "application/json"}).name
    hit = world.target.take()
    world.settle()
    assert (hit.method, hit.path, hit.body, hit.headers["Content-Type"]) == ("POST", "/run", b"{}", "application/json")
    with pytest.raises(exceptions.NotFound, match="existed recently"):
        world.client.get_task(name=name)
    assert world.outcomes() == ["done"]


def test_a_name_is_taken_while_its_task_waits(world: World) -> None:
    """The second creation answers ALREADY_EXISTS."""
    world.named("a", schedule_time=world.later(60))
    with pytest.raises(exceptions.AlreadyExists):
        world.named("a")


@pytest.mark.parametrize("end", ["done", "deleted", "purged"])
def test_a_name_stays_taken_for_24_hours_after_its_task(world: World, end: str) -> None:
    """However the task ended; a day later the name is free."""
    task = world.named("a", schedule_time=world.later(0 if end == "done" else 60))
    if end == "deleted":
        world.client.delete_task(name=task.name)
    if end == "purged":
        world.client.purge_queue(name=QUEUE)
    world.settle()
    with pytest.raises(exceptions.AlreadyExists, match="too recently"):
        world.named("a")
    world.emulator.advance(24 * 3600 - 30)
    with pytest.raises(exceptions.AlreadyExists):
        world.named("a")
    world.emulator.advance(31)
    assert world.named("a").name == task.name


def test_a_missing_queue_is_not_found(world: World) -> None:
    """Queues are never made by using them."""
    with pytest.raises(exceptions.NotFound, match="Queue does not exist"):
        world.client.create_task(parent=f"{PARENT}/queues/other", task=world.task())


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"body": b"x" * 102_400}, "Task size too large"),
        ({"schedule_time": 30 * 86400 + 60}, "30 days"),
        ({"dispatch_deadline": {"seconds": 14}}, "dispatch deadline"),
        ({"dispatch_deadline": {"seconds": 1801}}, "dispatch deadline"),
        ({"name": f"{QUEUE}/tasks/a.b"}, "must be formatted"),
        ({"name": f"{PARENT}/queues/other/tasks/a"}, "must be formatted"),
        ({"http_method": tasks_v2.HttpMethod.GET, "body": b"x"}, "body is not allowed"),
        ({"oidc_token": {"service_account_email": "nobody"}}, "service_account_email"),
        ({"headers": {"a": "x" * 82_000}}, "headers"),
    ],
)
def test_what_can_never_be_sent_is_an_invalid_argument(world: World, fields: dict[str, Any], reason: str) -> None:
    """Each limit of the service, one step beyond."""
    if isinstance(ahead := fields.get("schedule_time"), int):
        fields = {**fields, "schedule_time": world.later(ahead)}
    with pytest.raises(exceptions.InvalidArgument, match=reason):
        world.enqueue(**fields)
    world.settle()
    assert world.target.is_quiet()


def test_the_limits_themselves_are_accepted(world: World) -> None:
    """29.9 days, 15 seconds and 30 minutes, and 99 KB."""
    world.enqueue(schedule_time=world.later(30 * 86400 - 60), dispatch_deadline={"seconds": 15}, body=b"x" * 100_000)
    world.enqueue(schedule_time=world.later(60), dispatch_deadline={"seconds": 1800})
    assert len(list(world.client.list_tasks(parent=QUEUE))) == 2


def test_a_url_must_be_absolute(world: World) -> None:
    """No scheme, no task."""
    with pytest.raises(exceptions.InvalidArgument, match="url"):
        world.client.create_task(parent=QUEUE, task=tasks_v2.Task(http_request={"url": "/run"}))


def test_what_is_not_emulated_says_so(world: World) -> None:
    """Never a made-up success."""
    with pytest.raises(exceptions.MethodNotImplemented):
        world.client.create_task(parent=QUEUE, task=tasks_v2.Task(app_engine_http_request={"relative_uri": "/"}))
    with pytest.raises(exceptions.MethodNotImplemented):
        world.client.get_iam_policy(request={"resource": QUEUE})
    with pytest.raises(exceptions.MethodNotImplemented):
        world.client.batch_delete_tasks(request={"parent": QUEUE, "names": [f"{QUEUE}/tasks/a"]})


def test_a_body_is_shown_in_the_full_view_only(world: World) -> None:
    """As the service leaves large or sensitive fields out."""
    name = world.named("a", body=b"secret", schedule_time=world.later(60)).name
    full = tasks_v2.Task.View.FULL
    assert world.client.get_task(name=name).http_request.body == b""
    assert world.client.get_task(request={"name": name, "response_view": full}).http_request.body == b"secret"


def test_tasks_are_listed_in_pages(world: World) -> None:
    """All of them, each once."""
    for number in range(5):
        world.named(f"t{number}", schedule_time=world.later(60))
    listed = world.client.list_tasks(request={"parent": QUEUE, "page_size": 2})
    assert [task.name.rpartition("/")[2] for task in listed] == ["t0", "t1", "t2", "t3", "t4"]
    with pytest.raises(exceptions.InvalidArgument):
        world.client.list_tasks(request={"parent": QUEUE, "page_size": 1001})


def test_only_a_known_service_account_can_be_named(tmp_path: Path) -> None:
    """The creator needs actAs on the account."""
    emulator = TasksEmulator(tmp_path, queues=[tasks_v2.Queue(name=QUEUE)], accounts=frozenset({"invoker@x.test"}))
    serving = emulator.serve()
    client, channel = connect(serving.host)
    request = {"url": "http://localhost:9/", "oidc_token": {"service_account_email": "other@x.test"}}
    with pytest.raises(exceptions.PermissionDenied, match="actAs"):
        client.create_task(parent=QUEUE, task=tasks_v2.Task(http_request=request))
    channel.close()
    serving.stop()
    emulator.close()
