"""The whole cloud on this machine, one for each module of tests that asks for it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from infra.local.cloud import LocalCloud
from infra.local.demo.writer import Writer
from infra.local.parts import Choices
from tests.e2e.leaks import firestore, leaks, logs, stored

DONE = ("SUCCEEDED", "FAILED", "CANCELLED")
QUICK = {
    "SUBMIT_LEASE_SECONDS": "6", "DELIVERY_LEASE_SECONDS": "6", "UNKNOWN_SECONDS": "6",
    "REQUESTS_PER_MINUTE": "1000000",
}  # fmt: skip
CHOICES = Choices(render_seconds=0.3, scale=0.05, sweep_every=2, extra_env=QUICK)


class Cloud:
    """The local cloud, and the witnesses that a test judges by: the provider's ledger and Drive's listing."""

    def __init__(self, local: LocalCloud) -> None:
        self.local = local
        self.answers: list[bytes] = []
        self.revived = False  #: whether the functions came back since the last crash

    def writer(self, name: str = "") -> Writer:
        """A new person, who has not signed in."""
        writer = Writer(self.local.url, f"{name or 'w'}{uuid.uuid4().hex[:12]}@gmail.com")
        writer.http.hooks["response"].append(self.record)
        return writer

    def record(self, response: requests.Response, *_: Any, **__: Any) -> None:
        """Keep what the functions have answered, to look for secrets in it; pictures apart."""
        if response.url.startswith(self.local.url) and "image/" not in response.headers.get("Content-Type", ""):
            self.answers.append(f"{dict(response.headers)}".encode() + response.content)

    def leaks(self) -> list[str]:
        """Where a secret can be read that nobody may read: logs, answers, tasks, Firestore."""
        documents = "".join(map(str, stored(firestore(self.local.ports.host("firestore")))))
        places = {
            **logs(self.local),
            "answers": b"".join(self.answers),
            "tasks": repr(self.journal("tasks")).encode(),
            "Firestore": documents.encode("latin-1", errors="replace"),
        }
        return leaks(self.local, places)

    def signed_in(self, name: str = "") -> Writer:
        """A new person, signed in with Drive."""
        writer = self.writer(name)
        assert writer.sign_in() == "connected"
        return writer

    def fault(self, part: str, name: str, **order: Any) -> None:
        """Switch a fault on, at google, modelslab, tasks, vault or storage."""
        answer = requests.post(f"{self._control(part)}/_emulator/faults", json={"name": name, **order}, timeout=10)
        assert answer.status_code == 201, answer.text

    def no_faults(self) -> None:
        """Switch all off."""
        for part in ("google", "modelslab", "tasks", "vault", "storage"):
            requests.delete(f"{self._control(part)}/_emulator/faults", timeout=10).raise_for_status()

    def journal(self, part: str) -> list[dict[str, Any]]:
        """What an emulator was asked."""
        return list(requests.get(f"{self._control(part)}/_emulator/journal", timeout=30).json()["events"])

    def charges(self, job_id: str) -> int:
        """How often the provider has charged for a job."""
        url = f"{self.local.ports.url('modelslab')}/_emulator/ledger"
        entries = requests.get(url, timeout=10).json()["entries"]
        return sum(entry["track_id"] == f"job-{job_id}" and entry.get("amount", 1) != 0 for entry in entries)

    def files(self, email: str, job_id: str) -> list[dict[str, Any]]:
        """The live files of a job in a Drive."""
        return [
            file for file in self.drive(email) if file["appProperties"].get("jobId") == job_id and not file["trashed"]
        ]

    def drive(self, email: str) -> list[dict[str, Any]]:
        """Everything in a Drive."""
        url = f"{self.local.ports.url('google')}/_emulator/drive"
        return list(requests.get(url, timeout=10).json().get(email, []))

    def revive(self) -> None:
        """Start the functions again, after they were killed; without a crash point."""
        if not self.revived:
            self.local.supervisor.wait_end("gateway", 30)
            self.local.restart_gateway()
            self.revived = True

    def _control(self, part: str) -> str:
        return self.local.ports.url(f"{part}-control" if part in ("tasks", "vault") else part)


def finished(writer: Writer, job: dict[str, Any]) -> dict[str, Any]:
    """A job when it has ended, or needs the user. Raises AssertionError when it hangs."""
    return _awaited(writer, job, (*DONE, "ACTION_REQUIRED"))


def ended(writer: Writer, job: dict[str, Any]) -> dict[str, Any]:
    """A job when it is final. Raises AssertionError when it hangs."""
    return _awaited(writer, job, DONE)


def _awaited(writer: Writer, job: dict[str, Any], states: tuple[str, ...]) -> dict[str, Any]:
    for _ in range(90):
        if job["state"] in states:
            return job
        job = patiently(lambda: writer.job(job["id"], wait=1))  # noqa: B023 called at once
    raise AssertionError(f"job {job['id']} hangs as {job['state']} {job['phase']}")


def until(look: Callable[[], Any], *, seconds: int = 60) -> Any:
    """What is looked for, as soon as there is something. Raises AssertionError when it does not come."""
    pause = threading.Event()
    for _ in range(seconds * 10):
        if found := look():
            return found
        pause.wait(0.1)
    raise AssertionError("it does not come")


def reached(writer: Writer, job: dict[str, Any], phase: str) -> None:
    """Until a job is in a phase. Raises AssertionError when it has passed it, or never comes to it."""
    pause = threading.Event()
    for _ in range(200):
        now = writer.job(job["id"])
        if now["phase"] == phase:
            return
        assert now["state"] not in DONE, f"{phase} was missed"
        pause.wait(0.05)
    raise AssertionError(f"job {job['id']} does not come to {phase}")


def patiently(call: Callable[[], Any], *, between: Callable[[], None] = lambda: None) -> Any:
    """A call that is made again while the functions are being restarted."""
    pause = threading.Event()
    for _ in range(200):
        try:
            return call()
        except requests.ConnectionError:
            between()
            pause.wait(0.1)
    raise AssertionError("the gateway does not come back")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Small pictures, quickly; short leases; a sweep every two seconds. After all its tests no secret may be seen."""
    local = LocalCloud(tmp_path_factory.mktemp("cloud"), choices=CHOICES)
    try:
        local.start()
        made = Cloud(local)
        yield made
        assert made.leaks() == []
    finally:
        local.stop()
