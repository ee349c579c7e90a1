"""One way to disturb every emulator: before, after, delay, cut, answer; for the calls that it says and no others."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from google.api_core.exceptions import ServiceUnavailable
from google.cloud import secretmanager_v1, tasks_v2
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import (
    SecretManagerServiceGrpcTransport,
)
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

from infra.local.issuer.emulator import IssuerEmulator
from infra.local.storage.emulator import StorageEmulator
from infra.local.tasks.emulator import TasksEmulator
from infra.local.vault.emulator import VaultEmulator
from shared.adapters.grpc_channels import client_for
from tests.contract.google.conftest import Google
from tests.contract.google.test_drive_rules import FOLDER, Api
from tests.contract.test_provider import Setup


class Site:
    """An emulator's control, and a call of it that answers 200."""

    def __init__(self, url: str, path: str) -> None:
        self.url, self.path = url, path

    def disturb(self, when: str, **more: Any) -> requests.Response:
        """Switch on."""
        return requests.post(f"{self.url}/__control/faults", json={"when": when, **more}, timeout=10)

    def call(self) -> requests.Response:
        """The call."""
        return requests.get(f"{self.url}{self.path}", timeout=10)

    def calls(self) -> list[dict[str, Any]]:
        """What was called."""
        return list(requests.get(f"{self.url}/__control/calls", timeout=10).json()["calls"])


@pytest.fixture
def google(tmp_path: Path) -> Iterator[Google]:
    """Google."""
    made = Google(tmp_path / "google")
    yield made
    made.close()


@pytest.fixture(params=["google", "modelslab", "storage", "issuer", "tasks", "vault"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """Each emulator's HTTP side."""
    made: Any
    match request.param:
        case "google":
            made = Google(tmp_path)
            yield Site(made.url, "/oauth2/v1/certs")
            made.close()
            return
        case "modelslab":
            made = Setup(tmp_path)
            yield Site(made.serving.url, "/")
            made.serving.stop()
            made.emulator.close()
            made.receiver.stop()
            return
        case "storage":
            made, path = StorageEmulator(tmp_path, buckets={"staging": 7}), "/storage/v1/b/staging"
        case "issuer":
            made, path = IssuerEmulator(tmp_path, audience="a", return_origins=frozenset()), "/jwks"
        case "tasks":
            made, path = TasksEmulator(tmp_path), "/oauth2/v1/certs"
        case _:
            made, path = VaultEmulator(tmp_path), "/"
    serving = made.serve()
    yield Site(serving.url, path)
    serving.stop()
    if request.param != "issuer":  # it keeps nothing
        made.close()


def test_each_emulator_is_disturbed_from_outside(site: Site) -> None:
    """Once, and then it is as before; every call is on record, the control's own are not."""
    usual = site.call().status_code
    assert usual < 500
    site.disturb("before").raise_for_status()
    with pytest.raises(requests.ConnectionError):
        site.call()
    site.disturb("answer", status=502, body="<html>").raise_for_status()
    answer = site.call()
    assert (answer.status_code, answer.text, answer.headers["Content-Type"][:9]) == (502, "<html>", "text/html")
    whole = site.call()
    assert whole.status_code == usual
    site.disturb("cut", bytes=3).raise_for_status()
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        site.call()
    site.disturb("delay", seconds=0.2).raise_for_status()
    began = time.monotonic()
    assert site.call().content[:20] == whole.content[:20]
    assert time.monotonic() - began >= 0.2
    disturbed = [call["disturbed"] for call in site.calls()]
    assert disturbed == [[], ["before"], ["answer"], [], ["cut"], ["delay"]]
    assert [call["status"] for call in site.calls()][:3] == [usual, None, 502]
    clock = requests.post(f"{site.url}/__control/clock", json={"advance": 60}, timeout=10)
    assert clock.status_code == 200


def test_a_lost_answer_is_of_a_call_that_was_done(google: Google) -> None:
    """What `before` is not."""
    ana = Api(google)
    site = Site(google.url, "")
    for when, made in (("before", 0), ("after", 1)):
        site.disturb(when, method="POST", path="^/drive/v3/files$").raise_for_status()
        with pytest.raises(requests.ConnectionError):
            ana.call("POST", "files", {"name": when, "mimeType": FOLDER})
        assert len(ana.get("files", q=f"name = '{when}'")["files"]) == made


def test_calls_are_chosen_by_method_path_and_number(google: Google) -> None:
    """From the second to the third of those that fit."""
    ana, site = Api(google), Site(google.url, "")
    site.disturb("answer", status=503, method="GET", path="/drive/v3/files", first=2, last=3).raise_for_status()
    statuses = []
    for _ in range(4):
        ana.get("about", fields="user")
        statuses.append(ana.call("GET", "files").status_code)
    assert statuses == [200, 503, 503, 200]
    on = requests.get(f"{site.url}/__control/faults", timeout=10).json()["faults"]
    assert [one["met"] for one in on] == [4]
    requests.delete(f"{site.url}/__control/faults", timeout=10).raise_for_status()
    assert requests.get(f"{site.url}/__control/faults", timeout=10).json() == {"faults": []}


@pytest.mark.parametrize(
    "order",
    [{}, {"when": "never"}, {"when": "before", "first": 0}, {"when": "delay", "seconds": -1}, {"when": "cut", "x": 1},
     {"when": "before", "path": "("}, {"when": "before", "met": 3}, []],
)  # fmt: skip
def test_an_order_without_a_meaning_is_refused(google: Google, order: Any) -> None:
    """Or a test would wait for nothing."""
    answer = requests.post(f"{google.url}/__control/faults", json=order, timeout=10)
    assert answer.status_code == 400
    assert requests.get(f"{google.url}/__control/faults", timeout=10).json() == {"faults": []}
    assert requests.get(f"{google.url}/__control/made-up", timeout=10).status_code == 404


def test_an_rpc_is_disturbed_too(tmp_path: Path) -> None:
    """By its full name: lost before, or after it was done."""
    vault = VaultEmulator(tmp_path / "vault")
    serving = vault.serve()
    client = client_for(secretmanager_v1.SecretManagerServiceClient, SecretManagerServiceGrpcTransport, serving.host)
    site = Site(serving.url, "")
    for when, made in (("before", 0), ("after", 1)):
        site.disturb(when, path="/CreateSecret$").raise_for_status()
        with pytest.raises(ServiceUnavailable):
            client.create_secret(
                parent="projects/p", secret_id="S", secret={"replication": {"automatic": {}}}, retry=None
            )
        assert len(list(client.list_secrets(parent="projects/p"))) == made
    assert [call["method"] for call in site.calls()] == ["RPC"] * 4
    serving.stop()
    vault.close()


def test_a_task_that_was_made_and_not_confirmed_exists(tmp_path: Path) -> None:
    """The unknown outcome that names make harmless."""
    parent = "projects/p/locations/l/queues/jobs"
    tasks = TasksEmulator(tmp_path, queues=[tasks_v2.Queue(name=parent)])
    serving = tasks.serve()
    client = client_for(tasks_v2.CloudTasksClient, CloudTasksGrpcTransport, serving.host)
    client.pause_queue(name=parent)
    Site(serving.url, "").disturb("after", path="CreateTask").raise_for_status()
    task = {"name": f"{parent}/tasks/t", "http_request": {"url": "http://localhost:1/x"}}
    with pytest.raises(ServiceUnavailable):
        client.create_task(parent=parent, task=task)
    assert [one.name for one in client.list_tasks(parent=parent)] == [task["name"]]
    serving.stop()
    tasks.close()
