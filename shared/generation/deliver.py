"""From a result at the provider to a file in the writer's Drive, and the capture of the credits.

The Drive file's id is reserved and stored before the upload, so a repeat finds the same file. What Drive refuses is
staged and waits for the user: a paid result is not lost for a full Drive or a revoked token.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from shared.accounts.model import User, user_key
from shared.core.documents import Change, Create, Reads, Write, write
from shared.core.errors import (
    AppError,
    DriveNotConnected,
    DriveReconnectRequired,
    DriveUnavailable,
    RetryableError,
)
from shared.credits import model as credit
from shared.drive.model import Access, DriveFile, Upload
from shared.drive.ports import DriveRefusal, GrantInvalid, TokenRejected
from shared.generation import schedule
from shared.generation.catalogue import model_of
from shared.generation.engine import Engine, less_in_flight
from shared.generation.model import Job, Step, job_error, job_key
from shared.generation.ports import ResultGone, ResultUnusable
from shared.generation.results import EXTENSIONS, Result, result_of
from shared.media.facets import facets_of
from shared.media.model import MadeFrom, Media, Preview, entity_of, media_key, preview_key
from shared.media.watch import watch_key, watched

CONNECT = "connect_drive"
FREE = "free_storage"
FULL = ("storageQuotaExceeded", "quotaExceeded")
UNUSABLE_ID = ("fileIdInUse", "checksumMismatch", "invalid", "notFound")  #: another reserved id may do


def deliver(engine: Engine, job: Job) -> None:
    """One attempt, under a lease. Whatever stops it leaves the job ready, blocked or ended, never in between."""
    now = engine.clock.now()
    leased = engine.update(job.id, lambda found: _lease(found, job, now, now + engine.delivery_lease))
    if leased is None:
        return
    if leased.attempts > schedule.MAX_ATTEMPTS:
        engine.logger.error("job.poison", jobId=job.id, attempts=leased.attempts)
        engine.void(job.id, job_error("RESULT_UNUSABLE"), when=lambda found: found.step is Step.READY)
        return
    try:
        _store(engine, leased, result_of(engine, leased))
    except (ResultUnusable, ResultGone, RetryableError) as error:
        _try_again(engine, leased, error)


def wake_blocked(engine: Engine, job: Job, now: datetime) -> None:
    """T8, or the end of waiting."""
    if now >= job.deadline_at:
        engine.void(job.id, job_error("DRIVE_REFUSED"), when=lambda found: found.step is Step.BLOCKED)
    elif job.wake_at and job.wake_at <= now:
        engine.update(job.id, lambda found: found.unblocked(now) if found.step is Step.BLOCKED else None, boundary="T8")


def _lease(found: Job, job: Job, now: datetime, until: datetime) -> Job | None:
    """One worker at a time; a lease that ran out belonged to one that died."""
    if found.step is not Step.READY or (found.lease_until and found.lease_until > now) or found.rev != job.rev:
        return None
    if found.wake_at and found.wake_at > now + timedelta(seconds=1):
        return None
    return found.to(Step.READY, lease_until=until, wake_at=until, attempts=found.attempts + 1)


def _try_again(engine: Engine, job: Job, error: AppError) -> None:
    """The result could not be had, or not to its end: later once more, unless it is too late for that."""
    age = engine.clock.now() - (job.ready_at or engine.clock.now())
    engine.logger.warning(
        "result.not_had", jobId=job.id, kind=type(error).__name__, reason=str(error), misses=job.misses
    )
    match error:
        case ResultUnusable() if job.misses + 1 >= schedule.MAX_MISSES:
            ended = "RESULT_UNUSABLE"
        case ResultUnusable():
            return _put_off(engine, job, schedule.backoff(job.misses), misses=job.misses + 1)
        case ResultGone() if age < schedule.RESULT_GRACE:
            return _put_off(engine, job, timedelta(seconds=10))
        case RetryableError() if job.staged or age < schedule.RESULT_LIFETIME:
            return _put_off(engine, job, timedelta(seconds=15))
        case _:
            ended = "RESULT_EXPIRED"
    engine.void(job.id, job_error(ended), when=lambda found: found.step is Step.READY)
    return None


def _store(engine: Engine, job: Job, result: Result) -> None:
    """Into Drive. The catalogue of what can stop it, and what each means, is here."""
    try:
        access = engine.connections().access(job.user_id)
        try:
            _into_drive(engine, job, result, access)
        except TokenRejected:
            _into_drive(engine, job, result, engine.connections().renew(access))
    except (DriveNotConnected, DriveReconnectRequired, GrantInvalid, TokenRejected) as error:
        _block(engine, job, result, str(error.details.get("reason") or "not_connected"), CONNECT)
    except DriveRefusal as error:
        if error.reason in UNUSABLE_ID and job.misses < schedule.MAX_MISSES:
            _forget_file(engine, job, error.reason)
        else:
            _block(engine, job, result, error.reason, FREE if error.reason in FULL else CONNECT)
    except (DriveUnavailable, RetryableError) as error:
        engine.logger.warning("drive.unavailable", jobId=job.id, reason=str(error))
        staged = _stage(engine, job, result)  # the provider's link lives for a day only
        _put_off(engine, job, schedule.backoff(2), staged=staged)


def _into_drive(engine: Engine, job: Job, result: Result, access: Access) -> None:
    job = _reserve(engine, job, access)
    file = _upload(engine, job, result, access)
    public = engine.drive().make_public(access, file.id)
    _capture(engine, job, result, file, access, public=public)


def _reserve(engine: Engine, job: Job, access: Access) -> Job:
    """T4b: the file's id and folder, stored before the upload. Another Google account needs another id."""
    folder = engine.connections().ensure_folder(access)
    if job.drive_file_id and job.google_sub == access.google_sub and job.drive_folder_id == folder:
        return job
    fresh = not job.drive_file_id or job.google_sub != access.google_sub
    file_id = engine.drive().generate_ids(access, 1)[0] if fresh else job.drive_file_id
    reserved = engine.update(
        job.id,
        lambda found: (
            found.to(Step.READY, drive_file_id=file_id, drive_folder_id=folder, google_sub=access.google_sub)
            if found.step is Step.READY and found.rev == job.rev
            else None
        ),
        boundary="T4b",
    )
    if reserved is None:
        raise Superseded
    return reserved


