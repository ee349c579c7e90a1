"""One way to disturb every emulator: its calls are disturbed outside of it, whatever they are.

POST   /__control/faults   {"when", "method"?, "path"?, "first"?, "last"?, "seconds"?, "bytes"?, "status"?, "body"?}
GET    /__control/faults   those that are on, with how many calls each has met
DELETE /__control/faults
GET    /__control/calls    every call: its number, method, path without its query, status, and what was done to it
POST   /__control/clock    {"advance": seconds}: the emulator's time

`when`:

    before   the connection is cut, and nothing is done
    after    the call is done, and its answer is lost
    delay    the call waits for `seconds` of real time
    cut      the answer's body ends after `bytes`
    answer   `status` and `body` are answered, and nothing is done

`method` and `path` (a regular expression that must match somewhere) choose calls; of those the ones from `first` to
`last` (from 1; the last is the first unless it is given; 0: for ever) are disturbed. Of an RPC the method is RPC, the
path its full name; `cut` and `answer` are for HTTP only. What an emulator itself can be told to do is at `/_emulator/`.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/__control/"
KINDS = ("before", "after", "delay", "cut", "answer")
FOR_RPC = ("before", "after", "delay")
KEPT = 100_000


class Disturbance(msgspec.Struct, forbid_unknown_fields=True):
    """One that is on."""

    when: str
    method: str = ""
    path: str = ""
    first: int = 1
    last: int | None = None
    seconds: float = 1.0
    bytes: int = 0
    status: int = 503
    body: str = ""
    met: int = 0  #: calls that fitted so far

    def __post_init__(self) -> None:
        if self.when not in KINDS or self.first < 1 or self.seconds < 0 or self.bytes < 0:
            raise ValueError(f"when is one of {', '.join(KINDS)}; first is at least 1; seconds and bytes at least 0")
        re.compile(self.path)

    def meets(self, method: str, path: str) -> bool:
        """Count a call that fits; whether this one is disturbed."""
        if self.method not in ("", method) or not re.search(self.path, path):
            return False
        self.met += 1
        last = self.first if self.last is None else self.last
        return self.met >= self.first and (last == 0 or self.met <= last)


@dataclass(frozen=True)
class Lost(Exception):
    """A call whose answer must not arrive."""


class Disturbances:
    """Those that are on, and the calls that there were. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._on: list[Disturbance] = []
        self._calls: list[dict[str, Any]] = []
        self._pause = threading.Event()

    def add(self, order: Any) -> None:
        """Switch on. Raises ValueError or msgspec.ValidationError for one that would have no meaning."""
        disturbance = msgspec.convert(order, Disturbance)
        if disturbance.met:
            raise ValueError("met is counted, not given")
        with self._lock:
            self._on.append(disturbance)

    def clear(self) -> None:
        """Switch all off."""
        with self._lock:
            self._on.clear()

    def on(self) -> list[Any]:
        """As JSON."""
        with self._lock:
            found: list[Any] = msgspec.to_builtins(self._on)
            return found

    def calls(self) -> list[dict[str, Any]]:
        """Every call, oldest first."""
        with self._lock:
            return [dict(call) for call in self._calls]

    def begin(self, method: str, path: str) -> tuple[dict[str, Any], list[Disturbance]]:
        """Note a call; what happens to it."""
        with self._lock:
            met = [one for one in self._on if one.meets(method, path)]
            call = {"n": len(self._calls) + 1, "method": method, "path": path, "status": None}
            call["disturbed"] = [one.when for one in met]
            if len(self._calls) < KEPT:
                self._calls.append(call)
        for one in met:
            if one.when == "delay":
                self._pause.wait(one.seconds)
        return call, met

    def rpc(self, path: str, method: Callable[[], Any]) -> Any:
        """One RPC. Raises `Lost` when the caller must not get the answer."""
        call, met = self.begin("RPC", path)
        kinds = {one.when for one in met}
        if "before" in kinds:
            raise Lost
        answer = method()
        call["status"] = "OK"
        if "after" in kinds:
            raise Lost
        return answer


