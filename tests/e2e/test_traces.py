"""One trace for one wish: whoever looks at the line of its acceptance finds everything that was done for it."""

from __future__ import annotations

import json
from typing import Any

from shared.core.traces import TRACE
from tests.e2e.conftest import Cloud, ended


def logged(cloud: Cloud) -> list[dict[str, Any]]:
    """The functions' lines."""
    log = (cloud.local.state / "logs" / "gateway.log").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in log if line.startswith("{") and line.endswith("}")]


def test_one_trace_spans_accept_submit_webhook_and_delivery(cloud: Cloud) -> None:
    """Over Cloud Tasks and over the provider, who knows nothing of traces; another job has another."""
    ana = cloud.signed_in("ana")
    sari = str(ana.make_character("Sari")["id"])
    jobs = [ended(ana, ana.generate(sari)) for _ in range(2)]
    traces = []
    for job in jobs:
        of_job = [line for line in logged(cloud) if line.get("jobId") == job["id"]]
        events = {line["event"] for line in of_job}
        assert {"job.accepted", "provider.submitted", "provider.webhook", "job.delivered"} <= events
        (trace,) = {line[TRACE] for line in of_job if line["event"] != "request.served"}
        traces.append(trace)
        served = [
            line["path"] for line in logged(cloud) if line.get(TRACE) == trace and line["event"] == "request.served"
        ]
        assert {"/api/generate/character", "/tasks/advance-job"} <= set(served)
    assert traces[0] != traces[1]
    assert all(trace.startswith("projects/local/traces/") for trace in traces)


def test_a_callers_trace_is_gone_on_with(cloud: Cloud) -> None:
    """As the load balancer sends it."""
    ana = cloud.signed_in("ana")
    sari = str(ana.make_character("Sari")["id"])
    asked = {"characterId": sari}
    job = ana.call("POST", "/api/generate/character", asked, traceparent=f"00-{'ab' * 16}-{'cd' * 8}-01")
    ended(ana, job)
    (delivered,) = [line for line in logged(cloud) if line["event"] == "job.delivered" and line["jobId"] == job["id"]]
    assert delivered[TRACE] == f"projects/local/traces/{'ab' * 16}"
