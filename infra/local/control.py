"""The HTTP side of an emulator that is not part of the service: `/_emulator/...`, and when it is ready to answer.

GET    /healthz
GET    /_emulator/journal[?event=E]    {"events": [...]}
POST   /_emulator/faults               {"name", "times"?, "every"?, "match"?, "params"?}: see the emulator for the names
DELETE /_emulator/faults
POST   /_emulator/clock                {"advance": seconds}
POST   /_emulator/reset
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from infra.local.faults import Fault, Faults
from infra.local.journal import Journal

Started = tuple[str, Callable[[], None]]  #: where an emulator answers, and what ends it


def control(
    journal: Journal,
    faults: Faults,
    advance: Callable[[float], None],
    reset: Callable[[], None],
    changed: Callable[[], None] = lambda: None,
) -> Blueprint:
    """The control API, to be registered with an application. `changed`: what to tell when faults went on or off."""
    routes = Blueprint("control", __name__)

    @routes.get("/_emulator/journal")
    def read_journal() -> ResponseReturnValue:
        return jsonify(events=journal.events(request.args.get("event")))

    @routes.post("/_emulator/faults")
    def add_fault() -> ResponseReturnValue:
        order = json_object({"name", "times", "match", "params", "every"})
        faults.add(Fault(str(order.pop("name", "")), **order))
        changed()
        return jsonify({}), 201

    @routes.delete("/_emulator/faults")
    def clear_faults() -> ResponseReturnValue:
        faults.clear()
        changed()
        return jsonify({})

    @routes.post("/_emulator/clock")
    def move_clock() -> ResponseReturnValue:
        advance(float(json_object({"advance"})["advance"]))
        return jsonify({})

    @routes.post("/_emulator/reset")
    def start_anew() -> ResponseReturnValue:
        reset()
        return jsonify({})

    @routes.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return jsonify(status="ok")

    @routes.errorhandler(ValueError)
    @routes.errorhandler(TypeError)
    @routes.errorhandler(KeyError)
    def bad_order(error: Exception) -> ResponseReturnValue:
        return jsonify(error=f"{type(error).__name__}: {error}"), 400

    return routes


def json_object(allowed: set[str]) -> dict[str, Any]:
    """The request's JSON object. Raises ValueError if it is none, or has other keys than the allowed ones."""
    try:
        value = request.get_json(force=True)
    except HTTPException as error:
        raise ValueError("the body is not JSON") from error
    if not isinstance(value, dict) or not value.keys() <= allowed:
        raise ValueError(f"expected a JSON object with {', '.join(sorted(allowed))}")
    return value


def run_until_signalled(ready: str, stop: Callable[[], None]) -> None:
    """Print the line `ready ...`, wait for SIGTERM or SIGINT, and stop."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    print(f"ready {ready}", flush=True)  # noqa: T201 the line that its starter waits for
    ended.wait()
    stop()
