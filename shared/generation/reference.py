"""Reference pictures: from the user's Drive, checked, staged, and given to the provider by an address that expires.

Each by itself, or all in one grid (`referenceMode: composite`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from contextvars import copy_context
from datetime import timedelta
from functools import partial

from shared.core.errors import PermanentError
from shared.drive.ports import DriveRefusal
from shared.drive.reading import opened
from shared.generation.engine import Engine
from shared.generation.framing import framing_of
from shared.generation.layout import grid
from shared.generation.model import Job, Reference
from shared.generation.ports import UPLOAD_BYTES, ResultUnusable
from shared.generation.requests import MAX_REFERENCE_BYTES

AHEAD = 2  #: pictures that are fetched at a time: memory does not grow with their number
Make = Callable[[], tuple[bytes, str]]  #: a picture and its media type
LIFETIME = timedelta(hours=6)  #: must outlast the provider's own queue


class ReferenceUnusable(PermanentError):
    """A reference picture cannot be read any more, or is no picture; `mediaId`."""


def prepare_references(engine: Engine, job: Job) -> tuple[str, ...]:
    """An address for each picture that the provider gets, in order. Doing it twice stages the same, named the same.

    Raises `ReferenceUnusable`, the errors of a connection that does not work, or a retryable one.
    """
    with ThreadPoolExecutor(AHEAD) as pool:
        coming = [
            pool.submit(copy_context().run, _address, engine, name, make) for name, make in _pictures(engine, job)
        ]
        return tuple(address.result() for address in coming)


def poster(engine: Engine, job: Job) -> bytes:
    """The picture that a film begins with, as it was given to the provider. Raises the same."""
    ((name, make),) = _pictures(engine, job)
    return _staged(engine, name, make)


def _pictures(engine: Engine, job: Job) -> list[tuple[str, Make]]:
    """What is staged, and how each is made."""
    if job.params.get("referenceMode") == "composite" and len(job.references) > 1:
        return [(f"references/{job.id}-composite", lambda: _composite(engine, job))]
    return [(f"references/{job.id}-{one.index}", partial(_picture, engine, job, one)) for one in job.references]


def _address(engine: Engine, name: str, make: Make) -> str:
    if engine.upload_references:
        jpeg, _ = engine.pictures().reference(_staged(engine, name, make), jpeg_limit=UPLOAD_BYTES)
        return engine.provider().upload_reference(jpeg)
    if engine.staging().size(name) is None:
        engine.staging().put(name, *make())
    return engine.signer.reference_url(name, engine.clock.now() + LIFETIME)


def _staged(engine: Engine, name: str, make: Make) -> bytes:
    """The bytes of a staged picture; it is made when it is not there."""
    if engine.staging().size(name) is None:
        data, content_type = make()
        engine.staging().put(name, data, content_type)
        return data
    with engine.staging().read(name) as body:
        return b"".join(body.chunks)


def _picture(engine: Engine, job: Job, reference: Reference) -> tuple[bytes, str]:
    data = _bytes(engine, job, reference)
    try:
        if job.kind == "animation":
            return engine.pictures().framed(data, framing_of(job.params)), "image/jpeg"
        return engine.pictures().reference(data)
    except ResultUnusable as error:
        raise _unusable(reference, str(error)) from error


def _composite(engine: Engine, job: Job) -> tuple[bytes, str]:
    layout = grid([reference.ratio for reference in job.references])
    with closing(_fetched(engine, job)) as pictures:
        try:
            return engine.pictures().composite(pictures, layout), "image/jpeg"
        except ResultUnusable as error:
            raise _unusable(job.references[error.details["index"]], str(error)) from error


def _fetched(engine: Engine, job: Job) -> Generator[bytes]:
    """The pictures in order, a few of them fetched ahead."""
    waiting: deque[Future[bytes]] = deque()
    with ThreadPoolExecutor(AHEAD) as pool:
        for reference in job.references:
            waiting.append(pool.submit(copy_context().run, _bytes, engine, job, reference))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _bytes(engine: Engine, job: Job, reference: Reference) -> bytes:
    try:
        with opened(engine.connections(), engine.drive(), reference.source(job.user_id)) as download:
            if download.total > MAX_REFERENCE_BYTES:
                raise _unusable(reference, f"{download.total} bytes")
            return b"".join(download.chunks)
    except DriveRefusal as error:
        raise _unusable(reference, error.reason) from error


def _unusable(reference: Reference, reason: str) -> ReferenceUnusable:
    return ReferenceUnusable(f"{reference.media_id}: {reason}", mediaId=reference.media_id)
