"""The bodies of answers and of webhooks, as they are documented and as they were met."""

from __future__ import annotations

from typing import Any

from infra.local.modelslab.store import Job

Body = dict[str, Any]

TIP = "Your {0} is processing in background, you can get this {0} using fetch API"
WAIT = "Try to fetch request after seconds estimated"
LEGACY = {"message": "messege", "tip": "tips"}


def links(job: Job, folder: str = "generations") -> list[str]:
    """Where the result is, or will be."""
    origin = job.terms.origin
    if job.terms.switches.get("link") == "foreign":  # the same machine by a name that nobody was told
        origin = origin.replace("//localhost", "//127.0.0.1")
    return [f"{origin}/{folder}/{job.file}"]


def processing(job: Job, eta: float, api_key: str) -> Body:
    """Accepted and not finished; `eta` in seconds."""
    switches = job.terms.switches
    body = {
        "status": "processing",
        "tip": TIP.format("video" if job.terms.film else "image"),
        "eta": _number(switches["eta"]) if "eta" in switches else eta,
        "message": WAIT,
        "fetch_result": f"{job.terms.origin}/api/v7/{'video-fusion' if job.terms.film else 'images'}/fetch/{job.id}",
        "id": job.id,
        "output": [],
        "meta": _meta(job, api_key),
        "future_links": links(job),
        "webhook_status": "",
    }
    if switches.get("id") == "absent":
        del body["id"]
    if switches.get("meta") == "absent":
        del body["meta"]
    return named(job, body)


def success(job: Job) -> Body:
    """The sparse success that a fetch answers with."""
    body = {"status": "success", "id": job.id, "output": _output(job), "proxy_links": links(job, "proxy/generations")}
    if job.has("no_proxy_links"):
        del body["proxy_links"]
    if job.terms.switches.get("nsfw") in ("flag", "blank"):
        body["nsfw_content_detected"] = True
    return named(job, body)


def synchronous(job: Job, api_key: str) -> Body:
    """The full success that a submit may answer with."""
    whole = {"generationTime": job.seconds, "meta": _meta(job, api_key), "nsfw_content_detected": False}
    body = {**whole, "webhook_status": "", "tip": "", **success(job)}
    if job.terms.switches.get("meta") == "absent":
        del body["meta"]
    return body


def failure(job: Job) -> Body:
    """A job that ended without a result."""
    status = job.terms.switches.get("fails", "failed")
    return named(job, {"status": status, "id": job.id, "message": job.message, "output": [], "tip": ""})


def named(job: Job, body: Body) -> Body:
    """The body with the spellings and the type of id that the job's switches say."""
    if "id" in body and job.terms.switches.get("id") == "string":
        body = body | {"id": str(body["id"])}
    return legacy(body) if job.has("legacy") else body


def legacy(body: Body) -> Body:
    """The body with the older spellings."""
    return {LEGACY.get(name, name): value for name, value in body.items()}


def _number(text: str) -> float:
    """Whole or broken, as it is written: both were met."""
    return float(text) if "." in text else int(text)


def _meta(job: Job, api_key: str) -> Body:
    return job.terms.meta | ({"key": api_key} if job.terms.switches.get("meta") == "key" else {})


def _output(job: Job) -> object:
    """The links, in one of the shapes that they were met in."""
    if job.has("empty_output") and job.polls_since_end <= float(job.terms.switches["empty_output"]):
        return []
    (link,) = links(job)
    shapes: dict[str, object] = {"string": link, "blank": "", "object": {"0": link}}
    return shapes.get(job.terms.switches.get("output", ""), [link])
