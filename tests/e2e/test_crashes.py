"""The functions' process is killed at each named boundary, while a job is under way; then it comes back.

Judged by the provider's billing ledger and the listing of Drive, not by our own database.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.local.demo.writer import Writer
from tests.e2e.conftest import Cloud, ended, patiently

BOUNDARIES = ("T1", "T2", "submit", "T3", "T4", "T4b", "drive-create", "T5")
MOMENTS = [f"{name}:{moment}" for name in BOUNDARIES for moment in ("before", "after")]
NEVER_ASKED = ("T2:after", "submit:before")  #: claimed, and nobody can know whether the provider was asked
ONLY_THE_WEBHOOK_KNOWS = ("submit:after", "T3:before")  #: asked, and the answer with the id died with the process
KILLED = -9


def generate(cloud: Cloud, writer: Writer, character_id: str, moment: str) -> dict[str, Any]:
    """Ask for a picture as a good client does: again with the same key when no answer came."""
    key = uuid.uuid4().hex
    slowly = "modelslab:render=5" if moment in ONLY_THE_WEBHOOK_KNOWS else ""  # it is sent once, so we must be back
    body = {"characterId": character_id, "additionalPrompt": slowly}
    ask: Callable[[], requests.Response] = lambda: writer.raw(  # noqa: E731
        "POST", "/api/generate/character", body, Idempotency_Key=key
    )
    answer = patiently(ask, between=cloud.revive)
    assert answer.status_code == 202, answer.text
    return dict(answer.json()["data"])


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_process_loses_nothing_and_charges_nothing_twice(cloud: Cloud, tmp_path: Path, moment: str) -> None:
    """SIGKILL at the boundary, which the journal proves; one picture delivered and paid, or none of both."""
    journal = tmp_path / "journal"
    ana = cloud.signed_in("ana")
    character_id = ana.make_character("Sari")["id"]
    cloud.local.restart_gateway(CRASH_AT=moment, CRASH_JOURNAL=str(journal))

    job = generate(cloud, ana, character_id, moment)
    if not cloud.revived:
        assert cloud.local.supervisor.wait_end("gateway", 30) == KILLED
        cloud.revive()
    cloud.revived = False
    final = ended(ana, job)

    assert journal.read_text().split()[0] == moment
    delivered = final["state"] == "SUCCEEDED"
    assert delivered or (moment in NEVER_ASKED and final["error"]["code"] == "OUTCOME_UNKNOWN")
    assert cloud.charges(job["id"]) == delivered
    files = [file for file in cloud.drive(ana.email) if "folder" not in file["mimeType"]]
    assert [file["appProperties"]["jobId"] for file in files] == [job["id"]] * delivered
    balance = 95 if delivered else 100
    assert ana.call("GET", "/api/credits") == {"balance": balance, "held": 0, "available": balance}
    assert len(ana.call("GET", "/api/jobs")) == 1
