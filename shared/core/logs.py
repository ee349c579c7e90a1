"""Structured logs: one JSON object a line, as Cloud Logging reads it.

Every line carries the severity, the trace and what `bind` put into the context (requestId, jobId, …). Values are
redacted by their type: a `Secret` is written as its fingerprint, and a value of a type that is not plain is refused
rather than written by chance.
"""

from __future__ import annotations

import contextlib
import json
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

from shared.core.secret import Secret

_context: ContextVar[Mapping[str, Any]] = ContextVar("log_context", default={})  # noqa: B039 never mutated


class Logger:
    """Writes events. `redact=False` exists for the one test that proves that redaction is what keeps secrets out."""

    def __init__(self, stream: TextIO | None = None, *, redact: bool = True) -> None:
        self._stream = stream
        self._redact = redact

    def info(self, event: str, **facts: Any) -> None:
        """Something happened as it should."""
        self._write("INFO", event, facts)

    def warning(self, event: str, **facts: Any) -> None:
        """Something went wrong and was dealt with."""
        self._write("WARNING", event, facts)

    def error(self, event: str, **facts: Any) -> None:
        """Something went wrong and a person should look. The current exception's traceback is added."""
        if sys.exc_info()[0] is not None:
            facts["stack_trace"] = traceback.format_exc()
        self._write("ERROR", event, facts)

    def _write(self, severity: str, event: str, facts: Mapping[str, Any]) -> None:
        line = {
            "severity": severity,
            "event": event,
            "message": event,
            "time": datetime.now(UTC).isoformat(),
            **{name: self._plain(value) for name, value in {**_context.get(), **facts}.items()},
        }
        stream = self._stream or sys.stdout
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        stream.flush()

    def _plain(self, value: Any) -> Any:
        if isinstance(value, Secret):
            return repr(value) if self._redact else value.reveal()
        if value is None or isinstance(value, str | int | float | bool):
            return value
        if isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, Mapping):
            return {str(name): self._plain(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._plain(item) for item in value]
        raise TypeError(f"a log line takes plain values and secrets, not {type(value).__name__}")


@contextlib.contextmanager
def bind(**facts: Any) -> Iterator[None]:
    """Add facts to every line that is written inside the block."""
    token = _context.set({**_context.get(), **facts})
    try:
        yield
    finally:
        _context.reset(token)


def bound(name: str) -> Any:
    """A fact of the context, or None."""
    return _context.get().get(name)
