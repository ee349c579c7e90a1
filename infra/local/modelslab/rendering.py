"""The renderer: one job after the other, each taking its seconds of the emulator's time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from infra.local.clock import AdjustableClock
from infra.local.modelslab.drawing import blank, draw, scaled
from infra.local.modelslab.film import Film, render
from infra.local.modelslab.store import Job, Store

FAILED = "Something went wrong while generating the image, please try again"
INDECENT = "The request was blocked: the prompt may violate our content policy (moderation)"


class Forgotten(Exception):
    """Everything was forgotten while it was rendered."""


class Renderer:
    """A thread from `start` to `stop`. `seconds`: how long a picture takes; `ended`: who is told of each job."""

    def __init__(
        self, store: Store, clock: AdjustableClock, seconds: float, scale: float, ended: Callable[[Job], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._seconds = seconds
        self._scale = scale
        self._ended = ended
        self._changed = threading.Condition()
        self._stopped = False
        self._free_at = 0.0  # when the job before ended, so that a leap in time finishes many
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin with what is in the queue from before."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the picture that is being painted, and no more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join()

    def wake(self) -> None:
        """There is a new job, or time has moved."""
        with self._changed:
            self._changed.notify_all()

    def wait(self, job_id: int, seconds: float) -> Job | None:
        """The job when it has ended, or after so many seconds. None: it was deleted."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or not self._is_processing(job_id), seconds)
        return self._store.job(job_id)

    def next_end(self) -> float | None:
        """When the job whose turn it is ends. None: there is none."""
        with self._changed:
            job = self._store.next_job()
            return None if job is None else self._due(job)

    def settle(self) -> list[int]:
        """Wait until everything that is due by now has ended; the jobs that did."""
        ended = []
        with self._changed:
            while not self._stopped and (job := self._store.next_job()) and self._due(job) <= self._clock.time():
                self._changed.notify_all()
                self._changed.wait_for(lambda job=job: self._stopped or not self._is_processing(job.id))  # type: ignore[misc]
                ended.append(job.id)
        return ended

    def eta(self, position: int) -> float:
        """Seconds until the nth job of the queue is done, by a guess."""
        return round(self._seconds * position, 2)

    def _is_processing(self, job_id: int) -> bool:
        job = self._store.job(job_id)
        return bool(job and job.status == "processing")

    def _run(self) -> None:
        while job := self._next():
            due = self._due(job)
            if self._reached(due):
                self._finish(job, due)

    def _due(self, job: Job) -> float:
        return max(job.created, self._free_at) + float(job.terms.switches.get("render", self._seconds))

    def _next(self) -> Job | None:
        """The job whose turn it is; waits for one. None: it is time to stop."""
        with self._changed:
            while not self._stopped:
                if job := self._store.next_job():
                    return job
                self._changed.wait()
        return None

    def _reached(self, due: float) -> bool:
        """Wait for a moment of the emulator's time. False: it is time to stop."""
        with self._changed:
            while not self._stopped and (left := due - self._clock.time()) > 0:
                self._changed.wait(left)
            return not self._stopped

    def _finish(self, job: Job, due: float) -> None:
        now = self._clock.time()
        if job.has("fails"):
            self._store.fail(job, FAILED, now, refund=job.has("refund"))
        elif job.terms.switches.get("nsfw") == "error":
            self._store.fail(job, INDECENT, now, refund=job.has("refund"))
        else:
            try:
                with self._store.result(job) as path:
                    self._render(job, path)
            except Forgotten:
                return
            self._store.succeed(job, now)
        self._free_at = due
        if ended := self._store.job(job.id):
            self._ended(ended)
        self.wake()

    def _render(self, job: Job, path: Path) -> None:
        if not job.terms.film:
            path.write_bytes(self._picture(job))
            return
        whole = Film(**job.terms.film)
        pictures = self._store.pictures(job.id)
        if not pictures:
            raise Forgotten
        picture = pictures[0]
        film = whole.scaled(self._scale)
        if job.terms.switches.get("nsfw") == "blank":
            picture = blank((film.width, film.height))
        last = job.terms.switches.get("moov", "last" if job.id % 2 else "first") == "last"
        render(picture, film, path, index_last=last)

    def _picture(self, job: Job) -> bytes:
        size = scaled(job.terms.ratio, self._scale)
        if job.terms.switches.get("nsfw") == "blank":
            return blank(size)
        return draw(job.terms.prompt, size, self._store.pictures(job.id))
