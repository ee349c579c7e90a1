"""When to look next, and how far a job is: pure arithmetic in seconds."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.generation.model import Job, Step
from shared.generation.times import Times

SUBMIT_LEASE = timedelta(seconds=420)  #: an image's submit may be answered after minutes: request timeout 330 s
DELIVERY_LEASE = timedelta(seconds=420)
QUEUE_DEADLINE = timedelta(hours=6)  #: how long a job may wait for its turn
BLOCKED_DEADLINE = timedelta(days=7)  #: as long as the staging bucket keeps the result
BLOCKED_WAKE = timedelta(hours=6)  #: how often a blocked job looks whether it was mended
RESULT_GRACE = timedelta(minutes=15)  #: a success whose link answers 404 is waited for so long
RESULT_LIFETIME = timedelta(hours=24)  #: how long the provider keeps a result
MAX_REST_S = 120.0  #: how long a slot rests after the provider's "queue full" at the most
MAX_ATTEMPTS = 8  #: deliveries that were begun and never ended: something in this job kills its worker
MAX_MISSES = 3  #: results that were downloaded and not usable


def turn_wait(queue_seconds: float) -> float:
    """When a waiting job looks for itself, in seconds: whoever leaves a slot wakes the next, this is the safety net."""
    return min(300.0, max(20.0, queue_seconds))


def first_poll(expects: Times) -> float:
    """About half of what is expected: hardly a job is done by then. With webhooks when it should have come long ago."""
    return max(3.0, 1.1 * expects.p90 if expects.announced else 0.53 * expects.median)


def next_poll(elapsed_seconds: float, expects: Times) -> float:
    """A small share of what is expected, so that a result is late by that at most; for a straggler ever longer.

    2 to 60 s. With 90 s expected: 6.3 s, and the middle job is looked at eight times. With webhooks a few looks do.
    """
    usual = max(2.0, 0.07 * expects.median, expects.p90 / 4 if expects.announced else 0.0)
    overdue = max(0.0, elapsed_seconds - 1.7 * expects.median)
    return min(60.0, usual + overdue / 6)


def backoff(tries: int) -> timedelta:
    """After n failed tries of something outside: 5, 10, 20 … up to 300 s."""
    return timedelta(seconds=min(300.0, 5.0 * 2 ** min(tries, 8)))


def times_of(job: Job) -> dict[str, float]:
    """What a delivered job took, for the metrics, in seconds: queued, at the provider, in all, beyond the estimate."""
    asked = job.started_at or job.created_at
    ready = job.ready_at or asked
    provider = _seconds(job.submitted_at or asked, ready)
    return {
        "queueSeconds": round(_seconds(job.created_at, asked), 3),
        "providerSeconds": round(provider, 3),
        "totalSeconds": round(_seconds(job.created_at, job.finished_at or ready), 3),
        "etaErrorSeconds": round(provider - job.expects.median, 3) if job.expects else 0.0,
    }


def progress(job: Job, now: datetime) -> float | None:
    """How far a job is, 0 to 1; it never goes back, as later steps begin where earlier ones end."""
    match job.step:
        case Step.QUEUED:
            return 0.0
        case Step.SUBMITTING | Step.SUBMIT_UNKNOWN | Step.SUBMITTED if job.expects:
            return round(0.05 + 0.85 * min(1.0, _seconds(job.started_at, now) / job.expects.p90), 3)
        case Step.READY | Step.BLOCKED:
            return 0.95
        case Step.DELIVERED:
            return 1.0
    return None


def eta_seconds(job: Job, now: datetime) -> float | None:
    """Seconds until the result of a job that has had its turn, as far as anyone can say; None when nobody can."""
    match job.step:
        case Step.SUBMITTING | Step.SUBMITTED if job.expects:
            return job.expects.left(_seconds(job.submitted_at or job.started_at, now))
        case Step.READY:
            return 2.0
    return None


def _seconds(since: datetime | None, now: datetime) -> float:
    return (now - since).total_seconds() if since else 0.0
