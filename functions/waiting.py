"""Waiting for a job inside a request, without polling: the database says when the job has changed."""

from __future__ import annotations

from datetime import timedelta

from shared.app import App
from shared.generation.model import Job, Step, job_key


def wait_for_end(app: App, job: Job, seconds: float) -> Job:
    """The job when it has ended or needs the user, or as it is when the time is over."""
    end = app.clock.now() + timedelta(seconds=seconds)
    snapshot = app.documents.get([job_key(job.id)])[0]
    while not (job.is_final or job.step is Step.BLOCKED):
        left = (end - app.clock.now()).total_seconds()
        if left <= 0:
            break
        snapshot = app.documents.wait(job_key(job.id), snapshot.version, left)
        job = snapshot.read(Job)
    return job


def wait_for_change(app: App, job: Job, seconds: float) -> Job:
    """The job as soon as it is another than this, or as it is when the time is over."""
    if job.is_final or seconds <= 0:
        return job
    snapshot = app.documents.get([job_key(job.id)])[0]
    if snapshot.read(Job).rev == job.rev:
        snapshot = app.documents.wait(job_key(job.id), snapshot.version, seconds)
    return snapshot.read(Job)
