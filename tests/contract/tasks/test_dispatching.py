"""When and how a task reaches its handler, and when it is tried again."""

from __future__ import annotations

import threading
import time

import pytest
from google.api_core import exceptions
from google.auth.transport.requests import Request
from google.cloud import tasks_v2
from google.oauth2 import id_token
from werkzeug.wrappers import Response

from tests.contract.tasks.conftest import PATIENCE, QUEUE, World

INVOKER = "invoker@demo.test"


def test_a_scheduled_task_waits_for_its_time(world: World) -> None:
    """It is sent when the emulator's time gets there."""
    world.enqueue(schedule_time=world.later(3600))
    world.settle()
    assert world.target.is_quiet()
    world.emulator.advance(3601)
    assert world.target.take().path == "/run"


def test_a_handler_sees_the_headers_of_the_service(world: World) -> None:
    """Short names, counts and the agent; what a caller set of them is replaced."""
    own = {"X-CloudTasks-TaskName": "forged", "User-Agent": "me", "X-Google-A": "b", "X-AppEngine-A": "b", "X-Own": "c"}
    world.target.answers = [500]
    world.named("a", headers=own)
    world.target.take()
    world.settle()
    world.emulator.advance(1)
    headers = world.target.take().headers
    assert headers["User-Agent"] == "Google-Cloud-Tasks"
    assert headers["X-Cloudtasks-Queuename"] == "jobs"
    assert headers["X-Cloudtasks-Taskname"] == "a"
    assert headers["X-Cloudtasks-Taskretrycount"] == "1"
    assert headers["X-Cloudtasks-Taskexecutioncount"] == "1"
    assert headers["X-Cloudtasks-Taskpreviousresponse"] == "500"
    assert float(headers["X-Cloudtasks-Tasketa"]) == pytest.approx(world.emulator.clock.time(), abs=10)
    assert headers["X-Own"] == "c"
    assert not {"X-Google-A", "X-Appengine-A", "Content-Type"} & headers.keys()


def test_the_token_is_verified_by_googles_library(world: World) -> None:
    """As in production, but for the address of the keys; another audience is refused."""
    token = {"service_account_email": INVOKER, "audience": "https://svc"}
    world.enqueue(oidc_token=token, headers={"authorization": "Bearer own"})
    bearer = world.target.take().headers["Authorization"].removeprefix("Bearer ")
    claims = _verified(world, bearer, "https://svc")
    assert (claims["iss"], claims["email"], claims["email_verified"]) == ("https://accounts.google.com", INVOKER, True)
    with pytest.raises(ValueError, match="audience"):
        _verified(world, bearer, "https://other")


def _verified(world: World, bearer: str, audience: str) -> dict[str, object]:
    certificates = f"{world.serving.url}/oauth2/v1/certs"
    return dict(id_token.verify_token(bearer, Request(), audience, certificates))


def test_the_audience_is_the_whole_url_unless_it_is_set(world: World) -> None:
    """With its path: so the product sets it."""
    world.enqueue("/a/b", oidc_token={"service_account_email": INVOKER})
    bearer = world.target.take().headers["Authorization"].removeprefix("Bearer ")
    assert _verified(world, bearer, f"{world.target.url}/a/b")["email"] == INVOKER


def test_retries_back_off_until_the_attempts_are_spent(world: World) -> None:
    """Twice as long each time, then by the last step; then the task is deleted without a word."""
    world.reconfigure(
        retry_config={
            "max_attempts": 5,
            "min_backoff": {"seconds": 10},
            "max_backoff": {"seconds": 35},
            "max_doublings": 1,
        }
    )
    world.target.answers = [500] * 5
    name = world.named("a").name
    for pause in (10, 20, 35, 35):
        world.target.take()
        world.settle()
        due = world.client.get_task(name=name).schedule_time
        assert due.timestamp() - world.emulator.clock.time() == pytest.approx(pause, abs=2)
        world.emulator.advance(pause)
    world.target.take()
    world.settle()
    assert world.outcomes() == ["retry"] * 4 + ["dead"]


def test_attempts_and_duration_must_both_be_spent(world: World) -> None:
    """One attempt is allowed, yet it is tried again for as long as max_retry_duration lasts."""
    world.reconfigure(
        retry_config={"max_attempts": 1, "max_retry_duration": {"seconds": 100}, "min_backoff": {"seconds": 60}}
    )
    world.target.answers = [500] * 3
    world.enqueue()
    for _ in range(2):
        world.target.take()
        world.settle()
        world.emulator.advance(200)
    world.settle()
    assert world.outcomes() == ["retry", "dead"]


def test_a_tasks_own_retry_configuration_wins(world: World) -> None:
    """What it does not say is as in the queue."""
    world.target.answers = [500]
    world.enqueue(retry_config={"max_attempts": 1})
    world.target.take()
    world.settle()
    assert world.outcomes() == ["dead"]


