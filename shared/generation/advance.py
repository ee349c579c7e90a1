"""The one step that a stored job needs now.

Whoever calls, whenever and how often: a duplicate, late or parallel call decides from the stored state and finds
nothing to do. No instance waits here for the provider, except for a submit that the provider itself answers slowly.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.core.errors import (
    Conflict,
    ProviderUnavailable,
)
from shared.core.logs import bind
from shared.core.traces import fields_for
from shared.generation import schedule
from shared.generation.catalogue import model_of
from shared.generation.deliver import deliver, wake_blocked
from shared.generation.engine import Engine
from shared.generation.model import Job, Step, job_error
from shared.generation.outcomes import expects_of, note_accepted, note_finished
from shared.generation.ports import (
    Failed,
    FetchOutcome,
    Finished,
    Missing,
    Rendering,
)
from shared.generation.turn import lose, take_turn


def advance(engine: Engine, job_id: str, *, announced: bool = False) -> None:
    """One step, and the task for the next. Raises `Unavailable` and its kin to be called again.

    `announced`: a webhook said that there is something to see.
    """
    job = engine.job(job_id)
    if job.is_final:
        return
    with bind(**fields_for(job.trace)):
        try:
            _step(engine, job, announced=announced)
        except Conflict as lost:
            engine.logger.info("job.overtaken", jobId=job_id, reason=str(lost))
        engine.enqueue(engine.job(job_id))


def _step(engine: Engine, job: Job, *, announced: bool) -> None:
    now = engine.clock.now()
    match job.step:
        case Step.QUEUED:
            take_turn(engine, job, now)
        case Step.SUBMITTING:
            if job.lease_until and now >= job.lease_until:
                lose(engine, job, "the worker that asked never came back")
        case Step.SUBMIT_UNKNOWN:
            _look_for_lost(engine, job, now)
        case Step.SUBMITTED | Step.CANCELLING:
            _look(engine, job, now, announced=announced)
        case Step.READY:
            deliver(engine, job)
        case Step.BLOCKED:
            wake_blocked(engine, job, now)


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
            pause = schedule.next_poll(elapsed, expects_of(job))
            _wake_later(engine, job, min(job.deadline_at, now + timedelta(seconds=pause)))


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
