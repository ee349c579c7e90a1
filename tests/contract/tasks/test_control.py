"""The control API: faults that a test or a person switches on, the journal, waiting, and starting anew."""

from __future__ import annotations

import pytest
import requests
from google.api_core import exceptions
from google.auth import jwt

from tests.contract.tasks.conftest import QUEUE, World


def fault(world: World, name: str, **order: object) -> None:
    """Switch a fault on."""
    url = f"{world.serving.url}/_emulator/faults"
    requests.post(url, json={"name": name, **order}, timeout=10).raise_for_status()


def test_a_duplicate_reaches_the_handler_twice(world: World) -> None:
    """Both requests carry the same task name."""
    fault(world, "duplicate", match={"task": "a"})
    world.named("a")
    names = {world.target.take().headers["X-Cloudtasks-Taskname"] for _ in range(2)}
    world.settle()
    assert names == {"a"}
    assert world.outcomes() == ["sent", "done"]


def test_one_success_of_two_deliveries_is_enough(world: World) -> None:
    """The task is done when any of its deliveries was acknowledged."""
    fault(world, "duplicate")
    world.target.answers = [500, 200]
    world.enqueue()
    world.settle()
    assert world.outcomes() == ["sent", "done"]


def test_a_lost_task_is_never_sent(world: World) -> None:
    """Nobody is told; its name is taken all the same."""
    fault(world, "lost", match={"task": "a"})
    world.named("a")
    world.settle()
    assert world.target.is_quiet()
    assert [event["task"] for event in world.emulator.journal.events("lost")] == ["a"]
    with pytest.raises(exceptions.AlreadyExists):
        world.named("a")


def test_a_late_task_comes_later(world: World) -> None:
    """By the seconds that the fault names."""
    fault(world, "late", params={"seconds": 300})
    world.enqueue()
    world.settle()
    assert world.target.is_quiet()
    requests.post(f"{world.serving.url}/_emulator/clock", json={"advance": 301}, timeout=10).raise_for_status()
    assert world.target.take().path == "/run"


def test_a_pause_of_the_service_ends_when_it_is_cleared(world: World) -> None:
    """The queue's own state is RUNNING all the time."""
    fault(world, "paused", times=-1)
    world.enqueue()
    assert not world.emulator.dispatcher.wait_until_idle(0.2)
    assert world.target.is_quiet()
    assert world.client.get_queue(name=QUEUE).state.name == "RUNNING"
    requests.delete(f"{world.serving.url}/_emulator/faults", timeout=10).raise_for_status()
    assert world.target.take().path == "/run"


def test_an_answer_can_be_lost_after_the_task_was_made(world: World) -> None:
    """The caller sees UNAVAILABLE, and a second try with the same name ALREADY_EXISTS."""
    fault(world, "answer_lost", match={"rpc": "CreateTask"})
    with pytest.raises(exceptions.ServiceUnavailable):
        world.named("a")
    with pytest.raises(exceptions.AlreadyExists):
        world.named("a")
    assert world.target.take().headers["X-Cloudtasks-Taskname"] == "a"


@pytest.mark.parametrize("order", [{"name": "unheard-of"}, {"name": "paused", "times": 1}, {"nome": "late"}, [], None])
def test_a_fault_that_means_nothing_is_refused(world: World, order: object) -> None:
    """So that a test cannot switch on nothing."""
    answer = requests.post(f"{world.serving.url}/_emulator/faults", json=order, timeout=10)
    assert answer.status_code == 400
    assert "error" in answer.json()


def test_idle_waits_for_what_is_due(world: World) -> None:
    """And counts what is scheduled for later."""
    world.enqueue()
    world.enqueue(schedule_time=world.later(60))
    answer = requests.get(f"{world.serving.url}/_emulator/idle?wait=10", timeout=20).json()
    assert answer == {"idle": True, "due": 0, "running": 0, "scheduled": 1}
    assert world.outcomes() == ["done"]


def test_the_journal_has_each_rpc_and_each_attempt(world: World) -> None:
    """With the target's address, without its query, which may hold a secret."""
    world.named("a", "/run?t=secret")
    world.settle()
    journal = requests.get(f"{world.serving.url}/_emulator/journal", timeout=10)
    events = {event["event"]: event for event in journal.json()["events"]}
    assert (events["rpc"]["rpc"], events["rpc"]["status"]) == ("CreateTask", "OK")
    assert (events["dispatch"]["url"], events["dispatch"]["status"]) == (f"{world.target.url}/run", 200)
    assert "secret" not in journal.text


def test_a_token_can_be_had_for_a_scheduler(world: World) -> None:
    """Signed by the same key as those of tasks."""
    order = {"email": "invoker@demo.test", "audience": "https://svc"}
    token = requests.post(f"{world.serving.url}/_emulator/token", json=order, timeout=10).json()["idToken"]
    certificates = requests.get(f"{world.serving.url}/oauth2/v1/certs", timeout=10).json()
    claims = jwt.decode(token, certificates, audience="https://svc")  # type: ignore[no-untyped-call]  # google-auth
    assert (claims["iss"], claims["email"]) == ("https://accounts.google.com", "invoker@demo.test")
    assert requests.post(f"{world.serving.url}/_emulator/token", json={"email": "x"}, timeout=10).status_code == 400


def test_a_reset_keeps_the_configured_queues_only(world: World) -> None:
    """Tasks and used names are gone."""
    world.named("a")
    world.settle()
    requests.post(f"{world.serving.url}/_emulator/reset", timeout=10).raise_for_status()
    assert list(world.client.list_tasks(parent=QUEUE)) == []
    assert world.named("a").name.endswith("/a")


def test_a_person_sees_what_is_queued(world: World) -> None:
    """The page names the task and its target, without the query."""
    world.named("first-picture", "/run?t=secret", schedule_time=world.later(60))
    page = requests.get(world.serving.url, timeout=10).text
    assert "first-picture" in page
    assert "1 for later" in page
    assert "secret" not in page