@pytest.mark.parametrize("answer", [404, 500])
def test_only_2xx_is_an_acknowledgement(world: World, answer: int) -> None:
    """Also a client error is tried again."""
    world.target.answers = [answer]
    world.enqueue()
    world.target.take()
    world.settle()
    assert world.outcomes()[0] == "retry"


def test_a_redirect_is_not_followed(world: World) -> None:
    """The service may follow it, so a handler cannot rely on that: here it counts as a failure."""
    world.target.answers = [lambda: Response(status=302, headers={"Location": f"{world.target.url}/elsewhere"})]
    world.enqueue(retry_config={"max_attempts": 1})
    assert world.target.take().path == "/run"
    world.settle()
    assert world.outcomes() == ["dead"]
    assert world.target.is_quiet()


def test_an_unreachable_target_is_retried(world: World) -> None:
    """The attempt counts, and it has no response."""
    request = {"url": "http://localhost:9/"}
    task = tasks_v2.Task(http_request=request, retry_config={"min_backoff": {"seconds": 50}})
    name = world.client.create_task(parent=QUEUE, task=task).name
    world.settle()
    task = world.client.get_task(name=name)
    assert (task.dispatch_count, task.response_count, task.last_attempt.response_status.code) == (1, 0, 4)


def test_429_rests_the_whole_queue_for_as_long_as_asked(world: World) -> None:
    """Another task of the queue waits, too; so a handler never answers 429 for one user's limit."""
    world.target.answers = [lambda: Response(status=429, headers={"Retry-After": "600"})]
    world.named("a")
    world.target.take()
    world.settle()
    world.named("b", "/other")
    assert not world.emulator.dispatcher.wait_until_idle(0.2)
    assert world.target.is_quiet()
    world.emulator.advance(601)
    assert {world.target.take().path, world.target.take().path} == {"/run", "/other"}


def test_no_more_run_at_once_than_the_queue_allows(world: World) -> None:
    """The third is sent when one of the two has ended."""
    world.reconfigure(rate_limits={"max_concurrent_dispatches": 2})
    release = threading.Event()
    world.target.answers = [lambda: Response(status=200 if release.wait(PATIENCE) else 500)] * 3
    for _ in range(3):
        world.enqueue()
    world.target.take()
    world.target.take()
    assert not world.emulator.dispatcher.wait_until_idle(0.2)
    assert world.target.is_quiet()
    release.set()
    world.target.take()
    world.settle()


def test_a_queue_sends_no_faster_than_its_rate(world: World) -> None:
    """A burst of 10, then 20 a second: 16 tasks take 0.3 s at least."""
    world.reconfigure(rate_limits={"max_dispatches_per_second": 20})
    start = time.monotonic()
    for _ in range(16):
        world.enqueue()
    world.settle()
    assert time.monotonic() - start > 0.25
    assert world.outcomes() == ["done"] * 16


def test_a_paused_queue_keeps_its_tasks(world: World) -> None:
    """RunTask goes past the pause; resuming sends the rest."""
    world.client.pause_queue(name=QUEUE)
    first, _ = world.enqueue("/first").name, world.enqueue("/second")
    world.settle()
    assert world.target.is_quiet()
    world.client.run_task(name=first)
    assert world.target.take().path == "/first"
    world.client.resume_queue(name=QUEUE)
    assert world.target.take().path == "/second"


def test_a_deleted_task_is_not_retried(world: World) -> None:
    """Even when it was being sent while it was deleted."""
    release = threading.Event()
    world.target.answers = [lambda: Response(status=500 if release.wait(PATIENCE) else 200)]
    name = world.enqueue().name
    world.target.take()
    world.client.delete_task(name=name)
    release.set()
    world.settle()
    with pytest.raises(exceptions.NotFound):
        world.client.get_task(name=name)


def test_a_task_is_sent_with_its_own_method(world: World) -> None:
    """POST is the default only."""
    world.enqueue(http_method=tasks_v2.HttpMethod.GET)
    assert world.target.take().method == "GET"


def test_an_answer_after_the_dispatch_deadline_is_none(world: World) -> None:
    """The task is tried again, although the handler may have done its work."""
    release = threading.Event()
    world.target.answers = [lambda: Response(status=200 if release.wait(PATIENCE) else 500)]
    task = world.task(name=f"{QUEUE}/tasks/a", dispatch_deadline={"seconds": 0, "nanos": 200_000_000})
    task.http_request.http_method = tasks_v2.HttpMethod(tasks_v2.HttpMethod.POST)
    task.schedule_time = world.later(0)
    reply = world.emulator.sender.send(task)
    release.set()
    assert (reply.code, reply.responded, reply.succeeded) == (0, None, False)
