"""The emulator as one object, for tests and for the command.

Faults (facts: `op`, a method and `upload`, `object` or `bucket`, such as `POST upload`; `bucket`):

    unavailable        503, and nothing is done
    answer_lost        the request is done, and the caller gets 503: an unknown outcome
    permission_denied  403
    corrupt            the first byte of a download is another
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, render_template_string, request
from flask.typing import ResponseReturnValue

from infra.local.clock import AdjustableClock
from infra.local.control import control
from infra.local.faults import Faults
from infra.local.interference import Disturbances, Interfering
from infra.local.journal import Journal, fingerprint
from infra.local.serving import Serving
from infra.local.storage.api import ObjectName, api
from infra.local.storage.buckets import Buckets
from infra.local.storage.errors import Refusal
from infra.local.storage.objects import Objects
from infra.local.storage.store import Store
from infra.local.storage.uploads import Uploads

FAULTS = frozenset({"unavailable", "answer_lost", "permission_denied", "corrupt"})
UNAVAILABLE = Refusal(503, "backendError", "We encountered an internal error. Please try again.")
DENIED = Refusal(403, "forbidden", "The caller does not have the required access to the Google Cloud Storage object.")
PAGE = """<!doctype html><title>Cloud Storage</title><meta charset=utf-8>
<style>body{font:15px system-ui;margin:2rem}td{padding:.2rem .8rem}caption{text-align:left;font-weight:600}</style>
<h1>Buckets</h1>{% for bucket, objects in buckets %}<table><caption>{{ bucket.name }}</caption>
{% for o in objects %}<tr><td>
<a href="/storage/v1/b/{{ bucket.name }}/o/{{ o.name|urlencode }}?alt=media">{{ o.name }}</a>
<td>{{ o.size }} bytes<td>{{ o.contentType }}<td>{{ o.timeCreated }}</tr>{% endfor %}
</table>{% else %}<p>There is none.</p>{% endfor %}"""


class StorageEmulator:
    """Cloud Storage with its state under `state`. `buckets` are made when they are missing, with an age of deletion."""

    def __init__(
        self, state: Path, clock: AdjustableClock | None = None, buckets: dict[str, int | None] | None = None
    ) -> None:
        self.clock = clock or AdjustableClock()
        self.journal = Journal()
        self.disturbances = Disturbances()
        self.faults = Faults(FAULTS)
        self._store = Store(state)
        self._buckets = Buckets(self._store, self.clock)
        objects = Objects(self._store, self._buckets, self.clock)
        uploads = Uploads(self._store, objects, self.clock)
        self._configured = buckets or {}
        self._make_buckets()
        self.app = Flask(__name__)
        self.app.url_map.merge_slashes = False  # `a//b` is a name
        self.app.url_map.converters["objectname"] = ObjectName
        self.app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's default provider has it
        routes = api(self._store, self._buckets, objects, uploads, self._corrupt)
        routes.before_request(self._before)
        routes.after_request(self._after)
        self.app.register_blueprint(routes)
        self.app.register_blueprint(control(self.journal, self.faults, self.clock.advance, self.reset))
        self.app.add_url_rule("/", view_func=self._page)

    def serve(self, port: int = 0) -> Serving:
        """Answer on the loopback address (port 0: any)."""
        return Serving(Interfering(self.app, self.disturbances, self.clock.advance), port)

    def reset(self) -> None:
        """Forget buckets, objects, uploads, faults and the journal; then make the configured buckets again."""
        self._store.clear()
        self.faults.clear()
        self.journal.clear()
        self._make_buckets()

    def close(self) -> None:
        """Close the database."""
        self._store.close()

    def _make_buckets(self) -> None:
        for name, days in self._configured.items():
            if not self._store.bucket(name):
                rules = [] if days is None else [{"action": {"type": "Delete"}, "condition": {"age": days}}]
                self._buckets.insert({"name": name, "lifecycle": {"rule": rules}}, "demo")

    def _facts(self) -> dict[str, str]:
        """What faults and the journal know of a request."""
        named = request.view_args or {}
        kind = "upload" if request.path.startswith("/upload/") else "object" if "name" in named else "bucket"
        return {"op": f"{request.method} {kind}", "bucket": named.get("bucket", "")}

    def _before(self) -> None:
        if self.faults.take("unavailable", **self._facts()) is not None:
            raise UNAVAILABLE
        if self.faults.take("permission_denied", **self._facts()) is not None:
            raise DENIED

    def _after(self, response: Response) -> Response:
        name = (request.view_args or {}).get("name") or request.args.get("name", "")
        caller = fingerprint(request.headers.get("Authorization", ""))
        facts = self._facts()
        if response.status_code < 400 and self.faults.take("answer_lost", **facts) is not None:
            response = Response(UNAVAILABLE.message, UNAVAILABLE.status)
        self.journal.add("request", **facts, name=name, status=response.status_code, caller=caller)
        return response

    def _corrupt(self, response: Response) -> Response:
        if self.faults.take("corrupt", **self._facts()) is None:
            return response
        response.direct_passthrough = False
        data = bytearray(response.get_data())
        data[:1] = bytes([data[0] ^ 1])
        response.set_data(bytes(data))
        return response

    def _page(self) -> ResponseReturnValue:
        buckets = [(bucket, self._store.objects(bucket["name"])) for bucket in self._buckets.all()]
        return render_template_string(PAGE, buckets=buckets)
