"""A result at the provider, or in the staging bucket, checked: what it is, how large, and how to read its bytes.

A picture is decoded in full. A film is not: its boxes are followed to its index, and every frame must lie within the
file. A film that was rendered longer than it was asked for is cut without decoding; its bytes come from the source as
they are read, so that memory stays constant whatever its size.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from fractions import Fraction

import msgspec

from shared.core.errors import AppError, NotFound, PermanentError
from shared.generation.catalogue import model_of
from shared.generation.engine import Engine
from shared.generation.model import Job
from shared.generation.mp4.boxes import HEADER, Box, Malformed, header
from shared.generation.mp4.cut import Cut, Uncuttable, cut
from shared.generation.mp4.movie import MAX_INDEX, Movie, read_movie
from shared.generation.ports import Body, ResultGone, ResultUnusable
from shared.generation.reference import poster

MAX_PICTURE = 50 * 1024 * 1024
MAX_FILM = 2 * 1024 * 1024 * 1024
MAX_BOXES = 1000  #: side by side in a film: a usual one has four
LOOK = 256 * 1024  #: bytes that are read to find out what comes: most indexes are in them
Open = Callable[[int], AbstractContextManager[Body]]  #: the bytes from a position on
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "video/mp4": "mp4"}


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A verified result. Size in bytes and pixels; `preview` is a small WebP, where one could be made."""

    mime_type: str
    size: int
    width: int
    height: int
    duration_seconds: float | None = None
    preview: bytes | None
    chunks: Callable[[], Iterator[bytes]]  #: the bytes, as often as they are wanted


def result_of(engine: Engine, job: Job) -> Result:
    """From staging, else from the provider.

    Raises `ResultUnusable`, `ResultGone` when it is not there (yet), or a retryable error.
    """
    staged = job.staged
    if staged:
        try:
            return _read(engine, job, lambda first: engine.staging().read(staged, first), whole=True)
        except NotFound as error:
            raise ResultGone("the staged result is gone") from error
    trouble: PermanentError | None = None
    for url in job.outputs:
        try:
            return _read(engine, job, lambda first, url=url: engine.provider().open(url, first), whole=False)  # type: ignore[misc] # bound
        except (ResultGone, ResultUnusable) as error:
            trouble = error
    raise trouble or ResultUnusable("no address")


def _read(engine: Engine, job: Job, source: Open, *, whole: bool) -> Result:
    """`whole`: it was cut already."""
    if model_of(job.model).kind == "video":
        return _film(engine, job, source, None if whole else job.params["duration"])
    data = _all(source)
    picture = engine.pictures().verify(data)
    return Result(
        mime_type=picture.mime_type,
        size=len(data),
        width=picture.width,
        height=picture.height,
        preview=engine.pictures().preview(data),
        chunks=lambda: iter((data,)),
    )


def _all(source: Open) -> bytes:
    data = bytearray()
    with source(0) as body:
        for chunk in body.chunks:
            data += chunk
            if len(data) > MAX_PICTURE:
                raise ResultUnusable(f"more than {MAX_PICTURE} bytes")
    return bytes(data)


def _film(engine: Engine, job: Job, source: Open, seconds: int | None) -> Result:
    try:
        ftyp, movie, size = index_of(source)
    except Malformed as error:
        raise ResultUnusable(f"not a whole film: {error}") from error
    video = movie.video
    shorter = _shorter(engine, job, ftyp, movie, seconds)
    return Result(
        mime_type="video/mp4",
        size=shorter.size if shorter else size,
        width=video.width,
        height=video.height,
        duration_seconds=round(float(shorter.seconds if shorter else movie.seconds), 3) or None,
        preview=_preview(engine, job),
        chunks=lambda: (
            streamed(source, shorter.head, shorter.spans) if shorter else streamed(source, b"", ((0, size),))
        ),
    )


def _shorter(engine: Engine, job: Job, ftyp: bytes, movie: Movie, seconds: int | None) -> Cut | None:
    """A paid film that cannot be cut is kept as long as it is, and says so."""
    if seconds is None or seconds >= job.params["renderedSeconds"]:
        return None
    try:
        return cut(ftyp, movie, Fraction(seconds))
    except Uncuttable as error:
        engine.logger.warning("film.not_cut", jobId=job.id, reason=str(error), seconds=float(movie.seconds))
        return None


def _preview(engine: Engine, job: Job) -> bytes | None:
    """A film begins with its source, so that is its poster; without one the film is still what was paid for."""
    try:
        return engine.pictures().preview(poster(engine, job))
    except AppError as error:
        engine.logger.warning("film.no_poster", jobId=job.id, reason=type(error).__name__)
        return None


def index_of(source: Open) -> tuple[bytes, Movie, int]:
    """The first box, the index, and the size of the file. Reads no more than it must, where the source has ranges.

    Raises `Malformed` for what is no whole film, and what the source raises.
    """
    window = _Window(source)
    size = window.size
    if size > MAX_FILM:
        raise ResultUnusable(f"{size} bytes")
    ftyp, moov, at = b"", b"", 0
    kinds: list[str] = []
    while at < size and len(kinds) < MAX_BOXES:
        box = header(window.read(at, HEADER), at, size)
        kinds.append(box.kind)
        if box.kind == "ftyp":
            ftyp = window.read(at, _bounded(at, box))
        elif box.kind == "moov":
            moov = window.read(at, _bounded(at, box))[box.start - at :]
        at = box.end
    if at < size or kinds[:1] != ["ftyp"] or "mdat" not in kinds or not moov:
        raise Malformed(f"boxes {kinds[:8]}")
    return ftyp, read_movie(moov, size), size


def _bounded(at: int, box: Box) -> int:
    if box.end - at > MAX_INDEX:
        raise Malformed(f"a box {box.kind} of {box.end - at} bytes")
    return box.end - at


class _Window:
    """A few bytes anywhere in a source."""

    def __init__(self, source: Open) -> None:
        self._source = source
        self._at, self._data = 0, b""
        with source(0) as body:
            self._data = _take(body.chunks, LOOK)
            self.size = body.total if body.total is not None else len(self._data) + sum(map(len, body.chunks))

    def read(self, at: int, count: int) -> bytes:
        """So many bytes at a position, or fewer at the end."""
        count = min(count, self.size - at)
        if not self._at <= at <= at + count <= self._at + len(self._data):
            with self._source(at) as body:
                self._at, self._data = at, _take(body.chunks, max(count, HEADER))
        data = self._data[at - self._at :][:count]
        if len(data) < count:
            raise ResultUnusable("cut off")
        return data


def _take(chunks: Iterator[bytes], count: int) -> bytes:
    data = bytearray()
    while len(data) < count and (chunk := next(chunks, b"")):
        data += chunk
    return bytes(data)


def streamed(source: Open, head: bytes, spans: tuple[tuple[int, int], ...]) -> Iterator[bytes]:
    """`head`, then these spans of the source, which ascend, each byte read once."""
    if head:
        yield head
    todo = deque(spans)
    at = spans[0][0]
    with source(at) as body:
        for chunk in body.chunks:
            begin, at = at, at + len(chunk)
            while todo and todo[0][0] < at:
                start, end = todo[0]
                yield chunk[max(start, begin) - begin : min(end, at) - begin]
                if end > at:
                    break
                todo.popleft()
            if not todo:
                return
    raise ResultUnusable(f"cut off at {at}")
