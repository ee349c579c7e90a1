"""Each playbook on the local cloud: the fault is made, and its log query finds the lines; without it, it finds none."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from infra.check.alerts import query_of, read_alerts
from infra.local.cloud import LocalCloud
from infra.local.manifest import read_functions
from infra.local.parts import Choices
from infra.local.schedule import call
from infra.local.settings import INVOKER
from tests.e2e.conftest import Cloud, ended, finished, until
from tests.e2e.leaks import firestore

#: no scheduler within a test, short leases, and a budget for the recheck that nothing fits in
CHOICES = Choices(render_seconds=0.3, scale=0.05, extra_env={
    "SUBMIT_LEASE_SECONDS": "1", "DELIVERY_LEASE_SECONDS": "1", "UNKNOWN_SECONDS": "1", "RECHECK_UNITS": "1",
    "REQUESTS_PER_MINUTE": "1000000",
})  # fmt: skip
SEVERITIES = ("INFO", "WARNING", "ERROR")
_TERM = re.compile(r'(?:jsonPayload\.)?(\w+)(>=|=)"?([^"\s]+)"?')


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """One of its own."""
    local = LocalCloud(tmp_path_factory.mktemp("playbooks"), choices=CHOICES)
    try:
        local.start()
        yield Cloud(local)
    finally:
        local.stop()


def lines(cloud: Cloud, alert: str) -> list[dict[str, Any]]:
    """What the playbook's query finds in the functions' logs. Raises AssertionError for a term that it cannot read."""
    query = query_of(alert).removeprefix('resource.type="cloud_run_revision" ')
    terms = _TERM.findall(query)
    assert " ".join(
        f"{'' if name == 'severity' else 'jsonPayload.'}{name}{how}{value}" for name, how, value in terms
    ) == (query.replace('"', ""))
    log = (cloud.local.state / "logs" / "gateway.log").read_text(encoding="utf-8").splitlines()
    logged = [json.loads(line) for line in log if line.startswith("{") and line.endswith("}")]
    return [line for line in logged if all(_holds(line, *term) for term in terms)]


def _holds(line: dict[str, Any], name: str, how: str, value: str) -> bool:
    if how == ">=":
        return SEVERITIES.index(line[name]) >= SEVERITIES.index(value)
    return str(line.get(name)) == value


def disturb(cloud: Cloud, part: str, **what: Any) -> None:
    """A disturbance of an emulator's calls."""
    url = f"{cloud.local.ports.url(part)}/__control/faults"
    requests.post(url, json=what, timeout=10).raise_for_status()


def no_disturbances(cloud: Cloud) -> None:
    """None any more."""
    for part in ("google", "modelslab"):
        requests.delete(f"{cloud.local.ports.url(part)}/__control/faults", timeout=10).raise_for_status()


def requests_fail(cloud: Cloud) -> None:
    """Drive answers what it never answers."""
    ana = cloud.writer("ana")
    ana.sign_in(tick_drive=False)
    disturb(cloud, "google", when="answer", path="^/drive/v3/about", status=200, body="{}", last=0)
    ana.http.get(f"{cloud.local.url}/", timeout=10)
    with pytest.raises(requests.HTTPError):
        ana.connect_drive()


def jobs_fail(cloud: Cloud) -> None:
    """The provider fails."""
    ana = cloud.signed_in("ana")
    job = ana.generate(ana.make_character("Sari")["id"], additionalPrompt="modelslab:fails")
    assert ended(ana, job)["state"] == "FAILED"


def job_poison(cloud: Cloud) -> None:
    """Each delivery ends in an error of ours."""
    ana = cloud.signed_in("ana")
    disturb(cloud, "google", when="answer", method="PUT", path="^/upload/", status=200, body="{}", last=0)
    job = ana.generate(ana.make_character("Sari")["id"])
    assert ended(ana, job)["error"]["code"] == "RESULT_UNUSABLE"
    assert ana.call("GET", "/api/credits")["available"] == 100