class Superseded(RetryableError):
    """The job has changed under this worker: another one goes on."""


def _upload(engine: Engine, job: Job, result: Result, access: Access) -> DriveFile:
    assert job.drive_file_id, "reserved before"
    assert job.drive_folder_id, "reserved before"
    upload = Upload(
        file_id=job.drive_file_id,
        name=f"{job.file_name}.{EXTENSIONS[result.mime_type]}",
        mime_type=result.mime_type,
        parent=job.drive_folder_id,
        app_properties={"jobId": job.id, "mediaId": job.media_id},
    )
    engine.reached("drive-create:before")
    file = engine.drive().upload(access, upload, result.chunks(), result.size)
    engine.reached("drive-create:after")
    return file


def _capture(engine: Engine, job: Job, result: Result, file: DriveFile, access: Access, *, public: bool) -> None:
    """T5: the record, the preview, the credits and the job, in one commit."""
    now = engine.clock.now()
    entity, kind = entity_of(job.entity_type, job.entity_id)
    keys = [job_key(job.id), user_key(job.user_id), entity, watch_key(job.user_id)]

    def decide(reads: Reads) -> Change:
        found, user = reads[keys[0]].read(Job), reads[keys[1]].read(User)
        if found.step is not Step.READY or found.drive_file_id != file.id:
            return Change()
        after, entry = credit.capture(user, found.id, found.price, now)
        done = found.delivered(now)
        made = _media(found, result, file, access, now, public=public)
        media = msgspec.structs.replace(made, facets=facets_of(made))
        writes: list[Write] = [
            write(reads[keys[0]], done),
            write(reads[keys[1]], less_in_flight(after)),
            Create(credit.entry_key(entry.id), entry),
            Create(media_key(job.media_id), media),
            *watched(reads, job.user_id, job.tenant_id, now),
        ]
        if result.preview:
            writes.append(Create(preview_key(job.media_id), Preview(user_id=job.user_id, webp=result.preview)))
        owner = reads[entity].read_or_none(kind)
        if owner and getattr(owner.primary, media.media_type) is None:
            primary = msgspec.structs.replace(owner.primary, **{media.media_type: job.media_id})
            writes.append(write(reads[entity], msgspec.structs.replace(owner, primary=primary)))
        return Change(writes, done)

    done: Job | None = engine.commit(keys, decide, "T5")
    if done:
        facts = {"kind": done.kind, "model": done.model, "credits": done.price, **schedule.times_of(done)}
        engine.logger.info("job.delivered", jobId=job.id, bytes=result.size, public=public, **facts)
        return
    ended = engine.job(job.id)
    if ended.is_final and ended.step is not Step.DELIVERED:
        engine.drive().trash(access, file.id)  # cancelled while it was stored: nothing of it stays


