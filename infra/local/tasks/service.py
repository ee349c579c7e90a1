"""The RPCs of tasks. BatchCreateTasks, BatchDeleteTasks, IAM and CMEK answer UNIMPLEMENTED."""

from __future__ import annotations

import uuid
from typing import Any

from google.cloud import tasks_v2

from infra.local.gapic.status import already_exists, not_found, permission_denied
from infra.local.tasks.checks import DEFAULT_DEADLINE, check_name, check_task
from infra.local.tasks.dispatcher import Dispatcher
from infra.local.tasks.queues import QueueRpcs, page

FULL = tasks_v2.Task.View.FULL
BASIC = tasks_v2.Task.View.BASIC


class CloudTasks(QueueRpcs):
    """Each method is the RPC of its name.

    `accounts` are the service accounts whose tokens a caller may ask for (iam.serviceAccounts.actAs); None: any.
    """

    def __init__(self, dispatcher: Dispatcher, accounts: frozenset[str] | None = None) -> None:
        super().__init__(dispatcher)
        self._accounts = accounts

    def CreateTask(self, request: Any) -> Any:
        """Refuses a name that is taken by a task that exists or existed in the last 24 hours."""
        task = request.task
        with self._lock:
            self._queue(request.parent)
            check_task(task, self._clock.now())
            self._check_account(task.http_request.oidc_token.service_account_email)
            if task.name:
                self._check_new_name(task.name, request.parent)
            else:
                task.name = f"{request.parent}/tasks/{uuid.uuid4().int >> 64}"
            self._store.save_task(self._completed(task))
            self._lock.notify_all()
            return _view(task, request.response_view)

    def GetTask(self, request: Any) -> Any:
        """One task; its body only in the FULL view."""
        with self._lock:
            return _view(self._task(request.name), request.response_view)

    def ListTasks(self, request: Any) -> Any:
        """A queue's tasks by name."""
        with self._lock:
            self._queue(request.parent)
            found = self._store.tasks(request.parent, request.page_token)
        tasks, token = page(found, request.page_size)
        shown = [_view(task, request.response_view) for task in tasks]
        return tasks_v2.ListTasksResponse(tasks=shown, next_page_token=token)

    def DeleteTask(self, request: Any) -> None:
        """A task that is being sent may still reach its handler, but is not retried."""
        with self._lock:
            self._task(request.name)
            self._dispatcher.drop(request.name)

    def RunTask(self, request: Any) -> Any:
        """Send now, even if the queue is paused or at its limits; a task that is being sent is left alone."""
        with self._lock:
            task = self._task(request.name)
            if not self._dispatcher.is_running(task.name):
                task.schedule_time = self._clock.now()
                self._dispatcher.start(task)
            return _view(task, request.response_view)

    def _completed(self, task: Any) -> Any:
        """Fill in what the service fills in, and ignore what only it may set."""
        now = self._clock.now()
        for field in ("first_attempt", "last_attempt", "dispatch_count", "response_count"):
            task._pb.ClearField(field)  # noqa: SLF001 proto-plus has no way to clear a field
        task.create_time = now.replace(microsecond=0)
        task.schedule_time = max(task.schedule_time or now, now)
        task.dispatch_deadline = task.dispatch_deadline or DEFAULT_DEADLINE
        task.http_request.http_method = tasks_v2.HttpMethod(task.http_request.http_method or tasks_v2.HttpMethod.POST)
        return task

    def _task(self, name: str) -> Any:
        task = self._store.task(name)
        if task:
            return task
        if self._store.was_used(name, self._clock.time()):
            raise not_found("The task no longer exists, though a task with this name existed recently.")
        raise not_found("The task does not exist.")

    def _check_new_name(self, name: str, parent: str) -> None:
        check_name(name, parent)
        if self._store.task(name):
            raise already_exists("Requested entity already exists")
        if self._store.was_used(name, self._clock.time()):
            raise already_exists("The task cannot be created because a task with this name existed too recently.")

    def _check_account(self, email: str) -> None:
        if email and self._accounts is not None and email not in self._accounts:
            raise permission_denied(
                f'The principal lacks IAM permission "iam.serviceAccounts.actAs" for the resource "{email}" '
                "(or the resource may not exist)."
            )


def _view(task: Any, view: Any) -> Any:
    """A copy as a caller sees it: the body is left out unless FULL is asked for."""
    copy = tasks_v2.Task(task)
    copy.view = tasks_v2.Task.View(FULL if view == FULL else BASIC)
    if view != FULL:
        copy.http_request.body = b""
    return copy
