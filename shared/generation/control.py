"""What a user, the provider's webhook and the sweeper may do to a job besides moving it on."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from shared.accounts.model import User, user_key
from shared.core.documents import Change, Query, Reads, write
from shared.core.errors import Conflict, NotFound, RateLimited
from shared.core.logs import bind
from shared.core.traces import fields_for
from shared.generation.accept import accept
from shared.generation.catalogue import model_of, price_of
from shared.generation.engine import Engine
from shared.generation.model import AT_PROVIDER, TERMINAL, Job, Step, job_error, job_key
from shared.generation.requests import Draft

SWEEP_BATCH = 500


def own_job(engine: Engine, user_id: str, job_id: str) -> Job:
    """The user's job. Raises `NotFound` for anybody else's."""
    job = engine.job(job_id)
    if job.user_id != user_id:
        raise NotFound("a job of another user")
    return job


def cancel(engine: Engine, user_id: str, job_id: str) -> Job:
    """End a job. Before the submit at once; after it what the provider renders is awaited and dropped.

    Credits are always released. A cancel after the submit costs us, so it is capped per user and day: `RateLimited`.
    Cancelling twice is harmless. Raises `Conflict` for a job that has ended otherwise, `NotFound`.
    """
    job = own_job(engine, user_id, job_id)
    if job.step in (Step.CANCELLED, Step.CANCELLING):
        return job
    if job.is_final:
        raise Conflict("the job has ended", message="This has ended already and cannot be cancelled.")
    if job.step is Step.QUEUED:
        ended = engine.void(job_id, job_error("CANCELLED_BY_USER"), when=lambda found: found.step is Step.QUEUED)
        return ended or cancel(engine, user_id, job_id)
    return _cancel_after_submit(engine, job)


def _cancel_after_submit(engine: Engine, job: Job) -> Job:
    keys = [job_key(job.id), user_key(job.user_id)]
    at_provider = job.step not in (Step.READY, Step.BLOCKED)
    now = engine.clock.now()
    today = now.date().isoformat()

    def decide(reads: Reads) -> Change:
        found, user = reads[keys[0]].read(Job), reads[keys[1]].read(User)
        if found.step is not job.step:
            raise Conflict("the job has moved on")
        used = user.cancels if user.cancel_day == today else 0
        if used >= engine.cancels_per_day:
            message = "You have cancelled as many running generations today as one user may."
            raise RateLimited("cancels per day", message=message, retryAfter=3600, limit=engine.cancels_per_day)
        counted = msgspec.structs.replace(user, cancel_day=today, cancels=used + 1)
        if not at_provider:
            return Change((write(reads[keys[1]], counted),), found)
        wake_at = now if found.provider_id else found.deadline_at  # it may be rendering: its slot is kept
        cancelling = found.to(Step.CANCELLING, wake_at=wake_at)
        return Change((write(reads[keys[0]], cancelling), write(reads[keys[1]], counted)), cancelling)

    changed: Job = engine.commit(keys, decide, "cancel")
    if not at_provider:
        return engine.void(job.id, job_error("CANCELLED_BY_USER")) or engine.job(job.id)
    engine.enqueue(changed, suffix="c", at=changed.wake_at)
    return changed


def abandon(engine: Engine, job: Job) -> None:
    """The account is being closed: end a job; what the provider renders is awaited and dropped. Twice is harmless."""
    if job.step not in AT_PROVIDER:
        engine.void(job.id, job_error("ACCOUNT_CLOSED"), when=lambda found: found.step not in AT_PROVIDER)
        return
    now = engine.clock.now()

    def decide(found: Job) -> Job | None:
        if found.step not in AT_PROVIDER or found.step is Step.CANCELLING:
            return None
        return found.to(Step.CANCELLING, wake_at=now if found.provider_id else found.deadline_at)

    changed = engine.update(job.id, decide, boundary="cancel")
    if changed:
        engine.enqueue(changed, suffix="c", at=changed.wake_at)


def retry(engine: Engine, user_id: str, job_id: str, *, idempotency_key: str | None) -> Job:
    """The same request again as a new job, with today's price; the old one and its result stay.

    Raises `Conflict` while the job has not ended, and what accepting raises.
    """
    job = own_job(engine, user_id, job_id)
    if not job.is_final:
        raise Conflict("the job is under way", message="This is still under way. Cancel it first, or wait.")
    model = model_of(job.model)
    draft = Draft(
        kind=job.kind,
        entity_type=job.entity_type,
        entity_id=job.entity_id,
        project_id=job.project_id,
        subject=job.file_name.removeprefix(f"{job.kind}_").rsplit("_", 1)[0],
        model=job.model,
        prompt=job.prompt,
        params=job.params,
        references=job.references,
        price=price_of(model, job.params),
        price_version=model.price_version,
    )
    return accept(engine, user_id, draft, idempotency_key=idempotency_key, retry_of=job.id)[0]


def note_webhook(engine: Engine, job_id: str, provider_id: str | None) -> None:
    """The provider says "look now". The id is kept as a candidate only, and nothing else of the message is believed."""

    def decide(job: Job) -> Job | None:
        if provider_id is None or job.candidate_provider_id == provider_id or job.provider_id is not None:
            return None
        if job.step not in (Step.SUBMITTING, Step.SUBMIT_UNKNOWN):
            return None
        return msgspec.structs.replace(job, candidate_provider_id=provider_id, rev=job.rev + 1)

    job = engine.update(job_id, decide, boundary="webhook") or engine.job(job_id)
    with bind(**fields_for(job.trace)):
        engine.logger.info("provider.webhook", jobId=job_id, step=job.step)
    if job.step not in TERMINAL and job.step is not Step.SUBMITTING:
        engine.enqueue(job, suffix="w", at=engine.clock.now(), announced=True)


def wake_user(engine: Engine, user_id: str) -> int:
    """The user's Drive works again: their blocked jobs go on at once. Returns how many."""
    query = Query("generation_jobs", where=(("userId", "==", user_id), ("step", "==", Step.BLOCKED)), limit=SWEEP_BATCH)
    now = engine.clock.now()
    woken = 0
    for found in engine.documents.find(query):
        job = engine.update(
            found.key.id, lambda job: job.unblocked(now) if job.step is Step.BLOCKED else None, boundary="T8"
        )
        if job:
            engine.enqueue(job)
            woken += 1
    return woken


def resume(engine: Engine, user_id: str, job_id: str) -> Job:
    """What the job waited for may be there now: it goes on at once. One that does not wait stays as it is.

    Raises `NotFound` for anybody else's.
    """
    job = own_job(engine, user_id, job_id)
    now = engine.clock.now()
    changed = engine.update(
        job.id, lambda found: found.unblocked(now) if found.step is Step.BLOCKED else None, boundary="T8"
    )
    if changed is None:
        return engine.job(job.id)
    engine.enqueue(changed)
    return changed


def sweep(engine: Engine) -> int:
    """Enqueue every job that is due: whatever task was lost is only a delay. Returns how many."""
    now = engine.clock.now()
    query = Query(
        "generation_jobs",
        where=(("wakeAt", "<=", now - timedelta(seconds=20)),),
        order=(("wakeAt", False),),
        limit=SWEEP_BATCH,
    )
    due = [found.read(Job) for found in engine.documents.find(query)]
    for job in due:
        engine.enqueue(job, suffix=f"s{now:%Y%m%d%H%M}", at=now)
    engine.logger.info("sweep.done", due=len(due), full=len(due) == SWEEP_BATCH)
    return len(due)
