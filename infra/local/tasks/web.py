"""The HTTP side: the keys of the tokens, the control API, and a page that shows what is queued.

GET  /oauth2/v3/certs                JWKS
GET  /oauth2/v1/certs                {kid: certificate}, which `id_token.verify_token(certs_url=...)` takes
GET  /_emulator/idle[?wait=SECONDS]  {"idle", "due", "running", "scheduled"}: returns when nothing is due or running
POST /_emulator/token                {"email", "audience"} -> {"idToken"}: for what stands for Cloud Scheduler
and `infra.local.control`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from flask import Flask, jsonify, render_template_string, request
from flask.typing import ResponseReturnValue

from infra.local.control import control, json_object

if TYPE_CHECKING:
    from infra.local.tasks.emulator import TasksEmulator

LONGEST_IDLE_WAIT = 120.0
PAGE = """<!doctype html><title>Cloud Tasks</title><meta charset=utf-8><meta http-equiv=refresh content=2>
<style>body{font:15px system-ui;margin:2rem}td,th{padding:.2rem .8rem;text-align:left}
caption{text-align:left;font-weight:600}</style>
<h1>Queued tasks</h1>
{% for queue, counts, tasks in queues %}
<table><caption>{{ queue.name.rsplit('/', 1)[1] }}: {{ queue.state.name.lower() }}, {{ counts.due }} due,
{{ counts.running }} being sent, {{ counts.scheduled }} for later</caption>
<tr><th>task<th>due<th>sent<th>last answer<th>to</tr>
{% for task in tasks %}<tr><td>{{ task.name.rsplit('/', 1)[1] }}<td>{{ task.schedule_time.strftime('%H:%M:%S') }}
<td>{{ task.dispatch_count }}<td>{{ task.last_attempt.response_status.message }}
<td>{{ task.http_request.url.split('?')[0] }}</tr>{% endfor %}
</table>{% else %}<p>There is no queue.</p>{% endfor %}"""
SHOWN = 200


def web_app(emulator: TasksEmulator) -> Flask:
    """The WSGI application."""
    app = Flask(__name__)
    routes = control(emulator.journal, emulator.faults, emulator.advance, emulator.reset, emulator.announce)

    @routes.get("/_emulator/idle")
    def idle() -> ResponseReturnValue:
        wait = min(float(request.args.get("wait", 0)), LONGEST_IDLE_WAIT)
        return jsonify(idle=emulator.dispatcher.wait_until_idle(wait), **_totals(emulator))

    @routes.post("/_emulator/token")
    def token() -> ResponseReturnValue:
        order = json_object({"email", "audience"})
        return jsonify(idToken=emulator.sender.token(str(order["email"]), str(order["audience"])))

    app.register_blueprint(routes)

    @app.get("/oauth2/v3/certs")
    def jwks() -> ResponseReturnValue:
        return jsonify(keys=[emulator.key.jwk()])

    @app.get("/oauth2/v1/certs")
    def certificates() -> ResponseReturnValue:
        return jsonify({emulator.key.kid: emulator.certificate})

    @app.get("/")
    def page() -> ResponseReturnValue:
        return render_template_string(PAGE, queues=_shown(emulator))

    return app


def _totals(emulator: TasksEmulator) -> dict[str, int]:
    totals: Counter[str] = Counter(due=0, running=0, scheduled=0)
    with emulator.dispatcher.changed:
        for queue in emulator.store.queues():
            totals.update(emulator.dispatcher.counts(queue.name))
    return dict(totals)


def _shown(emulator: TasksEmulator) -> list[tuple[Any, dict[str, int], list[Any]]]:
    with emulator.dispatcher.changed:
        return [
            (queue, emulator.dispatcher.counts(queue.name), emulator.store.tasks(queue.name, limit=SHOWN))
            for queue in emulator.store.queues()
        ]
