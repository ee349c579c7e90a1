"""Cloud Tasks moves a job one step on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.app import App
from shared.core.errors import InvalidRequest
from shared.generation.advance import advance


def handle(app: App, payload: Mapping[str, Any]) -> None:
    """The payload is a hint: what happens is decided from the stored job."""
    job_id = payload.get("jobId")
    if not isinstance(job_id, str):
        raise InvalidRequest("a task without a job")
    advance(app.engine, job_id, announced=payload.get("announced") is True)
