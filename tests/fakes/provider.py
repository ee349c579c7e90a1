"""A provider in memory, with virtual time, a billing ledger, and the ways in which the real one misbehaves."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import msgspec
from PIL import Image

from shared.core.clock import Clock
from shared.core.errors import ProviderUnavailable
from shared.generation.mp4.boxes import made
from shared.generation.ports import (
    Accepted,
    Body,
    Failed,
    FetchOutcome,
    Film,
    Finished,
    Missing,
    Refused,
    Rendering,
    ResultGone,
    Submission,
    SubmitOutcome,
    Unknown,
)
from tests.fakes.films import film

FAULTS = (
    "refuse",  # certainly not accepted
    "full",  # 429
    "lost",  # accepted and charged, the answer lost
    "down",  # nothing reached it, and the caller cannot know
    "sync",  # answers with the result
    "fail",  # ends without a result
    "early-missing",  # "Request not found" at the first two looks
    "stuck",  # never ends
    "late-output",  # the result's address answers 404 three times
    "garbage",  # not a picture
    "unreachable",  # fetch does not answer three times
)


def png(color: tuple[int, int, int], size: int = 16) -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", (size, size), color).save(out, "PNG")
    return out.getvalue()


class ProviderJob(msgspec.Struct):
    """One accepted and charged request."""

    id: str
    track_id: str
    webhook: str
    prompt: str
    film: Film | None
    done_at: datetime
    faults: frozenset[str]
    looks: int = 0
    downloads: int = 0


class MemoryProvider:
    """See `Provider`. `faults` gives the faults of each submission; `webhooks` collects what would be posted."""

    def __init__(self, clock: Clock, *, seconds: float = 20, limit: int = 5) -> None:
        self.called: Callable[[str], None] = lambda _: None  #: who counts: submit, fetch, open
        self._clock = clock
        self.seconds: Callable[[Submission], float] = lambda _: seconds
        self._limit = limit
        self.faults: Callable[[Submission], frozenset[str]] = lambda _: frozenset()
        self.jobs: dict[str, ProviderJob] = {}
        self.asked: list[Submission] = []

    def submit(self, submission: Submission) -> SubmitOutcome:
        """See `Provider`."""
        self.called("submit")
        self.asked.append(submission)
        faults = self.faults(submission)
        assert submission.film is None or submission.init_images, "a film begins with a picture: a bug of ours"
        if "refuse" in faults:
            return Refused(code="CONTENT_REJECTED", reason="policy")
        if "full" in faults or self.rendering() >= self._limit:
            return Refused(code="PROVIDER_FAILED", reason="queue full", retry_after=30)
        if "down" in faults:
            return Unknown(reason="timeout")
        job = self._accept(submission, faults)
        if "lost" in faults:
            return Unknown(reason="connection dropped")
        if "sync" in faults:
            job.done_at = self._clock.now()
            return Finished(provider_id=job.id, outputs=(self._url(job),))
        return Accepted(provider_id=job.id)

    def fetch(self, provider_id: str, kind: str) -> FetchOutcome:
        """See `Provider`."""
        self.called("fetch")
        job = self.jobs.get(provider_id)
        if job is None or (job.film is not None) != (kind == "video"):
            return Missing()
        job.looks += 1
        if "unreachable" in job.faults and job.looks <= 3:
            raise ProviderUnavailable("no answer")
        if "early-missing" in job.faults and job.looks <= 2:
            return Missing()
        if "stuck" in job.faults or self._clock.now() < job.done_at:
            return Rendering()
        if "fail" in job.faults:
            return Failed(code="PROVIDER_FAILED", reason="worker crashed")
        return Finished(provider_id=job.id, outputs=(self._url(job),))

    @contextmanager
    def open(self, url: str, first: int = 0) -> Iterator[Body]:
        """See `Provider`."""
        data = self._result(url)
        half = len(data) // 2
        yield Body(chunks=iter((data[first:half], data[max(first, half) :])), total=len(data))

    def _result(self, url: str) -> bytes:
        job = self.jobs[url.rsplit("/", 1)[1]]
        job.downloads += 1
        if "late-output" in job.faults and job.downloads <= 3:
            raise ResultGone("404")
        return b"<html>" if "garbage" in job.faults else self.result_of(job)

    def upload_reference(self, jpeg: bytes) -> str:
        """See `Provider`."""
        return f"https://provider.test/uploads/{len(jpeg)}"

    def result_of(self, job: ProviderJob) -> bytes:
        """What this job, and no other, renders."""
        number = int(job.id)
        if job.film:
            whole = film(job.film.seconds, job.film.fps, audio=job.film.audio, index_last=number % 2 == 1)
            return whole + made("free", job.id.encode())
        return png((number % 256, number // 256 % 256, 77))

    def charges(self, track_id: str) -> int:
        """How often a job of ours was charged: the witness for "asked once"."""
        return sum(job.track_id == track_id for job in self.jobs.values())

    def rendering(self) -> int:
        """How many it has that have not ended."""
        now = self._clock.now()
        return sum("stuck" in job.faults or job.done_at > now for job in self.jobs.values())

    def _accept(self, submission: Submission, faults: frozenset[str]) -> ProviderJob:
        job = ProviderJob(
            id=str(1000 + len(self.jobs)),
            track_id=submission.track_id,
            webhook=submission.webhook.reveal(),
            prompt=submission.prompt,
            film=submission.film,
            done_at=self._clock.now() + timedelta(seconds=self.seconds(submission)),
            faults=faults,
        )
        self.jobs[job.id] = job
        return job

    def _url(self, job: ProviderJob) -> str:
        return f"https://provider.test/out/{job.id}"