class Interfering:
    """An emulator's WSGI application, with its disturbances in front of it."""

    def __init__(self, app: WSGIApplication, disturbances: Disturbances, advance: Callable[[float], None]) -> None:
        self._app = app
        self._disturbances = disturbances
        self._advance = advance

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or not."""
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
        if path.startswith(PREFIX):
            return self._control(method, path.removeprefix(PREFIX), environ, start_response)
        if path.startswith("/_emulator/") or path == "/healthz":
            return self._app(environ, start_response)
        call, met = self._disturbances.begin(method, path)
        kinds = {one.when: one for one in met}
        if "before" in kinds:
            return _cut_off(environ, start_response)
        if "answer" in kinds:
            return _answered(call, kinds["answer"], start_response)
        limit = kinds["cut"].bytes if "cut" in kinds else None
        return self._through(call, environ, start_response, lost="after" in kinds, limit=limit)

    def _through(
        self,
        call: dict[str, Any],
        environ: WSGIEnvironment,
        start_response: StartResponse,
        *,
        lost: bool,
        limit: int | None,
    ) -> Iterable[bytes]:
        def started(status: str, headers: Any, *more: Any) -> Any:
            call["status"] = int(status.split()[0])
            return start_response(status, headers, *more)

        body = self._app(environ, started)
        if lost:
            with _closing(body):
                for _ in body:
                    pass  # it is done
            return _cut_off(environ, lambda *_: None)
        return body if limit is None else _shortened(body, limit, environ)

    def _control(
        self, method: str, what: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        try:
            order = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"{}")
            status, answer = self._ordered(method, what, order)
        except (ValueError, TypeError, KeyError, re.error, msgspec.ValidationError) as error:
            status, answer = "400 Bad Request", {"error": f"{type(error).__name__}: {error}"}
        data = json.dumps(answer).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(data)))])
        return [data]

    def _ordered(self, method: str, what: str, order: Any) -> tuple[str, Any]:
        match method, what:
            case "POST", "faults":
                self._disturbances.add(order)
                return "201 Created", {}
            case "DELETE", "faults":
                self._disturbances.clear()
                return "200 OK", {}
            case "GET", "faults":
                return "200 OK", {"faults": self._disturbances.on()}
            case "GET", "calls":
                return "200 OK", {"calls": self._disturbances.calls()}
            case "POST", "clock":
                self._advance(float(order["advance"]))
                return "200 OK", {}
        return "404 Not Found", {"error": f"no {method} {PREFIX}{what}"}


def _answered(call: dict[str, Any], what: Disturbance, start_response: StartResponse) -> Iterable[bytes]:
    data = what.body.encode()
    kind = "application/json" if what.body[:1] in ("{", "[") else "text/html; charset=UTF-8"
    call["status"] = what.status
    headers = [("Content-Type", kind), ("Content-Length", str(len(data)))]
    start_response(f"{what.status} {'OK' if what.status < 400 else 'Error'}", headers)
    return [data]


def _cut_off(environ: WSGIEnvironment, start_response: Any) -> Iterable[bytes]:
    """The connection is closed under the caller, and under the server, which then cannot write."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    start_response("500 Cut", [("Content-Length", "0")])
    return [b""]


def _shortened(body: Iterable[bytes], limit: int, environ: WSGIEnvironment) -> Iterator[bytes]:
    left = limit
    with _closing(body):
        for part in body:
            if len(part) >= left:
                yield part[:left]
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
                return
            left -= len(part)
            yield part


@contextmanager
def _closing(body: Iterable[bytes]) -> Iterator[None]:
    """WSGI: who takes an answer's body closes it."""
    try:
        yield
    finally:
        if hasattr(body, "close"):
            body.close()
