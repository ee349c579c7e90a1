"""One attempt: the request that reaches a handler, and what came back.

Header names and values: cloud.google.com/tasks/docs/creating-http-target-tasks#handler. `Content-Type` is not set by
the service (docstring of HttpRequest). A redirect "may be followed": a handler cannot rely on it, so here it is not.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NamedTuple

import requests
from google.cloud import tasks_v2

from infra.local.clock import AdjustableClock
from infra.local.signing import SigningKey
from infra.local.tasks.checks import queue_of, seconds, short
from infra.local.tasks.retries import retry_after

GOOGLE = "https://accounts.google.com"
RESERVED = ("x-google-", "x-appengine-", "x-cloudtasks-")
COMPUTED = frozenset({"host", "content-length", "user-agent", "transfer-encoding", "connection"})
PARALLEL = 1000


class Reply(NamedTuple):
    """What came back. `code` is 0 when nothing did: unreachable, or later than the dispatch deadline."""

    code: int
    retry_after: float
    dispatched: dt.datetime
    responded: dt.datetime | None

    @property
    def succeeded(self) -> bool:
        """Any 2xx acknowledges the task."""
        return 200 <= self.code < 300


class Sender:
    """Sends tasks, with OIDC tokens of its own key. Thread-safe."""

    def __init__(self, key: SigningKey, issuer: str, clock: AdjustableClock) -> None:
        self._key = key
        self._issuer = issuer
        self._clock = clock
        self._http = requests.Session()
        self._http.trust_env = False  # no proxy, and no .netrc that replaces the token
        self._http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self._http.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=PARALLEL))

    def token(self, email: str, audience: str) -> str:
        """An ID token of a service account, as Google makes it for Cloud Tasks and Cloud Scheduler."""
        subject = str(10**20 + int(hashlib.sha256(email.encode()).hexdigest(), 16) % 10**20)
        return self._key.token(
            {
                "iss": self._issuer,
                "aud": audience,
                "azp": subject,
                "sub": subject,
                "email": email,
                "email_verified": True,
            }
        )

    def send(self, task: Any) -> Reply:
        """One request, with the counts that the task has now. Never raises for what the handler does."""
        dispatched = self._clock.now()
        request = task.http_request
        try:
            response = self._http.request(
                tasks_v2.HttpMethod(request.http_method).name,
                request.url,
                data=request.body or None,
                headers=self.headers(task),
                timeout=seconds(task.dispatch_deadline),
                allow_redirects=False,
            )
        except (requests.RequestException, UnicodeError):  # the handler's failure is the task's, not ours
            return Reply(0, 0.0, dispatched, None)
        now = self._clock.now()
        return Reply(response.status_code, retry_after(response.headers.get("Retry-After", ""), now), dispatched, now)

    def headers(self, task: Any) -> dict[str, str | bytes]:
        """The task's own headers without the reserved ones, and the service's."""
        oidc = task.http_request.oidc_token
        replaced = {"authorization"} if oidc.service_account_email else set()
        own = {
            name: value
            for name, value in task.http_request.headers.items()
            if not _is_reserved(name) and name.lower() not in replaced
        }
        headers: dict[str, str | bytes] = {
            **own,
            "User-Agent": "Google-Cloud-Tasks",
            "X-CloudTasks-QueueName": short(queue_of(task.name)),
            "X-CloudTasks-TaskName": short(task.name),
            "X-CloudTasks-TaskRetryCount": str(task.dispatch_count - 1),
            "X-CloudTasks-TaskExecutionCount": str(task.response_count),
            "X-CloudTasks-TaskETA": f"{task.schedule_time.timestamp():.6f}",
        }
        previous = task.last_attempt.response_status.message.rpartition("HTTP status code ")[2]
        if previous.isdigit():
            headers["X-CloudTasks-TaskPreviousResponse"] = previous
        if oidc.service_account_email:
            token = self.token(oidc.service_account_email, oidc.audience or task.http_request.url)
            headers["Authorization"] = f"Bearer {token}"
        return headers


def _is_reserved(name: str) -> bool:
    return name.lower() in COMPUTED or name.lower().startswith(RESERVED)
