"""Logs are JSON lines, and secrets never get into them."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from shared.core.logs import Logger, bind
from shared.core.secret import Secret


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """What was logged."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_has_its_severity_event_and_context() -> None:
    """As Cloud Logging reads it."""
    stream = io.StringIO()
    with bind(requestId="r1", jobId=None):
        Logger(stream).warning("job.blocked", reason="quota")

    line = lines(stream)[0]
    assert (line["severity"], line["event"], line["requestId"], line["reason"]) == (
        "WARNING",
        "job.blocked",
        "r1",
        "quota",
    )


def test_a_secret_is_redacted_wherever_it_stands() -> None:
    """By its type: in a list, in a map, in a text that was formatted with it."""
    stream = io.StringIO()
    canary = Secret("canary-4711")
    Logger(stream).info("http.call", headers={"authorization": canary}, tokens=[canary], text=f"{canary} {canary!r}")

    assert "canary-4711" not in stream.getvalue()
    assert canary.fingerprint() in stream.getvalue()


def test_without_the_redactor_the_secret_would_be_there() -> None:
    """So it is the redactor that keeps it out, and not luck."""
    stream = io.StringIO()
    Logger(stream, redact=False).info("http.call", token=Secret("canary-4711"))

    assert "canary-4711" in stream.getvalue()


def test_an_error_carries_its_traceback() -> None:
    """Error Reporting groups by it."""
    stream = io.StringIO()
    try:
        raise KeyError("gone")
    except KeyError:
        Logger(stream).error("request.failed")

    assert "KeyError" in lines(stream)[0]["stack_trace"]


def test_a_value_that_is_not_plain_is_refused() -> None:
    """An object could carry anything into a log."""
    with pytest.raises(TypeError):
        Logger(io.StringIO()).info("x", thing=object())