def _media(job: Job, result: Result, file: DriveFile, access: Access, now: datetime, *, public: bool) -> Media:
    return Media(
        id=job.media_id,
        user_id=job.user_id,
        tenant_id=job.tenant_id,
        project_id=job.project_id,
        entity_type=job.entity_type,
        entity_id=job.entity_id,
        media_type=model_of(job.model).kind,
        file_name=file.name,
        mime_type=result.mime_type,
        file_size_bytes=result.size,
        width=result.width,
        height=result.height,
        duration_seconds=result.duration_seconds,
        drive_file_id=file.id,
        google_sub=access.google_sub,
        resource_key=file.resource_key,
        checksum=file.sha256,
        drive_web_view_link=file.web_view_link,
        job_id=job.id,
        model_used=job.model,
        prompt_used=job.prompt,
        generation_params=job.params,
        credits_used=job.price,
        sharing="public" if public else "restricted",
        last_checked_at=now,
        made_from=tuple(
            MadeFrom(media_id=used.media_id, role=used.role, index=used.index, drive_file_id=used.drive_file_id)
            for used in job.references
        ),
        created_at=now,
        updated_at=now,
    )


def _stage(engine: Engine, job: Job, result: Result) -> str:
    name = f"results/{job.id}"
    if not job.staged:
        engine.staging().put_stream(name, result.chunks(), result.size, result.mime_type)
    return name


def _block(engine: Engine, job: Job, result: Result, reason: str, action: str) -> None:
    """T7: staged first, so that the job never waits for bytes that nobody keeps."""
    staged = _stage(engine, job, result)
    now = engine.clock.now()
    until, wake_at = now + schedule.BLOCKED_DEADLINE, now + schedule.BLOCKED_WAKE

    def decide(found: Job) -> Job | None:
        if found.step is not Step.READY:
            return None
        return found.blocked(reason, action, staged, min(until, _kept_until(found, until)), wake_at)

    if engine.update(job.id, decide, boundary="T7"):
        engine.logger.warning("job.blocked", jobId=job.id, reason=reason, action=action)


def _kept_until(job: Job, otherwise: datetime) -> datetime:
    """The staging bucket counts from the first time that the result was put there."""
    return job.ready_at + schedule.BLOCKED_DEADLINE if job.staged and job.ready_at else otherwise


def _forget_file(engine: Engine, job: Job, reason: str) -> None:
    """The reserved id cannot be used (trashed, or other bytes are there): reserve another one."""
    engine.logger.warning("drive.file_id_dropped", jobId=job.id, reason=reason)
    _put_off(engine, job, timedelta(seconds=5), drive_file_id=None, misses=job.misses + 1)


def _put_off(engine: Engine, job: Job, delay: timedelta, **changes: object) -> None:
    """Give the lease back and come again later."""
    at = engine.clock.now() + delay
    engine.update(
        job.id,
        lambda found: (
            found.to(Step.READY, lease_until=None, wake_at=at, attempts=0, **changes)
            if found.step is Step.READY
            else None
        ),
    )
