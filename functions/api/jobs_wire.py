"""A job, as the wire has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from functions.api.media_wire import MediaView, media_view
from shared.app import App
from shared.generation.catalogue import model_of
from shared.generation.model import PHASES, Job, JobError, Phase, State, Step
from shared.generation.schedule import eta_seconds, progress
from shared.generation.slots import Slots
from shared.generation.times import Times
from shared.media.model import EntityType, Media, media_key


class JobCredits(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the job holds, was charged, or gave back."""

    held: int
    charged: int
    released: int


class JobErrorView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Why there is no result."""

    code: str
    message: str
    retryable: bool
    charged: bool
    media_id: str | msgspec.UnsetType = msgspec.UNSET


class ReferenceView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A picture that the job uses."""

    media_id: str
    role: str
    index: int


class EtaView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Of what the estimate is made, in seconds. `learnt`: from our last jobs of this model, else from the catalogue."""

    queue_seconds: float
    render_seconds: float
    render_p90_seconds: float
    learnt: bool


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """Where a waiting job stands: 1 is next."""

    position: int
    seconds: float
    expects: Times

    @property
    def eta(self) -> float:
        """Until the result."""
        return round(self.seconds + self.expects.median, 1)


class JobView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A generation, from its acceptance to its end."""

    id: str
    kind: EntityType
    state: State
    phase: Phase
    progress: float | msgspec.UnsetType = msgspec.UNSET
    eta_seconds: float | msgspec.UnsetType = msgspec.UNSET
    eta: EtaView | msgspec.UnsetType = msgspec.UNSET
    queue_position: int | msgspec.UnsetType = msgspec.UNSET
    entity_type: EntityType
    entity_id: str
    project_id: str
    model: str
    prompt: str
    params: dict[str, Any]
    credits: JobCredits
    media: MediaView | msgspec.UnsetType = msgspec.UNSET
    error: JobErrorView | msgspec.UnsetType = msgspec.UNSET
    action: str | msgspec.UnsetType = msgspec.UNSET
    references: list[ReferenceView]
    retry_of: str | msgspec.UnsetType = msgspec.UNSET
    created_at: datetime
    started_at: datetime | msgspec.UnsetType = msgspec.UNSET
    finished_at: datetime | msgspec.UnsetType = msgspec.UNSET
    deadline_at: datetime
    status_sequence: int


def job_view(app: App, job: Job) -> JobView:
    """A job with what can be said of it now."""
    return job_views(app, [job])[0]


def job_views(app: App, jobs: Sequence[Job]) -> list[JobView]:
    """Several; what is known of the queue is read once."""
    slots = app.engine.slots() if any(job.step is Step.QUEUED for job in jobs) else Slots()
    return [_view(app, job, slots) for job in jobs]


def _view(app: App, job: Job, slots: Slots) -> JobView:
    now = app.clock.now()
    queue = _queue(app, job, slots) if job.step is Step.QUEUED else None
    error = _error(job.error) if job.error else None
    return JobView(
        id=job.id,
        kind=job.kind,
        state=job.state,
        phase=PHASES[job.step],
        progress=_or_unset(progress(job, now)),
        eta_seconds=_or_unset(queue.eta if queue else eta_seconds(job, now)),
        eta=_or_unset(_eta(job, queue)),
        queue_position=_or_unset(queue.position if queue else None),
        entity_type=job.entity_type,
        entity_id=job.entity_id,
        project_id=job.project_id,
        model=job.model,
        prompt=job.prompt,
        params=job.params,
        credits=_credits(job),
        media=_or_unset(_media(app, job)),
        error=_or_unset(error),
        action=_or_unset(job.action),
        references=[ReferenceView(media_id=r.media_id, role=r.role, index=r.index) for r in job.references],
        retry_of=_or_unset(job.retry_of),
        created_at=job.created_at,
        started_at=_or_unset(job.started_at),
        finished_at=_or_unset(job.finished_at),
        deadline_at=job.deadline_at,
        status_sequence=job.rev,
    )


def _queue(app: App, job: Job, slots: Slots) -> Queue:
    ahead = app.engine.ahead(job)
    return Queue(
        position=ahead + 1,
        seconds=app.engine.queue_seconds(job, ahead, slots),
        expects=slots.expects(model_of(job.model)),
    )


def _eta(job: Job, queue: Queue | None) -> EtaView | None:
    expects = queue.expects if queue else job.expects
    if expects is None or not (queue or job.step in (Step.SUBMITTING, Step.SUBMITTED)):
        return None
    return EtaView(
        queue_seconds=queue.seconds if queue else 0.0,
        render_seconds=expects.median,
        render_p90_seconds=expects.p90,
        learnt=expects.learnt,
    )


def _media(app: App, job: Job) -> MediaView | None:
    if job.step is not Step.DELIVERED:
        return None
    media = app.documents.get([media_key(job.media_id)])[0].read_or_none(Media)
    return media_view(app, media) if media else None


def _error(error: JobError) -> JobErrorView:
    return JobErrorView(
        code=error.code,
        message=error.message,
        retryable=error.retryable,
        charged=error.charged,
        media_id=_or_unset(error.media_id),
    )


def _credits(job: Job) -> JobCredits:
    delivered = job.step is Step.DELIVERED
    return JobCredits(
        held=0 if job.is_final else job.price,
        charged=job.price if delivered else 0,
        released=job.price if job.is_final and not delivered else 0,
    )


def _or_unset(value: Any) -> Any:
    return msgspec.UNSET if value is None else value
