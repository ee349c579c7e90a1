"""The rules of Cloud Tasks' emulator, each with the test that fails without it: see `infra.local.strictness`."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from google.cloud import tasks_v2

from infra.local.strictness import Rule, constant, swap
from infra.local.tasks import attempts, checks, dispatcher, queues, retries, service

CREATING, SENDING, QUEUES = (f"tasks/test_{name}.py" for name in ("creating", "dispatching", "queues"))


def _any_mask(_: Any) -> None:
    swap(checks, "MAX_RATE", 10**9)


def _first_limit(_: Any) -> None:
    swap(retries, "is_spent", lambda config, dispatches, _age: dispatches >= config.max_attempts > 0)


def _at_once(_: Any) -> None:
    swap(retries, "throttle", lambda _consecutive, _asked: 0.0)


def _taken(_: Any) -> None:
    swap(service.CloudTasks, "_check_new_name", lambda *_given: None)


def _every_target(_: Any) -> None:
    strict = checks.check_task

    def lenient(task: Any, now: dt.datetime) -> None:
        if "app_engine_http_request" not in task:
            strict(task, now)

    swap(service, "check_task", lenient)


def _asked_with(**options: object) -> Any:
    def loosen(emulator: Any) -> None:
        http = emulator.sender._http
        request = http.request
        swap(http, "request", lambda *given, **how: request(*given, **{**how, **options}))

    return loosen


def _any_audience(_: Any) -> None:
    token = attempts.Sender.token
    swap(attempts.Sender, "token", lambda sender, email, _audience: token(sender, email, "anybody"))


def _always_running(emulator: Any) -> None:
    found = emulator.store.queues

    def running() -> list[Any]:
        queues = [tasks_v2.Queue(queue) for queue in found()]
        for queue in queues:
            queue.state = tasks_v2.Queue.State(tasks_v2.Queue.State.RUNNING)
        return queues

    emulator.store.queues = running


def _too_early(emulator: Any) -> None:
    due = emulator.store.due
    emulator.store.due = lambda queue, now, limit: due(queue, now + 10**9, limit)


def _never_busy(_: Any) -> None:
    counts = dispatcher.Dispatcher.counts
    swap(dispatcher.Dispatcher, "counts", lambda self, queue: {**counts(self, queue), "running": 0})


def _own_headers_only(_: Any) -> None:
    swap(attempts.Sender, "headers", lambda _sender, task: dict(task.http_request.headers))


RULES = (
    Rule("names-for-a-day", "A task's name stays taken for a day after it is gone", "B",
         f"{CREATING}::test_a_name_stays_taken_for_24_hours_after_its_task", constant(dispatcher, "NAME_TAKEN", 0.0)),
    Rule("thirty-days", "A task is scheduled 30 days ahead at the most", "B",
         f"{CREATING}::test_what_can_never_be_sent_is_an_invalid_argument",
         constant(checks, "MAX_AHEAD", dt.timedelta(days=10**5))),
    Rule("task-size", "A task has at most 100 KiB", "B",
         f"{CREATING}::test_what_can_never_be_sent_is_an_invalid_argument", constant(checks, "MAX_TASK_BYTES", 10**9)),
    Rule("task-ids", "A task's id has letters, digits, hyphens and underscores", "B",
         f"{CREATING}::test_what_can_never_be_sent_is_an_invalid_argument",
         constant(checks, "TASK_ID", re.compile(r".*"))),
    Rule("deadlines", "A dispatch deadline is of 15 seconds to 30 minutes", "B",
         f"{CREATING}::test_what_can_never_be_sent_is_an_invalid_argument",
         constant(checks, "DEADLINE", (dt.timedelta(0), dt.timedelta(days=9)))),
    Rule("bodies", "Only POST, PUT and PATCH have a body", "B",
         f"{CREATING}::test_what_can_never_be_sent_is_an_invalid_argument",
         constant(checks, "WITH_BODY", ("POST", "PUT", "PATCH", "GET", "DELETE", "HEAD", "OPTIONS"))),
    Rule("queue-limits", "A queue sends at most 500 a second", "B",
         f"{QUEUES}::test_a_queue_beyond_the_limits_is_refused", _any_mask),
    Rule("both-limits", "Attempts and duration must both be spent", "B",
         f"{SENDING}::test_attempts_and_duration_must_both_be_spent", _first_limit),
    Rule("429-rests", "429 and 503 rest the whole queue", "B",
         f"{SENDING}::test_429_rests_the_whole_queue_for_as_long_as_asked", _at_once),
    Rule("already-exists", "A task whose name is taken is refused", "B",
         f"{CREATING}::test_a_name_is_taken_while_its_task_waits", _taken),
    Rule("unimplemented", "What is not emulated says so", "E",
         f"{CREATING}::test_what_is_not_emulated_says_so", _every_target),
    Rule("full-view", "A task's body is shown in the full view only", "B",
         f"{CREATING}::test_a_body_is_shown_in_the_full_view_only",
         lambda _: swap(service, "_view", lambda task, _view: task)),
    Rule("scheduled", "A scheduled task waits for its time", "B",
         f"{SENDING}::test_a_scheduled_task_waits_for_its_time", _too_early),
    Rule("headers", "A handler sees the service's headers, and none that only the service may set", "B",
         f"{SENDING}::test_a_handler_sees_the_headers_of_the_service", _own_headers_only),
    Rule("audience", "A token's audience is the whole URL unless it is set", "B",
         f"{SENDING}::test_the_audience_is_the_whole_url_unless_it_is_set", _any_audience),
    Rule("backoff", "Retries wait, longer each time", "B",
         f"{SENDING}::test_retries_back_off_until_the_attempts_are_spent",
         lambda _: swap(retries, "backoff", lambda _config, _dispatches: 0.0)),
    Rule("own-retries", "A task's own retry configuration wins", "B",
         f"{SENDING}::test_a_tasks_own_retry_configuration_wins",
         lambda _: swap(retries, "with_defaults", lambda _config, queue_config: queue_config)),
    Rule("only-2xx", "Only 2xx is an acknowledgement", "B", f"{SENDING}::test_only_2xx_is_an_acknowledgement",
         constant(attempts.Reply, "succeeded", property(lambda reply: reply.code > 0))),
    Rule("redirects", "A redirect is not followed", "E", f"{SENDING}::test_a_redirect_is_not_followed",
         _asked_with(allow_redirects=True)),
    Rule("concurrency", "No more run at once than the queue allows", "B",
         f"{SENDING}::test_no_more_run_at_once_than_the_queue_allows", _never_busy),
    Rule("rate", "A queue sends no faster than its rate", "B", f"{SENDING}::test_a_queue_sends_no_faster_than_its_rate",
         lambda _: swap(dispatcher.Rate, "wait", lambda *_given: 0.0)),
    Rule("paused", "A paused queue keeps its tasks", "B", f"{SENDING}::test_a_paused_queue_keeps_its_tasks",
         _always_running),
    Rule("late-answer", "An answer after the dispatch deadline is none", "B",
         f"{SENDING}::test_an_answer_after_the_dispatch_deadline_is_none", _asked_with(timeout=60)),
    Rule("queue-names", "A deleted queue's name stays taken for three days", "B",
         f"{QUEUES}::test_a_second_queue_of_a_name_is_refused", constant(queues, "QUEUE_NAME_TAKEN", 0.0)),
)  # fmt: skip
