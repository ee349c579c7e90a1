"""Webhooks as ModelsLab sends them: one attempt, unsigned, in no promised order; and as it should not.

An attempt that the end of the process cuts off is not made again: they are best effort.
"""

from __future__ import annotations

import threading
import zlib
from typing import Any

import requests

from infra.local.journal import Journal, fingerprint
from infra.local.modelslab.answers import named, success
from infra.local.modelslab.store import Job

TIMEOUT = 30.0  # seconds that a receiver has
FOREIGN = "https://pictures.invalid/generations/forged.png"

Body = dict[str, Any]
Delivery = tuple[str, Body]


def deliveries(job: Job) -> list[Delivery]:
    """What is sent when a job has ended."""
    how = job.terms.switches.get("webhook")
    url = job.terms.webhook
    if not url or how == "never":
        return []
    return [(url, _ended(job, how))] * (2 if how == "twice" else 1)


def early_deliveries(job: Job) -> list[Delivery]:
    """What is sent when a job was accepted: nothing, unless a switch says so."""
    how = job.terms.switches.get("webhook")
    url = job.terms.webhook
    if url and how == "processing":
        return [(url, {"status": "processing", "id": job.id, "track_id": job.terms.track_id, "output": []})]
    if url and how == "forged":
        lie = {"status": "success", "id": job.id + 1, "output": [FOREIGN], "track_id": job.terms.track_id, "meta": {}}
        lie["fetch_result"] = f"https://pictures.invalid/api/v7/images/fetch/{job.id + 1}"
        return [(url, lie), (url.rsplit("/", 1)[0] + "/forged-token", lie | {"id": job.id})]
    return []


def _ended(job: Job, how: str | None) -> Body:
    body: Body = {"status": job.status, "id": job.id, "track_id": job.terms.track_id}
    if job.status == "success":
        body |= {"output": success(job)["output"], "generationTime": job.seconds, "meta": job.terms.meta}
        body["status"] = "ready" if how == "ready" else "success"
    else:
        body["message"] = job.message
        body["status"] = "error" if how == "error" else "failed"
    if how == "request_id":
        body["request_id"] = body.pop("id")
    if how == "number":
        body["track_id"] = _number(str(job.terms.track_id))
    return named(job, body)


def _number(track_id: str) -> int:
    """A client's string as the number that a careless service would make of it."""
    return int(track_id) if track_id.isdecimal() else zlib.crc32(track_id.encode())


class Webhooks:
    """Sends in threads, so that a slow receiver delays nobody."""

    def __init__(self, journal: Journal, timeout: float = TIMEOUT) -> None:
        self._journal = journal
        self.timeout = timeout
        self._changed = threading.Condition()
        self._ended: set[int] = set()

    def accepted(self, job: Job) -> None:
        """A job was accepted."""
        self._start(job.id, early_deliveries(job), last=False)

    def ended(self, job: Job) -> None:
        """A job has ended."""
        self._start(job.id, deliveries(job), last=True)

    def wait(self, job_id: int, seconds: float) -> None:
        """Until the attempts for a job that ends are over, but not longer than that."""
        with self._changed:
            self._changed.wait_for(lambda: job_id in self._ended, seconds)

    def _start(self, job_id: int, attempts: list[Delivery], *, last: bool) -> None:
        threading.Thread(target=self._attempt, args=(job_id, attempts, last), daemon=True).start()

    def _attempt(self, job_id: int, attempts: list[Delivery], last: bool) -> None:
        for url, body in attempts:
            status, problem = _post(url, body, self.timeout)
            facts = {"id": job_id, "said": body["status"], "url": fingerprint(url)}
            self._journal.add("webhook", **facts, status=status, problem=problem)
        if last:
            with self._changed:
                self._ended.add(job_id)
                self._changed.notify_all()


def _post(url: str, body: Body, seconds: float) -> tuple[int, str]:
    """The receiver's status, or 0 and the kind of problem: its text would have the address, which is a secret."""
    try:
        answer = requests.post(url, json=body, timeout=seconds, allow_redirects=False)
    except (requests.RequestException, UnicodeError) as error:
        return 0, type(error).__name__
    return answer.status_code, ""
