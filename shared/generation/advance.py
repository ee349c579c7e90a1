"""The one step that a stored job needs now.

Whoever calls, whenever and how often: a duplicate, late or parallel call decides from the stored state and finds
nothing to do. No instance waits here for the provider, except for a submit that the provider itself answers slowly.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.core.documents import Change, Create, Key, Reads, write
from shared.core.errors import (
    Conflict,
    DriveNotConnected,
    DriveReconnectRequired,
    DriveUnavailable,
    ProviderUnavailable,
    Unavailable,
)
from shared.generation import schedule
from shared.generation.catalogue import model_of
from shared.generation.deliver import deliver, wake_blocked
from shared.generation.engine import Engine
from shared.generation.model import AT_PROVIDER, Job, ProviderJob, Step, job_error, job_key
from shared.generation.ports import (
    Accepted,
    Failed,
    FetchOutcome,
    Film,
    Finished,
    Missing,
    Refused,
    Rendering,
    Submission,
    Unknown,
)
from shared.generation.reference import ReferenceUnusable, prepare_references
from shared.generation.slots import Slots, slots_key, tag_of, turn
from shared.generation.times import Times, times


def advance(engine: Engine, job_id: str, *, announced: bool = False) -> None:
    """One step, and the task for the next. Raises `Unavailable` and its kin to be called again.

    `announced`: a webhook said that there is something to see.
    """
    job = engine.job(job_id)
    if job.is_final:
        return
    try:
        _step(engine, job, announced=announced)
    except Conflict as lost:
        engine.logger.info("job.overtaken", jobId=job_id, reason=str(lost))
    engine.enqueue(engine.job(job_id))


def _step(engine: Engine, job: Job, *, announced: bool) -> None:
    now = engine.clock.now()
    match job.step:
        case Step.QUEUED:
            _take_turn(engine, job, now)
        case Step.SUBMITTING:
            if job.lease_until and now >= job.lease_until:
                _lose(engine, job, "the worker that asked never came back")
        case Step.SUBMIT_UNKNOWN:
            _look_for_lost(engine, job, now)
        case Step.SUBMITTED | Step.CANCELLING:
            _look(engine, job, now, announced=announced)
        case Step.READY:
            deliver(engine, job)
        case Step.BLOCKED:
            wake_blocked(engine, job, now)


def _take_turn(engine: Engine, job: Job, now: datetime) -> None:
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
    claimed = _claim(engine, job, now)
    if claimed:
        _submit(engine, claimed, images)
    else:
        _wait_in_queue(engine, job, now + timedelta(seconds=20), "no slot")


def _claim(engine: Engine, job: Job, now: datetime) -> Job | None:
    model = model_of(job.model)
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
            engine.void(job.id, job_error(outcome.code), when=lambda found: found.nonce == job.nonce)
        case Unknown():
            _lose(engine, job, outcome.reason)


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


def note_accepted(engine: Engine, job_id: str, provider_id: str, *, nonce: str | None) -> Job | None:
    """T3: the provider's id, which belongs to this job alone from now on."""
    keys = [job_key(job_id), Key("provider_jobs", provider_id)]
    now = engine.clock.now()

    def decide(reads: Reads) -> Change:
        job, owner = reads[keys[0]].read(Job), reads[keys[1]].read_or_none(ProviderJob)
        if owner and owner.job_id != job_id:
            raise Conflict(f"provider job {provider_id} belongs to {owner.job_id}")
        if job.provider_id or job.step not in AT_PROVIDER or (nonce and job.nonce != nonce):
            return Change()
        wake_at = now + timedelta(seconds=schedule.first_poll(_expects(job)))
        accepted = job.accepted(provider_id, now, wake_at)
        writes = [write(reads[keys[0]], accepted)]
        return Change(writes if owner else [*writes, Create(keys[1], ProviderJob(job_id=job_id))], accepted)

    job: Job | None = engine.commit(keys, decide, "T3")
    if job is None:
        engine.logger.warning("provider.orphan", jobId=job_id, providerId=provider_id)
    return job


