"""What the generating functions share: the body's common fields, the quote, and how a draft is answered."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec

from functions.api.jobs_wire import JobView, job_view, job_views
from functions.routing import Answer, Call
from functions.waiting import wait_for_end
from shared.accounts.model import User, user_key
from shared.core.documents import get
from shared.core.errors import (
    DriveNotConnected,
    DriveReconnectRequired,
    IdempotencyKeyReused,
    InsufficientCredits,
    NotFound,
    TooManyJobs,
)
from shared.core.idempotency import checked_key
from shared.generation.accept import accept
from shared.generation.catalogue import model_of
from shared.generation.model import Step
from shared.generation.requests import Draft

MAX_WAIT_S = 50
GENERATION_ERRORS = (
    NotFound,
    InsufficientCredits,
    TooManyJobs,
    DriveNotConnected,
    DriveReconnectRequired,
    IdempotencyKeyReused,
)  #: of every call that asks for a generation
_PREFER = re.compile(r"(?:^|[,;\s])wait=(\d{1,3})(?:$|[,;\s])")
Prompt = Annotated[str, msgspec.Meta(max_length=2000)]
AspectRatio = Literal["1:1", "4:3", "3:4", "16:9", "9:16", "3:2", "2:3", "21:9"]
Variations = Annotated[int, msgspec.Meta(ge=1, le=4)]


class Quote(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a generation would be and cost. Nothing was created."""

    credits: int
    available: int
    eta_seconds: float
    model: str
    prompt: str
    warnings: list[str]


class Jobs(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Several variations."""

    jobs: list[JobView]


def answer_generation(call: Call, draft: Draft) -> Answer:
    """Accept a draft: 202 with the job or jobs, 201 with the media when it is awaited and done; or only quote it."""
    app = call.app
    key = checked_key(call.request.headers.get("Idempotency-Key"))
    if call.body.validate_only:
        return Answer(_quote(call, draft))
    jobs = accept(app.engine, call.user_id, draft, idempotency_key=key)
    if len(jobs) > 1:
        return Answer(Jobs(jobs=job_views(app, jobs)), 202)
    job = wait_for_end(app, jobs[0], _preferred_wait(call))
    if job.step is Step.DELIVERED:
        view = job_view(app, job)
        return Answer(view.media, 201, {"Location": f"/api/media/{job.media_id}"})
    return Answer(job_view(app, job), 202, {"Location": f"/api/jobs/{job.id}"})


def _quote(call: Call, draft: Draft) -> Quote:
    user = get(call.app.documents, user_key(call.user_id), User)
    model = model_of(draft.model)
    credits_ = draft.price * draft.variations
    warnings = ["INSUFFICIENT_CREDITS"] if user.available < credits_ else []
    connection = call.app.connections.find(call.user_id)
    if connection is None or connection.state != "connected":
        warnings.append("GOOGLE_DRIVE_NOT_CONNECTED")
    return Quote(
        credits=credits_,
        available=user.available,
        eta_seconds=call.app.engine.slots().expects(model).median,
        model=model.id,
        prompt=draft.prompt,
        warnings=warnings,
    )


def _preferred_wait(call: Call) -> int:
    found = _PREFER.search(call.request.headers.get("Prefer", ""))
    return min(int(found.group(1)), MAX_WAIT_S) if found else 0
