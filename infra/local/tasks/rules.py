"""The rules of Cloud Tasks' emulator, each with the test that fails without it: see `infra.local.strictness`."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from infra.local.strictness import Rule, constant, swap
from infra.local.tasks import checks, dispatcher, retries

CREATING, SENDING, QUEUES = (f"tasks/test_{name}.py" for name in ("creating", "dispatching", "queues"))


def _any_mask(_: Any) -> None:
    swap(checks, "MAX_RATE", 10**9)


def _first_limit(_: Any) -> None:
    swap(retries, "is_spent", lambda config, dispatches, _age: dispatches >= config.max_attempts > 0)


def _at_once(_: Any) -> None:
    swap(retries, "throttle", lambda _consecutive, _asked: 0.0)


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
)  # fmt: skip
