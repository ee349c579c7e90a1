"""What the provider has answered, noted in one commit: its id, or the result, which frees the slot."""

from __future__ import annotations

from datetime import timedelta

from shared.core.documents import Change, Create, Key, Reads, write
from shared.core.errors import Conflict
from shared.generation import schedule
from shared.generation.catalogue import model_of
from shared.generation.engine import Engine
from shared.generation.model import AT_PROVIDER, Job, ProviderJob, Step, job_error, job_key
from shared.generation.ports import Finished
from shared.generation.slots import Slots, slots_key
from shared.generation.times import Times, times


def note_accepted(engine: Engine, job_id: str, provider_id: str, *, nonce: str | None) -> Job | None:
    """T3: the provider's id, which belongs to this job alone from now on."""
    keys = [job_key(job_id), Key("provider_jobs", provider_id)]
    now = engine.clock.now()

    def decide(reads: Reads) -> Change:
        job, owner = reads[keys[0]].read(Job), reads[keys[1]].read_or_none(ProviderJob)
        if owner and owner.job_id != job_id:
            raise Conflict(f"provider job {provider_id} belongs to {owner.job_id}")
        if job.provider_id or job.step not in AT_PROVIDER or not is_answer_to(job, nonce):
            return Change()
        wake_at = now + timedelta(seconds=schedule.first_poll(expects_of(job)))
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
        if job.step not in AT_PROVIDER - {Step.CANCELLING} or not is_answer_to(job, nonce):
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


def is_answer_to(job: Job, nonce: str | None) -> bool:
    """Whether an answer is of the job's one attempt at the provider. None: it was asked for by the provider's id.

    A job of unknown outcome was asked once and is never asked again: an answer that comes when its lease is over, from
    an instance that stood still, is its own.
    """
    return nonce is None or job.nonce == nonce or job.step is Step.SUBMIT_UNKNOWN


def expects_of(job: Job) -> Times:
    """How long this job may render: noted when the provider was asked."""
    return job.expects or times((), model_of(job.model))
