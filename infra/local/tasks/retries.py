"""When a failed task is tried again, and when no more (docstring of RetryConfig, google-cloud-tasks 2.26)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from infra.local.tasks.checks import seconds

RETENTION = 31 * 86400.0  #: seconds after which a task is deleted whatever its configuration says
UNLIMITED = -1
LONGEST_THROTTLE = 60.0
THROTTLING = (429, 503)


def backoff(config: Any, dispatches: int) -> float:
    """Seconds after the n-th dispatch: the interval doubles `max_doublings` times, then grows by the last step."""
    shortest, longest, doublings = seconds(config.min_backoff), seconds(config.max_backoff), config.max_doublings
    steps = dispatches - 1
    linear = max(1, steps - doublings + 1)
    return float(min(longest, shortest * 2.0 ** min(steps, doublings) * linear))


def is_spent(config: Any, dispatches: int, age: float) -> bool:
    """Whether the task is deleted: `max_attempts` AND `max_retry_duration` are both reached, or it is too old."""
    if age >= RETENTION:
        return True
    if config.max_attempts == UNLIMITED:
        return False
    return bool(dispatches >= config.max_attempts and age >= seconds(config.max_retry_duration))


def with_defaults(config: Any, queue_config: Any) -> Any:
    """A task's own retry configuration; what it does not say is as in its queue."""
    merged = type(config)(config)
    for field in ("max_attempts", "max_retry_duration", "min_backoff", "max_backoff", "max_doublings"):
        if not getattr(merged, field):
            setattr(merged, field, getattr(queue_config, field))
    return merged


def retry_after(header: str, now: datetime) -> float:
    """A Retry-After header in seconds from now; a date counts from `now`. What is malformed counts as 0."""
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(header).astimezone(UTC) - now).total_seconds())
    except ValueError:
        return 0.0


def throttle(consecutive: int, asked: float) -> float:
    """Seconds that a whole queue rests after 429 or 503: what Retry-After asks, else 1, 2, 4 ... up to 60.

    The service says only that it "will use a higher backoff rate" and considers Retry-After; the figures are ours.
    """
    return asked or min(LONGEST_THROTTLE, 2.0 ** (consecutive - 1))