def outcome_unknown(cloud: Cloud) -> None:
    """The answer to a submit is lost."""
    ana = cloud.signed_in("ana")
    ended(ana, ana.generate(ana.make_character("Sari")["id"], additionalPrompt="modelslab:drop"))


def provider_orphan(cloud: Cloud) -> None:
    """A submit is answered when nobody waits any more."""
    ana = cloud.signed_in("ana")
    words = "modelslab:hang=8 modelslab:webhook=never"
    job = ana.generate(ana.make_character("Sari")["id"], additionalPrompt=words)
    until(lambda: advanced(cloud, {"v": 1, "jobId": job["id"]}) and ana.job(job["id"])["state"] == "FAILED", seconds=7)


def drive_refuses(cloud: Cloud) -> None:
    """No room."""
    ana = cloud.signed_in("ana")
    account = f"{cloud.local.ports.url('google')}/_emulator/account"
    requests.post(account, json={"email": ana.email, "limit": 1000}, timeout=10).raise_for_status()
    job = finished(ana, ana.generate(ana.make_character("Sari")["id"]))
    assert job["state"] == "ACTION_REQUIRED"


def task_dropped(cloud: Cloud) -> None:
    """A task that names no job."""
    assert advanced(cloud, {"v": 1})


def recheck_stopped(cloud: Cloud) -> None:
    """The budget is spent before anything is written."""
    ana = cloud.signed_in("ana")
    ended(ana, ana.generate(ana.make_character("Sari")["id"]))
    user, past = ana.call("GET", "/api/auth/session")["user"]["id"], datetime.now(UTC) - timedelta(minutes=1)
    document = firestore(cloud.local.ports.host("firestore")).document("rechecks", user)
    document.update({"nextAt": past, "dailyAt": past})
    run(cloud, "cron_recheck_assets")


def sweep_absent(cloud: Cloud) -> None:
    """The remedy: the function is called as the scheduler does."""
    run(cloud, "cron_sweep_jobs")


def recheck_absent(cloud: Cloud) -> None:
    """The same."""
    run(cloud, "cron_recheck_assets")


def advanced(cloud: Cloud, payload: dict[str, Any]) -> bool:
    """A task, as the sweep would make it."""
    order = {"email": INVOKER, "audience": cloud.local.url}
    token = requests.post(f"{cloud.local.ports.url('tasks-control')}/_emulator/token", json=order, timeout=10).json()
    headers = {"Authorization": f"Bearer {token['idToken']}"}
    answer = requests.post(f"{cloud.local.url}/tasks/advance-job", json=payload, headers=headers, timeout=10)
    return answer.status_code == 204


def run(cloud: Cloud, name: str) -> None:
    """Call a cron function once."""
    (function,) = (one for one in read_functions() if one.name == name)
    token_url = f"{cloud.local.ports.url('tasks-control')}/_emulator/token"
    assert call(function, cloud.local.url, token_url, INVOKER) < 300


#: in this order: what is absent is looked for before anything calls it
FAULTS: dict[str, Callable[[Cloud], None]] = {
    "recheck-absent": recheck_absent, "sweep-absent": sweep_absent, "requests-fail": requests_fail, "jobs-fail": jobs_fail,
    "outcome-unknown": outcome_unknown, "provider-orphan": provider_orphan, "drive-refuses": drive_refuses,
    "task-dropped": task_dropped, "recheck-stopped": recheck_stopped, "job-poison": job_poison,
}  # fmt: skip


def test_every_alert_is_walked_through() -> None:
    """None is left out."""
    assert FAULTS.keys() == read_alerts()["alerts"].keys()


@pytest.mark.parametrize("alert", FAULTS)
def test_the_query_of_a_playbook_finds_the_fault(cloud: Cloud, alert: str) -> None:
    """And found nothing new before it: for a cron that is the alarm, and a line its end."""
    before = len(lines(cloud, alert))
    FAULTS[alert](cloud)
    no_disturbances(cloud)
    until(lambda: len(lines(cloud, alert)) > before)
