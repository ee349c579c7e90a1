"""The bodies of answers and of webhooks."""

from __future__ import annotations

from typing import Any

from infra.local.modelslab.store import Job

Body = dict[str, Any]

TIP = "Your image is processing in background, you can get this image using fetch API"
WAIT = "Try to fetch request after seconds estimated"


def links(job: Job, folder: str = "generations") -> list[str]:
    """Where the result is, or will be."""
    return [f"{job.terms.origin}/{folder}/{job.file}"]


def processing(job: Job, eta: float) -> Body:
    """Accepted and not finished; `eta` in seconds."""
    return {
        "status": "processing",
        "tip": TIP,
        "eta": eta,
        "message": WAIT,
        "fetch_result": f"{job.terms.origin}/api/v7/images/fetch/{job.id}",
        "id": job.id,
        "output": [],
        "meta": job.terms.meta,
        "future_links": links(job),
        "webhook_status": "",
    }


def success(job: Job) -> Body:
    """The sparse success that a fetch answers with."""
    return {"status": "success", "id": job.id, "output": links(job), "proxy_links": links(job, "proxy/generations")}


def failure(job: Job) -> Body:
    """A job that ended without a result."""
    return {"status": "failed", "id": job.id, "message": job.message, "output": [], "tip": ""}
