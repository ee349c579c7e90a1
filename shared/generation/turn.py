"""A queued job's turn: the slot and the claim in one commit, and then the provider is asked, once."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.core.errors import (
    DriveNotConnected,
    DriveReconnectRequired,
    DriveUnavailable,
    ProviderUnavailable,
    Unavailable,
)
from shared.generation import schedule
from shared.generation.catalogue import model_of
from shared.generation.engine import Engine
from shared.generation.model import Job, Step, job_error
from shared.generation.outcomes import is_answer_to, note_accepted, note_finished
from shared.generation.ports import (
    Accepted,
    Film,
    Finished,
    Refused,
    Submission,
    Unknown,
)
from shared.generation.reference import ReferenceUnusable, prepare_references
from shared.generation.slots import Slots, tag_of, turn


def take_turn(engine: Engine, job: Job, now: datetime) -> None:
    """T2: a slot and the claim in one commit; then the provider is asked, once."""
    if now >= job.deadline_at:
        engine.void(job.id, job_error("GENERATION_TIMEOUT"), when=lambda found: found.step is Step.QUEUED)
        return
    ahead, slots = engine.ahead(job), engine.slots()
    if ahead >= slots.free(engine.concurrency, now):  # before the references, which cost downloads and uploads
        if job.wake_at and job.wake_at > now + timedelta(seconds=1):
            return  # woken early, or twice: the task that looks at that time is on its way already
        wait = schedule.turn_wait(engine.queue_seconds(job, ahead, slots))
        _wait_in_queue(engine, job, now + timedelta(seconds=wait), "not its turn")
        return
    try:
        images = prepare_references(engine, job)
    except (ReferenceUnusable, DriveNotConnected, DriveReconnectRequired) as error:
        code = "REFERENCE_NOT_USABLE" if isinstance(error, ReferenceUnusable) else "GOOGLE_DRIVE_RECONNECT_REQUIRED"
        engine.logger.warning("job.reference_failed", jobId=job.id, reason=str(error))
        refused = job_error(code, media_id=error.details.get("mediaId"))
        engine.void(job.id, refused, when=lambda found: found.step is Step.QUEUED)
        return
    except (DriveUnavailable, ProviderUnavailable, Unavailable) as error:
        _step_aside(engine, job, now + timedelta(seconds=15), str(error))
        return
    claimed = _claim(engine, job)
    if claimed:
        _submit(engine, claimed, images)
    else:
        _wait_in_queue(engine, job, engine.clock.now() + timedelta(seconds=20), "no slot")


def _claim(engine: Engine, job: Job) -> Job | None:
    """The lease counts from here: fetching references may have taken long, and the answer needs all of it."""
    model, now = model_of(job.model), engine.clock.now()
    deadline = timedelta(seconds=model.render_deadline_seconds)
    nonce = engine.ids.new()

    def decide(found: Job, slots: Slots) -> tuple[Job, Slots] | None:
        if found.step is not Step.QUEUED or slots.free(engine.concurrency, now) < 1:
            return None
        claimed = found.claimed(nonce, now, now + engine.submit_lease, now + deadline, slots.expects(model))
        return claimed, slots.take(found.id, now + deadline + engine.submit_lease, found.turn, now)

    return engine.update_with_slot(job.id, decide, "T2")


def _wait_in_queue(engine: Engine, job: Job, until: datetime, reason: str) -> None:
    def decide(found: Job) -> Job | None:
        return found.to(Step.QUEUED, wake_at=until) if (found.step, found.rev) == (Step.QUEUED, job.rev) else None

    if engine.update(job.id, decide):
        engine.logger.info("job.waits", jobId=job.id, reason=reason)


def _step_aside(engine: Engine, job: Job, until: datetime, reason: str) -> None:
    """A job that cannot go on for its own reasons lets those behind it pass, and comes right after them."""

    def decide(found: Job, slots: Slots) -> tuple[Job, Slots] | None:
        if found.step is not Step.QUEUED:
            return None
        behind = turn(max(tag_of(found.turn), slots.virtual_time + 1), found.created_at, found.id)
        return found.to(Step.QUEUED, wake_at=until, turn=behind), slots

    if engine.update_with_slot(job.id, decide, "aside"):
        engine.logger.warning("job.stepped_aside", jobId=job.id, reason=reason)
        engine.wake_queued()


def _submit(engine: Engine, job: Job, images: tuple[str, ...]) -> None:
    submission = Submission(
        model=job.model,
        prompt=job.prompt,
        aspect_ratio=job.params.get("aspectRatio", ""),
        film=_film(job),
        init_images=images,
        webhook=engine.signer.webhook_url(job.id),
        track_id=f"job-{job.id}",
    )
    engine.reached("submit:before")
    outcome = engine.provider().submit(submission)
    engine.reached("submit:after")
    engine.logger.info("provider.submitted", jobId=job.id, outcome=type(outcome).__name__)
    match outcome:
        case Accepted():
            note_accepted(engine, job.id, outcome.provider_id, nonce=job.nonce)
        case Finished():
            note_finished(engine, job.id, outcome, announced=None, nonce=job.nonce)
        case Refused(retry_after=seconds) if seconds is not None:
            _requeue(engine, job, seconds)
        case Refused():
            engine.logger.warning("provider.refused", jobId=job.id, reason=outcome.reason)
            engine.void(job.id, job_error(outcome.code), when=lambda found: is_answer_to(found, job.nonce))
        case Unknown():
            lose(engine, job, outcome.reason)


def _film(job: Job) -> Film | None:
    if job.kind != "animation":
        return None
    asked = job.params
    return Film(
        resolution=asked["resolution"],
        seconds=asked["renderedSeconds"],
        fps=asked["fps"],
        audio=asked["generateAudio"],
    )


def _requeue(engine: Engine, job: Job, seconds: float) -> None:
    """T3r: nothing was accepted. The job keeps its turn, and its slot rests as long as the provider says."""
    now = engine.clock.now()
    rests = now + timedelta(seconds=min(seconds, schedule.MAX_REST_S))

    def decide(found: Job, slots: Slots) -> tuple[Job, Slots] | None:
        if found.nonce != job.nonce or found.step is not Step.SUBMITTING:
            return None
        queued = found.requeued(rests, found.created_at + schedule.QUEUE_DEADLINE)
        return queued, slots.rest(found.id, rests)

    if engine.update_with_slot(job.id, decide, "T3r") is None and engine.job(job.id).step is Step.CANCELLING:
        engine.void(job.id, job_error("CANCELLED_BY_USER"))


def lose(engine: Engine, job: Job, reason: str) -> None:
    """T3u: never asked again. A webhook may still tell; else the credits are released when nobody can wait longer."""
    now = engine.clock.now()
    until = now + (engine.unknown_wait or timedelta(seconds=model_of(job.model).p90_seconds * 2))

    def decide(found: Job) -> Job | None:
        if found.step is not Step.SUBMITTING or found.nonce != job.nonce:
            return None
        return found.lost(until, now if found.candidate_provider_id else until)

    if engine.update(job.id, decide, boundary="T3u"):
        engine.logger.warning("provider.outcome_unknown", jobId=job.id, reason=reason)
