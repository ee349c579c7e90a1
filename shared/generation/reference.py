"""Reference pictures: from the user's Drive, checked, staged, and given to the provider by an address that expires."""

from __future__ import annotations

from datetime import timedelta

from shared.core.errors import PermanentError
from shared.drive.model import Access
from shared.drive.ports import DriveRefusal, TokenRejected
from shared.generation.engine import Engine
from shared.generation.model import Job, Reference
from shared.generation.ports import ResultUnusable

MAX_BYTES = 25 * 1024 * 1024
LIFETIME = timedelta(hours=6)  #: must outlast the provider's own queue


class ReferenceUnusable(PermanentError):
    """A reference picture cannot be read any more, or is no picture."""


def prepare_references(engine: Engine, job: Job) -> tuple[str, ...]:
    """An address for each reference, in order. Doing it twice stages the same bytes under the same names.

    Raises `ReferenceUnusable`, the errors of a connection that does not work, or a retryable one.
    """
    return tuple(_address(engine, job, reference) for reference in job.references)


def _address(engine: Engine, job: Job, reference: Reference) -> str:
    name = f"references/{job.id}-{reference.index}"
    staged = engine.staging().size(name)
    if staged is None or engine.upload_references:
        data, mime_type = _picture(engine, job, reference)
        if engine.upload_references:
            return _uploaded(engine, reference, data)
        engine.staging().put(name, data, mime_type)
    return engine.signer.reference_url(name, engine.clock.now() + LIFETIME)


def _uploaded(engine: Engine, reference: Reference, data: bytes) -> str:
    try:
        return engine.provider().upload_reference(data)
    except ResultUnusable as error:
        raise ReferenceUnusable(f"{reference.media_id}: {error}") from error


def _picture(engine: Engine, job: Job, reference: Reference) -> tuple[bytes, str]:
    try:
        return engine.pictures().reference(_bytes(engine, job, reference))
    except ResultUnusable as error:
        raise ReferenceUnusable(f"{reference.media_id}: {error}") from error
    except DriveRefusal as error:
        raise ReferenceUnusable(f"{reference.media_id}: {error.reason}") from error


def _bytes(engine: Engine, job: Job, reference: Reference) -> bytes:
    access = engine.connections().access(job.user_id)
    try:
        return _download(engine, access, reference)
    except TokenRejected:
        return _download(engine, engine.connections().renew(access), reference)


def _download(engine: Engine, access: Access, reference: Reference) -> bytes:
    with engine.drive().download(access, reference.drive_file_id) as download:
        if download.total > MAX_BYTES:
            raise ReferenceUnusable(f"{reference.media_id}: {download.total} bytes")
        return b"".join(download.chunks)
