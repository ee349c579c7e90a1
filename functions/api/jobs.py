"""List, get and await, cancel and retry generations."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from functions.api.jobs_wire import JobView, job_view, job_views
from functions.api.stories_wire import Id
from functions.routing import Answer, Call, Route, Routes
from functions.waiting import wait_for_change
from shared.core.errors import (
    Conflict,
    DriveNotConnected,
    DriveReconnectRequired,
    IdempotencyKeyReused,
    InsufficientCredits,
    NotFound,
    RateLimited,
    TooManyJobs,
)
from shared.core.idempotency import checked_key
from shared.core.paging import PageQuery, page_of
from shared.generation.control import cancel, own_job, resume, retry
from shared.generation.model import STATES, Job


class JobsQuery(PageQuery, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Filters; each must hold."""

    state: Literal["QUEUED", "RUNNING", "ACTION_REQUIRED", "CANCELLING", "SUCCEEDED", "FAILED", "CANCELLED"] | None = (
        None
    )
    kind: Literal["character", "moodboard", "animation"] | None = None
    entity_type: Literal["character", "moodboard", "animation"] | None = None
    entity_id: Id | None = None
    project_id: Id | None = None


class WaitQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`wait`: whole seconds to wait for a change."""

    wait: Annotated[int, msgspec.Meta(ge=0, le=50)] = 0


FILTERS = {"kind": "kind", "entity_type": "entityType", "entity_id": "entityId", "project_id": "projectId"}


def list_(call: Call) -> Answer:
    """A page, newest first."""
    where: dict[str, Any] = {
        stored: value for name, stored in FILTERS.items() if (value := getattr(call.query, name)) is not None
    }
    more: tuple[Any, ...] = ()
    if call.query.state:
        steps = [step.value for step, state in STATES.items() if state == call.query.state]
        more = (("step", "in", steps),)
    page = page_of(call.app.documents, "generation_jobs", Job, {"userId": call.user_id, **where}, call.query, more=more)
    return Answer(job_views(call.app, page.items), next_page_token=page.next_page_token)


def get(call: Call) -> Answer:
    """One, now or at its next change."""
    job = own_job(call.app.engine, call.user_id, call.path["id"])
    return Answer(job_view(call.app, wait_for_change(call.app, job, call.query.wait)))


def cancel_(call: Call) -> Answer:
    """End it; credits are given back."""
    return Answer(job_view(call.app, cancel(call.app.engine, call.user_id, call.path["id"])))


def retry_(call: Call) -> Answer:
    """The same again, as a new job."""
    key = checked_key(call.request.headers.get("Idempotency-Key"))
    job = retry(call.app.engine, call.user_id, call.path["id"], idempotency_key=key)
    return Answer(job_view(call.app, job), 202, {"Location": f"/api/jobs/{job.id}"})


def resume_(call: Call) -> Answer:
    """The user says that what it waits for is there: room in Drive, or its connection."""
    return Answer(job_view(call.app, resume(call.app.engine, call.user_id, call.path["id"])))


ONE = "/api/jobs/{id}"
ROUTES: Routes = (
    Route("GET", "/api/jobs", list_, "List jobs, newest first", query=JobsQuery, answer=list[JobView], paged=True),
    Route("GET", ONE, get, "Get a job, or await its next change", query=WaitQuery, answer=JobView, errors=(NotFound,)),
    Route("POST", f"{ONE}/cancel", cancel_, "Cancel a job", answer=JobView, errors=(NotFound, Conflict, RateLimited)),
    Route("POST", f"{ONE}/resume", resume_, "Go on with a job that waits for you", answer=JobView, errors=(NotFound,)),
    Route("POST", f"{ONE}/retry", retry_, "The same again as a new job", answer=JobView, status=202, idempotent=True,
          errors=(NotFound, Conflict, InsufficientCredits, TooManyJobs, DriveNotConnected, DriveReconnectRequired,
                  IdempotencyKeyReused)),
)  # fmt: skip
