"""One trace for one wish: from the request that accepts a job, over its tasks and its webhook, to the delivery.

W3C Trace Context on the wire (`traceparent`), Cloud Logging's fields in the log. Traces do not cross Cloud Tasks or the
provider by themselves: a task carries the header, and a job remembers the trace that it was accepted in.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from shared.core.logs import bound

TRACE, SPAN = "logging.googleapis.com/trace", "logging.googleapis.com/spanId"
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


def fields_of(traceparent: str, project_id: str, request_id: str) -> dict[str, str]:
    """The log fields of a request: its caller's trace, or a new one that its own id makes."""
    found = _TRACEPARENT.fullmatch(traceparent)
    trace, span = found.groups() if found else (_digest(request_id, 32), _digest(f"span {request_id}", 16))
    return {TRACE: f"projects/{project_id}/traces/{trace}", SPAN: span}


def current() -> str | None:
    """The trace that we are in, as `projects/P/traces/T`; None outside of a request."""
    trace = bound(TRACE)
    return str(trace) if trace else None


def fields_for(trace: str | None) -> Mapping[str, str]:
    """The log fields of something that began in another request; nothing where it is not known."""
    return {TRACE: trace} if trace else {}


def traceparent(of: str) -> str | None:
    """The header for a call that is made now; `of` names the call, and so its span."""
    trace = current()
    return f"00-{trace.rpartition('/')[2]}-{_digest(of, 16)}-01" if trace else None


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]