def note_finished(
    engine: Engine, job_id: str, result: Finished, *, announced: bool | None, nonce: str | None = None
) -> Job | None:
    """T4: the result exists, by our own call's answer; the slot is free. A cancelled job's result is dropped."""
    keys = [job_key(job_id), slots_key(), Key("provider_jobs", result.provider_id)]
    now = engine.clock.now()

    def decide(reads: Reads) -> Change:
        job, owner = reads[keys[0]].read(Job), reads[keys[2]].read_or_none(ProviderJob)
        if owner and owner.job_id != job_id:
            raise Conflict(f"provider job {result.provider_id} belongs to {owner.job_id}")
        if job.step not in AT_PROVIDER - {Step.CANCELLING} or (nonce and job.nonce != nonce):
            return Change()
        ready = job.completed(result.provider_id, result.outputs, now)
        writes = [write(reads[keys[0]], ready)]
        if not owner:
            writes.append(Create(keys[2], ProviderJob(job_id=job_id)))
        slots = reads[keys[1]].read_or_none(Slots)
        if slots and job_id in slots.taken:
            took = (now - (job.submitted_at or job.started_at or now)).total_seconds()
            writes.append(write(reads[keys[1]], slots.give_back(job_id).learn(job.model, took, announced=announced)))
        return Change(writes, ready)

    job: Job | None = engine.commit(keys, decide, "T4")
    if job is None and engine.job(job_id).step is Step.CANCELLING:
        engine.void(job_id, job_error("CANCELLED_BY_USER"))
    engine.wake_queued()
    return job


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


def _lose(engine: Engine, job: Job, reason: str) -> None:
    """T3u: never asked again. A webhook may still tell; else the credits are released when nobody can wait longer."""
    now = engine.clock.now()
    until = now + (engine.unknown_wait or timedelta(seconds=model_of(job.model).p90_seconds * 2))

    def decide(found: Job) -> Job | None:
        if found.step is not Step.SUBMITTING or found.nonce != job.nonce:
            return None
        return found.lost(until, now if found.candidate_provider_id else until)

    if engine.update(job.id, decide, boundary="T3u"):
        engine.logger.warning("provider.outcome_unknown", jobId=job.id, reason=reason)


def _look_for_lost(engine: Engine, job: Job, now: datetime) -> None:
    """A webhook named an id: believe it after our own fetch. Nobody named one in time: release."""
    if job.candidate_provider_id:
        outcome = _ask(engine, job, job.candidate_provider_id)
        match outcome:
            case Finished():
                note_finished(engine, job.id, outcome, announced=True)
                return
            case Rendering():
                note_accepted(engine, job.id, job.candidate_provider_id, nonce=None)
                return
            case Failed():
                engine.void(job.id, job_error(outcome.code), when=lambda found: found.step is Step.SUBMIT_UNKNOWN)
                return
    if now >= job.deadline_at:
        engine.void(job.id, job_error("OUTCOME_UNKNOWN"), when=lambda found: found.step is Step.SUBMIT_UNKNOWN)
    elif job.wake_at and job.wake_at <= now:
        _wake_later(engine, job, min(job.deadline_at, now + timedelta(seconds=15)))


def _look(engine: Engine, job: Job, now: datetime, *, announced: bool) -> None:
    """Ask for the state of a job that the provider has, or that was cancelled there."""
    cancelling = job.step is Step.CANCELLING
    over = now >= job.deadline_at
    timeout = job_error("CANCELLED_BY_USER" if cancelling else "GENERATION_TIMEOUT")
    if job.provider_id is None:
        if over:
            engine.void(job.id, timeout, when=lambda found: found.step is job.step)
        return
    outcome = _ask(engine, job, job.provider_id)
    match outcome:
        case Finished() if cancelling:
            engine.void(job.id, timeout)
        case Finished():
            note_finished(engine, job.id, outcome, announced=announced)
        case Failed():
            error = timeout if cancelling else job_error(outcome.code)
            engine.void(job.id, error, when=lambda found: found.step is job.step)
        case _ if over:
            engine.void(job.id, timeout, when=lambda found: found.step is job.step)
        case _:
            elapsed = (now - (job.submitted_at or now)).total_seconds()
            pause = schedule.next_poll(elapsed, _expects(job))
            _wake_later(engine, job, min(job.deadline_at, now + timedelta(seconds=pause)))


def _expects(job: Job) -> Times:
    """How long this job may render: noted when the provider was asked."""
    return job.expects or times((), model_of(job.model))


def _ask(engine: Engine, job: Job, provider_id: str) -> FetchOutcome:
    """Look at the provider; one that does not answer tells nothing, and the deadline goes on."""
    try:
        return engine.provider().fetch(provider_id, model_of(job.model).kind)
    except ProviderUnavailable as error:
        engine.logger.warning("provider.unavailable", jobId=job.id, reason=str(error))
        return Missing()


def _wake_later(engine: Engine, job: Job, at: datetime) -> None:
    """Every look adds 1 to `rev`, so that the next task has a name that nobody remembers."""
    engine.update(job.id, lambda found: found.to(found.step, wake_at=at) if found.rev == job.rev else None)
