"""Cloud Scheduler on this machine: the manifest's schedules, each call with an OIDC token."""

from __future__ import annotations

import argparse
import os
import signal
import threading
from datetime import UTC, datetime, timedelta

import requests

from infra.local.manifest import Function, read_functions

RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))  #: minute, hour, day, month, weekday (0 and 7: Sunday)


def matches(expression: str, moment: datetime) -> bool:
    """Whether a cron expression of five fields fires in this minute. Raises ValueError for a malformed one.

    As cron: when both day and weekday are restricted, either is enough.
    """
    fields = expression.split()
    if len(fields) != len(RANGES):
        raise ValueError(f"{expression!r} does not have five fields")
    minute, hour, day, month, weekday = (
        _values(field, low, high) for field, (low, high) in zip(fields, RANGES, strict=True)
    )
    on_day, on_weekday = moment.day in day, moment.isoweekday() % 7 in {value % 7 for value in weekday}
    both = fields[2] != "*" and fields[4] != "*"
    dated = on_day or on_weekday if both else on_day and on_weekday
    return moment.minute in minute and moment.hour in hour and moment.month in month and dated


def _values(field: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start, end = (low, high) if span == "*" else (int(first), int(last or (high if step else first)))
        if not low <= start <= end <= high or (step and int(step) < 1):
            raise ValueError(f"{part!r} is not between {low} and {high}")
        found.update(range(start, end + 1, int(step or 1)))
    return found


def call(function: Function, origin: str, token_url: str, invoker: str) -> int:
    """Call a cron function once; its status, or 0 when nobody answered."""
    try:
        order = {"email": invoker, "audience": origin}
        token = requests.post(token_url, json=order, timeout=10).json()["idToken"]
        answer = requests.post(
            f"{origin}{function.routes[0]}", headers={"Authorization": f"Bearer {token}"}, timeout=300
        )
    except (requests.RequestException, ValueError, KeyError):
        return 0
    return answer.status_code


def main() -> None:
    """Call what is due, each minute, until SIGTERM."""
    parser = argparse.ArgumentParser("infra.local.schedule", description="Cloud Scheduler on this machine.")
    parser.add_argument("--every", type=float, help="seconds: call every schedule so often, whatever it says")
    options = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    functions = [function for function in read_functions() if function.schedule]
    origin, token_url, invoker = (os.environ[name] for name in ("FUNCTION_URL", "TASK_TOKEN_URL", "TASK_INVOKER"))
    print("ready", flush=True)  # noqa: T201 the line that its starter waits for
    while not ended.wait(options.every or _seconds_to_next_minute()):
        now = datetime.now(UTC)
        for function in functions:
            if options.every or matches(str(function.schedule), now):
                status = call(function, origin, token_url, invoker)
                if not 200 <= status < 300:
                    print(f"{function.name} answered {status}", flush=True)  # noqa: T201 its log


def _seconds_to_next_minute() -> float:
    now = datetime.now(UTC)
    following = (now + timedelta(minutes=1)).replace(second=0, microsecond=0)
    return (following - now).total_seconds()


if __name__ == "__main__":
    main()
