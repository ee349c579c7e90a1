"""What ModelsLab's answers mean: body first, HTTP code second, any JSON type in any field.

Only documentation and public clients tell how the service answers; nothing was confirmed against it. So what cannot be
told for certain is `Unknown`, and costs us a picture at worst, never a second charge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from shared.core.errors import ProviderUnavailable
from shared.generation.ports import (
    Accepted,
    Failed,
    FetchOutcome,
    Finished,
    Missing,
    Refused,
    Rendering,
    SubmitOutcome,
    Unknown,
)

RETRY_AFTER_S = 30.0  #: the documented wait of a full queue
_POLICY = re.compile(r"nsfw|policy|moderat|blocked|inappropriate", re.IGNORECASE)
_REFERENCE = re.compile(r"init_image|unable to fetch image|without redirecting", re.IGNORECASE)
_FULL = re.compile(r"rate limit|too many|queued requests", re.IGNORECASE)
_NOT_FOUND = re.compile(r"not found", re.IGNORECASE)
_ID_IN_URL = re.compile(r"/fetch/([A-Za-z0-9_-]{1,100})/?$")
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


def submit_outcome(status: int, body: Any) -> SubmitOutcome:
    """The outcome of a submit that was answered; `body` is None when the answer was not JSON."""
    if not isinstance(body, Mapping):
        return Unknown(reason=f"HTTP {status} without a JSON object")
    job_id = provider_id(body)
    match body.get("status"):
        case "success" if flagged(body):
            return Refused(code="CONTENT_REJECTED", reason="success with nsfw_content_detected")
        case "success" | "processing":
            urls = outputs(body) if body["status"] == "success" else ()
            if job_id is None:
                return Unknown(reason=f"{body['status']} without an id")
            return Finished(provider_id=job_id, outputs=urls) if urls else Accepted(provider_id=job_id)
    if status >= 500:
        return Unknown(reason=f"HTTP {status}: {message(body)}")
    if body.get("status") in ("error", "failed") or status >= 400:
        return _refusal(status, body, job_id)
    return Unknown(reason=f"HTTP {status} with status {str(body.get('status'))[:40]}")


def _refusal(status: int, body: Mapping[str, Any], job_id: str | None) -> Refused:
    reason = f"HTTP {status}: {message(body)}"
    if job_id is None and (status == 429 or _FULL.search(reason)):
        return Refused(code="PROVIDER_FAILED", reason=reason, retry_after=_retry_after(body))
    return Refused(
        code=_code(reason, "PROVIDER_FAILED" if status in (401, 402, 403) else "PROVIDER_REJECTED"), reason=reason
    )


def fetch_outcome(status: int, body: Any) -> FetchOutcome:
    """The state of a job. Raises `ProviderUnavailable` for an answer that says nothing about it."""
    if status == 404:
        return Missing()
    if not isinstance(body, Mapping) or status >= 500 or status in (401, 403, 429):
        raise ProviderUnavailable(f"fetch answered HTTP {status}")
    match body.get("status"):
        case "success" if flagged(body):
            return Failed(code="CONTENT_REJECTED", reason="success with nsfw_content_detected")
        case "success":
            urls = outputs(body)
            job_id = provider_id(body)
            return Finished(provider_id=job_id or "", outputs=urls) if urls else Rendering()
        case "processing":
            return Rendering()
        case "error" | "failed":
            reason = message(body)
            if _NOT_FOUND.search(reason):
                return Missing()
            if _FULL.search(reason):
                raise ProviderUnavailable(f"fetch: {reason}")
            return Failed(code=_code(reason, "PROVIDER_FAILED"), reason=reason)
    raise ProviderUnavailable(f"fetch answered with status {str(body.get('status'))[:40]}")


def provider_id(body: Mapping[str, Any]) -> str | None:
    """The job's id as text: `id` or `request_id`, a number or a string, else the end of `fetch_result`."""
    for name in ("id", "request_id"):
        value = body.get(name)
        if isinstance(value, int | str) and not isinstance(value, bool) and _ID.fullmatch(str(value)):
            return str(value)
    link = body.get("fetch_result")
    found = _ID_IN_URL.search(link) if isinstance(link, str) else None
    return found.group(1) if found else None


def outputs(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The result's addresses: never `future_links`, which may stay empty for ever."""
    found = [*_urls(body.get("output")), *_urls(body.get("proxy_links"))]
    return tuple(dict.fromkeys(found))


def _urls(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (value,) if value.startswith(("https://", "http://")) else ()
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _urls(item)
    elif isinstance(value, list):
        for item in value:
            yield from _urls(item)


def flagged(body: Mapping[str, Any]) -> bool:
    """A picture that is flagged may have been replaced by a black one: nobody pays for that."""
    return body.get("nsfw_content_detected") is True


def message(body: Mapping[str, Any]) -> str:
    """The words of an error, whatever their name and shape; at most 300 characters."""
    for name in ("message", "messege", "error", "errors", "tips", "tip"):
        text = _text(body.get(name))
        if text:
            more = _text(body.get("errors")) if name == "message" else ""
            tips = _text(body.get("tips"))
            return " ".join(filter(None, (text, more, tips)))[:300]
    return ""


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return " ".join(filter(None, (f"{name} {_text(item)}" for name, item in value.items())))
    if isinstance(value, list):
        return " ".join(filter(None, map(_text, value)))
    return ""


def _code(reason: str, otherwise: str) -> str:
    if _POLICY.search(reason):
        return "CONTENT_REJECTED"
    return "REFERENCE_NOT_USABLE" if _REFERENCE.search(reason) else otherwise


def _retry_after(body: Mapping[str, Any]) -> float:
    value = body.get("retry_after")
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 3600
    return float(value) if usable else RETRY_AFTER_S  # type: ignore[arg-type] # checked on the line above
