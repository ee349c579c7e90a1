"""Calls between the parts are disturbed from outside; what must hold, holds: one charge, one file, nothing hangs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.e2e.conftest import Cloud, ended

DRIVE, PROVIDER = "google", "modelslab"
DISTURBED: tuple[tuple[str, dict[str, Any]], ...] = (
    (DRIVE, {"when": "after", "method": "POST", "path": "^/drive/v3/files$"}),
    (DRIVE, {"when": "after", "method": "POST", "path": "^/upload/"}),
    (DRIVE, {"when": "before", "method": "PUT", "path": "^/upload/"}),
    (DRIVE, {"when": "after", "method": "PUT", "path": "^/upload/"}),
    (DRIVE, {"when": "after", "method": "POST", "path": "/permissions$"}),
    (DRIVE, {"when": "answer", "path": "^/drive/v3/files", "status": 503, "body": "<html>"}),
    (DRIVE, {"when": "answer", "path": "^/token$", "status": 502, "body": "<html>", "last": 2}),
    (PROVIDER, {"when": "before", "path": "/fetch/", "last": 2}),
    (PROVIDER, {"when": "answer", "path": "/fetch/", "status": 500, "body": "<html>", "last": 2}),
    (PROVIDER, {"when": "cut", "path": "^/generations/", "bytes": 100}),
    (PROVIDER, {"when": "after", "path": "^/generations/"}),
    ("tasks-control", {"when": "after", "path": "/CreateTask$", "last": 3}),
    ("tasks-control", {"when": "before", "path": "/CreateTask$", "last": 2}),
    ("vault-control", {"when": "before", "path": "/Decrypt$", "last": 2}),
    ("storage", {"when": "after", "path": "/upload/", "last": 1}),
)


@pytest.fixture
def disturb(cloud: Cloud) -> Iterator[Any]:
    """Switch on; all are off afterwards."""
    parts = {part for part, _ in DISTURBED}

    def order(part: str, what: dict[str, Any]) -> None:
        answer = requests.post(f"{cloud.local.ports.url(part)}/__control/faults", json=what, timeout=10)
        assert answer.status_code == 201, answer.text

    yield order
    for part in parts:
        requests.delete(f"{cloud.local.ports.url(part)}/__control/faults", timeout=10).raise_for_status()


@pytest.mark.parametrize(("part", "what"), DISTURBED, ids=lambda value: value if isinstance(value, str) else str(value))
def test_a_disturbed_call_costs_nobody_anything(cloud: Cloud, disturb: Any, part: str, what: dict[str, Any]) -> None:
    """The picture arrives, was charged once, and is in Drive once."""
    ana = cloud.signed_in("ana")
    sari = str(ana.make_character("Sari")["id"])
    disturb(part, what)
    job = ended(ana, ana.generate(sari))
    assert job["state"] == "SUCCEEDED", job
    assert (cloud.charges(job["id"]), len(cloud.files(ana.email, job["id"]))) == (1, 1)
    assert ana.call("GET", "/api/credits") == {"balance": 95, "held": 0, "available": 95}


@pytest.mark.parametrize("when", ["after", "before"])
def test_a_submit_whose_answer_is_lost_is_not_made_again(cloud: Cloud, disturb: Any, when: str) -> None:
    """Rescued by the webhook when it was made; released when it was not. Never asked twice."""
    ana = cloud.signed_in("ana")
    sari = str(ana.make_character("Sari")["id"])
    disturb(PROVIDER, {"when": when, "method": "POST", "path": "/v7/images/text-to-image$"})
    job = ended(ana, ana.generate(sari))
    expected = ("SUCCEEDED", 1, 95) if when == "after" else ("FAILED", 0, 100)
    assert (job["state"], cloud.charges(job["id"]), ana.call("GET", "/api/credits")["available"]) == expected
