"""The renderer: one job after the other, each taking its seconds of the emulator's time."""

from __future__ import annotations

import threading
from collections.abc import Callable

from infra.local.clock import AdjustableClock
from infra.local.modelslab.drawing import draw, scaled
from infra.local.modelslab.store import Job, Store


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

    def eta(self, position: int) -> float:
        """Seconds until the nth job of the queue is done, by a guess."""
        return round(self._seconds * position, 2)

    def _run(self) -> None:
        while job := self._next():
            due = max(job.created, self._free_at) + float(job.terms.switches.get("render", self._seconds))
            if self._reached(due):
                self._free_at = due
                self._finish(job)

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

    def _finish(self, job: Job) -> None:
        data = draw(job.terms.prompt, scaled(job.terms.ratio, self._scale), self._store.pictures(job.id))
        self._store.succeed(job, data, self._clock.time())
        if ended := self._store.job(job.id):
            self._ended(ended)
        self.wake()
