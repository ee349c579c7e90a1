"""Ask for pictures of a character."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec

from functions.api.jobs_wire import JobView, job_view
from functions.api.media_wire import MediaView
from functions.api.stories_wire import Id
from functions.routing import Answer, Call, Route, Routes
from functions.waiting import wait_for_end
from shared.accounts.model import User, user_key
from shared.core.documents import get
from shared.core.errors import (
    DriveNotConnected,
    DriveReconnectRequired,
    IdempotencyKeyReused,
    InsufficientCredits,
    NotFound,
    ReferenceNotUsable,
    TooManyJobs,
)
from shared.core.idempotency import checked_key
from shared.generation.accept import accept
from shared.generation.catalogue import model_of
from shared.generation.model import Step
from shared.generation.requests import CharacterRequest, Draft, draft_character

MAX_WAIT_S = 50
_PREFER = re.compile(r"(?:^|[,;\s])wait=(\d{1,3})(?:$|[,;\s])")


class GenerateCharacter(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`imageReferenceId`: a media id, or a Drive file id of yours; without one the picture is made from text."""

    character_id: Id
    image_reference_id: Id | None = None
    additional_prompt: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    aspect_ratio: Literal["1:1", "4:3", "3:4", "16:9", "9:16", "3:2", "2:3", "21:9"] | None = None
    variations: Annotated[int, msgspec.Meta(ge=1, le=4)] = 1
    validate_only: bool = False


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


def generate(call: Call) -> Answer:
    """Accept, or only say what it would be."""
    app, body = call.app, call.body
    key = checked_key(call.request.headers.get("Idempotency-Key"))
    asked = CharacterRequest(
        character_id=body.character_id,
        image_reference_id=body.image_reference_id,
        additional_prompt=body.additional_prompt,
        aspect_ratio=body.aspect_ratio,
        variations=body.variations,
    )
    draft = draft_character(app.documents, call.user_id, asked)
    if body.validate_only:
        return Answer(_quote(call, draft))
    jobs = accept(app.engine, call.user_id, draft, idempotency_key=key)
    if len(jobs) > 1:
        return Answer(Jobs(jobs=[job_view(app, job) for job in jobs]), 202)
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
        eta_seconds=model.typical_seconds,
        model=model.id,
        prompt=draft.prompt,
        warnings=warnings,
    )


def _preferred_wait(call: Call) -> int:
    found = _PREFER.search(call.request.headers.get("Prefer", ""))
    return min(int(found.group(1)), MAX_WAIT_S) if found else 0


ROUTES: Routes = (
    Route("POST", "/api/generate/character", generate, "Ask for pictures of a character", body=GenerateCharacter,
          answer=JobView | Jobs, status=202, also={200: Quote, 201: MediaView}, idempotent=True, waits=True,
          errors=(NotFound, InsufficientCredits, TooManyJobs, DriveNotConnected, DriveReconnectRequired,
                  ReferenceNotUsable, IdempotencyKeyReused)),
)  # fmt: skip
