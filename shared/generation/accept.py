"""T1: accept a request. The credits are held and the jobs exist, or neither."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from shared.accounts.model import User, user_key
from shared.core.documents import Change, Create, Key, Reads, Replace, Write
from shared.core.errors import (
    DriveNotConnected,
    DriveReconnectRequired,
    IdempotencyKeyReused,
    NotFound,
    TooManyJobs,
    Unauthenticated,
)
from shared.core.ids import digest
from shared.core.traces import current
from shared.credits import model as credit
from shared.drive.model import Connection, connection_key
from shared.generation.engine import Engine
from shared.generation.model import Job, job_key
from shared.generation.requests import Draft, file_name
from shared.generation.schedule import QUEUE_DEADLINE
from shared.generation.slots import Slots, next_tag, slots_key, turn
from shared.media.accessibility import used
from shared.media.model import Media, entity_of, media_key


def accept(
    engine: Engine, user_id: str, draft: Draft, *, idempotency_key: str | None, retry_of: str | None = None
) -> list[Job]:
    """Accept a draft as one job per variation, all or none; the same key and request give the same jobs.

    Raises `InsufficientCredits`, `TooManyJobs`, `DriveNotConnected`, `DriveReconnectRequired`, `IdempotencyKeyReused`,
    `NotFound` when the entity is gone, `Unauthenticated` when the account is.
    """
    seed = idempotency_key or engine.ids.new()
    job_ids = [digest("job", user_id, seed, str(index)) for index in range(draft.variations)]
    keys = [
        user_key(user_id),
        connection_key(user_id),
        entity_of(draft.entity_type, draft.entity_id)[0],
        slots_key(),
        *map(job_key, job_ids),
        *_linked(draft),
    ]

    def decide(reads: Reads) -> Change:
        earlier = reads[job_key(job_ids[0])].read_or_none(Job)
        if earlier:
            if earlier.payload_hash != draft.payload_hash(retry_of):
                raise IdempotencyKeyReused
            return Change((), [reads[job_key(job_id)].read(Job) for job_id in job_ids])
        user = _active(reads[user_key(user_id)].read_or_none(User))
        _require_drive(reads[connection_key(user_id)].read_or_none(Connection))
        _require_room(user, draft, engine.in_flight_cap)
        slots = reads[slots_key()].read_or_none(Slots) or Slots()
        return _accepted(engine, reads, user, draft, job_ids, slots.virtual_time, retry_of)

    jobs: list[Job] = engine.commit(keys, decide, "T1")
    for job in jobs:
        engine.logger.info("job.accepted", jobId=job.id, kind=job.kind, model=job.model, price=job.price)
        engine.enqueue(job)
    return jobs


def _accepted(
    engine: Engine, reads: Reads, user: User, draft: Draft, job_ids: Sequence[str], virtual: int, retry_of: str | None
) -> Change:
    writes: list[Write] = [_guard(reads, draft, user.id), *_looked_at_soon(reads, draft, engine.clock.now())]
    jobs = []
    for job_id in job_ids:
        now = engine.clock.now()
        user, entry = credit.hold(user, job_id, draft.price, now)
        tag = next_tag(virtual, user.fair_tag)
        user = msgspec.structs.replace(user, in_flight=user.in_flight + 1, fair_tag=tag)
        jobs.append(_job(engine, user, draft, job_id, tag, retry_of))
        writes += [Create(credit.entry_key(entry.id), entry), Create(job_key(job_id), jobs[-1])]
    writes.append(Replace(reads[user_key(user.id)], user))
    return Change(writes, jobs)


def _job(engine: Engine, user: User, draft: Draft, job_id: str, tag: int, retry_of: str | None) -> Job:
    now = engine.clock.now()
    return Job(
        id=job_id,
        user_id=user.id,
        tenant_id=user.tenant_id,
        project_id=draft.project_id,
        kind=draft.kind,
        entity_type=draft.entity_type,
        entity_id=draft.entity_id,
        media_id=digest("media", job_id),
        file_name=file_name(draft.subject, draft.kind, job_id),
        model=draft.model,
        prompt=draft.prompt,
        params=draft.params,
        references=draft.references,
        price=draft.price,
        price_version=draft.price_version,
        payload_hash=draft.payload_hash(retry_of),
        retry_of=retry_of,
        trace=current(),
        turn=turn(tag, now, job_id),
        wake_at=now,
        deadline_at=now + QUEUE_DEADLINE,
        created_at=now,
    )


def _guard(reads: Reads, draft: Draft, user_id: str) -> Write:
    """The entity, rewritten unchanged: so that it cannot be deleted between our look and our commit."""
    key, kind = entity_of(draft.entity_type, draft.entity_id)
    entity = reads[key].read(kind)
    if entity.user_id != user_id:
        raise NotFound(f"{key.collection} of another user")
    return Replace(reads[key], entity)


def _linked(draft: Draft) -> list[Key]:
    """The references that nothing but looking tells of."""
    return list(dict.fromkeys(media_key(one.media_id) for one in draft.references if not one.owned))


def _looked_at_soon(reads: Reads, draft: Draft, now: datetime) -> list[Write]:
    """A linked file that is used matters again: it is looked at within a day, however stable it was."""
    found = [(reads[key], reads[key].read_or_none(Media)) for key in _linked(draft)]
    sooner = [(snapshot, media, used(media, now)) for snapshot, media in found if media]
    return [Replace(snapshot, after) for snapshot, media, after in sooner if after is not media]


def _active(user: User | None) -> User:
    if user is None or user.status != "active":
        raise Unauthenticated("the account is closed")
    return user


def _require_drive(connection: Connection | None) -> None:
    if connection is None or connection.state == "disconnected":
        raise DriveNotConnected
    if connection.state == "needs_reconnect":
        raise DriveReconnectRequired(reason=connection.reason or "revoked")


def _require_room(user: User, draft: Draft, cap: int) -> None:
    if user.in_flight + draft.variations > cap:
        raise TooManyJobs(limit=cap)
    credit.require(user, draft.price * draft.variations)
