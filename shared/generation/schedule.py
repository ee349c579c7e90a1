"""When to look next, and how far a job is: pure arithmetic in seconds."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.generation.catalogue import Model
from shared.generation.model import Job, Step

SUBMIT_LEASE = timedelta(seconds=420)  #: an image's submit may be answered after minutes: request timeout 330 s
DELIVERY_LEASE = timedelta(seconds=420)
QUEUE_DEADLINE = timedelta(hours=6)  #: how long a job may wait for its turn
BLOCKED_DEADLINE = timedelta(days=7)  #: as long as the staging bucket keeps the result
BLOCKED_WAKE = timedelta(hours=6)  #: how often a blocked job looks whether it was mended
RESULT_GRACE = timedelta(minutes=15)  #: a success whose link answers 404 is waited for so long
RESULT_LIFETIME = timedelta(hours=24)  #: how long the provider keeps a result
MAX_ATTEMPTS = 8  #: deliveries that were begun and never ended: something in this job kills its worker
MAX_MISSES = 3  #: results that were downloaded and not usable


def first_poll(eta_seconds: float | None, model: Model) -> float:
    """The provider's own ETA is often a placeholder: half of what is typical, within 5 to 30 s."""
    expected = eta_seconds if eta_seconds and eta_seconds != 10 else model.typical_seconds
    return min(30.0, max(5.0, expected / 2))


def next_poll(elapsed_seconds: float) -> float:
    """A quarter of the time that has passed: late by a quarter at worst, and few polls. 3 to 60 s."""
    return min(60.0, max(3.0, elapsed_seconds / 4))


def backoff(tries: int) -> timedelta:
    """After n failed tries of something outside: 5, 10, 20 … up to 300 s."""
    return timedelta(seconds=min(300.0, 5.0 * 2 ** min(tries, 8)))


def progress(job: Job, model: Model, now: datetime) -> float | None:
    """How far a job is, 0 to 1; it never goes back, as later steps begin where earlier ones end."""
    match job.step:
        case Step.QUEUED:
            return 0.0
        case Step.SUBMITTING | Step.SUBMIT_UNKNOWN | Step.SUBMITTED:
            elapsed = _seconds(job.started_at, now)
            return round(0.05 + 0.85 * min(1.0, elapsed / model.p90_seconds), 3)
        case Step.READY | Step.BLOCKED:
            return 0.95
        case Step.DELIVERED:
            return 1.0
    return None


def eta_seconds(job: Job, model: Model, now: datetime, ahead: int, concurrency: int) -> float | None:
    """Seconds until the result, as far as anyone can say; None when nobody can."""
    match job.step:
        case Step.QUEUED:
            return round((ahead // concurrency + 1) * model.typical_seconds, 1)
        case Step.SUBMITTING | Step.SUBMITTED:
            elapsed = _seconds(job.started_at, now)
            expected = model.typical_seconds if elapsed < model.typical_seconds else model.p90_seconds
            return round(max(1.0, expected - elapsed), 1)
        case Step.READY:
            return 2.0
    return None


def _seconds(since: datetime | None, now: datetime) -> float:
    return (now - since).total_seconds() if since else 0.0
