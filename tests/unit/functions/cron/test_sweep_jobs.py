"""Cloud Scheduler wakes jobs whose task was lost."""

from __future__ import annotations

import io

from functions.cron import sweep_jobs
from tests.fakes.studio import Studio


def test_a_job_whose_task_was_lost_is_only_late() -> None:
    """At every step of its life."""
    studio = Studio()
    ana = studio.writer()
    job = ana.generate(ana.character()).data
    for _ in range(60):
        if ana.job(job["id"])["state"] == "SUCCEEDED":
            break
        studio.queue.drop_all()
        studio.clock.advance(60)
        sweep_jobs.handle(studio.app, {})
        studio.queue.run_next(studio.clock, studio.handle)
    assert ana.job(job["id"])["state"] == "SUCCEEDED"
    assert len(studio.provider.asked) == 1


def test_what_is_not_due_is_left_alone() -> None:
    """And so is what has ended."""
    studio = Studio()
    ana = studio.writer()
    ana.picture()
    waiting = ana.generate(ana.character()).data
    sweep_jobs.handle(studio.app, {})
    names = {task.name for task in studio.queue.dispatched}
    studio.run()
    assert ana.job(waiting["id"])["state"] == "SUCCEEDED"
    assert not any("-s" in task.name for task in studio.queue.dispatched if task.name not in names)


def test_a_sweep_says_what_it_found() -> None:
    """For whoever watches."""
    studio = Studio()
    log = io.StringIO()
    studio.app.logger._stream = log
    sweep_jobs.handle(studio.app, {})
    assert '"event": "sweep.done"' in log.getvalue()
