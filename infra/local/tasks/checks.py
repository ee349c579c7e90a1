"""What the service refuses at CreateTask, CreateQueue and UpdateQueue, and what it fills in.

Limits are those of the docstrings of google-cloud-tasks 2.26 and of cloud.google.com/tasks/docs/quotas. The size of a
task is 100 KB by the former and 1 MB by the latter: the strict one counts here.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from google.cloud import tasks_v2

from infra.local.gapic.status import invalid, unimplemented

QUEUE_NAME = re.compile(r"projects/[^/]+/locations/[^/]+/queues/[A-Za-z0-9-]{1,100}")
TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,500}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
MAX_TASK_BYTES = 100 * 1024
MAX_HEADER_BYTES = 80 * 1024
MAX_URL_LENGTH = 2083
MAX_AHEAD = dt.timedelta(days=30)
DEADLINE = (dt.timedelta(seconds=15), dt.timedelta(minutes=30))
DEFAULT_DEADLINE = dt.timedelta(minutes=10)
MAX_RATE = 500
MAX_CONCURRENT = 5000
WITH_BODY = ("POST", "PUT", "PATCH")


def queue_of(task_name: str) -> str:
    """The name of the queue that a task's name says it is in."""
    return task_name.partition("/tasks/")[0]


def short(name: str) -> str:
    """The last part of a resource's name."""
    return name.rpartition("/")[2]


def seconds(duration: dt.timedelta | None) -> float:
    """A duration in seconds; 0 when it is not set."""
    return duration.total_seconds() if duration else 0.0


def check_queue(queue: Any) -> Any:
    """The queue with the service's defaults. Raises INVALID_ARGUMENT, or UNIMPLEMENTED for App Engine and routing."""
    if not QUEUE_NAME.fullmatch(queue.name):
        raise invalid("Invalid resource field value in the request: Queue.name")
    if "app_engine_routing_override" in queue or "http_target" in queue:
        raise unimplemented("queue-level routing is not emulated")
    _check_limits(queue)
    limits, retries = queue.rate_limits, queue.retry_config
    limits.max_dispatches_per_second = limits.max_dispatches_per_second or float(MAX_RATE)
    limits.max_concurrent_dispatches = limits.max_concurrent_dispatches or 1000
    limits.max_burst_size = max(10, int(limits.max_dispatches_per_second / 5))
    retries.max_attempts = retries.max_attempts or 100
    retries.max_doublings = retries.max_doublings or 16
    retries.min_backoff = retries.min_backoff or dt.timedelta(milliseconds=100)
    retries.max_backoff = retries.max_backoff or dt.timedelta(hours=1)
    if retries.min_backoff > retries.max_backoff:
        raise invalid("RetryConfig.min_backoff must be less than or equal to RetryConfig.max_backoff")
    return queue


def _check_limits(queue: Any) -> None:
    limits = queue.rate_limits
    if not 0 <= limits.max_dispatches_per_second <= MAX_RATE:
        raise invalid(f"RateLimits.max_dispatches_per_second must be in the interval (0, {MAX_RATE}]")
    if not 0 <= limits.max_concurrent_dispatches <= MAX_CONCURRENT:
        raise invalid(f"RateLimits.max_concurrent_dispatches must be in the interval [1, {MAX_CONCURRENT}]")
    if queue.retry_config.max_attempts < -1:
        raise invalid("RetryConfig.max_attempts must be -1 or greater")


def check_name(name: str, parent: str) -> None:
    """Raises INVALID_ARGUMENT unless the name is that of a task in the queue."""
    prefix = f"{parent}/tasks/"
    if not name.startswith(prefix) or not TASK_ID.fullmatch(name[len(prefix) :]):
        raise invalid(
            'Task name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>/'
            'tasks/<TASK_ID>"'
        )


def check_task(task: Any, now: dt.datetime) -> None:
    """Raises INVALID_ARGUMENT for what can never be sent, UNIMPLEMENTED for targets that are not emulated."""
    if "app_engine_http_request" in task:
        raise unimplemented("App Engine targets are not emulated")
    if "oauth_token" in task.http_request:
        raise unimplemented("oauth_token is not emulated: use oidc_token")
    _check_request(task.http_request)
    if len(tasks_v2.Task.serialize(task)) > MAX_TASK_BYTES:
        raise invalid("Task size too large")
    if task.dispatch_deadline and not DEADLINE[0] <= task.dispatch_deadline <= DEADLINE[1]:
        raise invalid("The dispatch deadline must be in the interval [15s, 30m]")
    if task.schedule_time and task.schedule_time - now > MAX_AHEAD:
        raise invalid("Task.scheduleTime must be less than 30 days in the future")


def _check_request(request: Any) -> None:
    if not re.match("https?://[^/]", request.url):
        raise invalid("HttpRequest.url is required and must start with http:// or https://")
    if len(request.url) > MAX_URL_LENGTH:
        raise invalid(f"HttpRequest.url must not be longer than {MAX_URL_LENGTH} characters")
    method = tasks_v2.HttpMethod(request.http_method or tasks_v2.HttpMethod.POST)
    if request.body and method.name not in WITH_BODY:
        raise invalid("HTTP request body is not allowed for this method")
    if sum(len(name) + len(value) for name, value in request.headers.items()) > MAX_HEADER_BYTES:
        raise invalid("HttpRequest.headers must be less than 80KB")
    if "oidc_token" in request and not EMAIL.fullmatch(request.oidc_token.service_account_email):
        raise invalid("OidcToken.service_account_email must be the e-mail address of a service account")
