"""The ports to Google's services: the fakes, and the adapters on the emulators, keep the same promises."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from google.cloud import secretmanager_v1, tasks_v2
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import (
    SecretManagerServiceGrpcTransport,
)
from werkzeug.wrappers import Request, Response

from infra.local.issuer.emulator import IssuerEmulator
from infra.local.serving import Serving
from infra.local.storage.emulator import StorageEmulator
from infra.local.tasks.emulator import TasksEmulator
from infra.local.vault.emulator import VaultEmulator
from shared.adapters.cloud_storage_staging import CloudStorageStaging
from shared.adapters.cloud_tasks_queue import CloudTasksQueue
from shared.adapters.google_task_tokens import GoogleTaskTokens
from shared.adapters.grpc_channels import client_for
from shared.adapters.kms_key_wrapper import KmsKeyWrapper
from shared.adapters.oidc_issuers import OidcIssuers
from shared.adapters.secret_manager import SecretManager
from shared.core.config import Config, TrustedIssuer
from shared.core.errors import NotFound, Unauthenticated, Unavailable
from shared.core.queue import Task, TaskQueue, task_name
from shared.core.secret import Secret
from shared.drive.ports import KeyWrapper
from shared.generation.ports import Staging
from tests.fakes.clock import VirtualClock
from tests.fakes.key_wrapper import MemoryKeyWrapper
from tests.fakes.queue import MemoryQueue
from tests.fakes.staging import MemoryStaging
from tests.unit.core.test_config import ENV

KMS_KEY = "projects/p/locations/global/keyRings/r/cryptoKeys/k"
INVOKER = "invoker@p.iam.gserviceaccount.com"


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Any]:
    """KMS and Secret Manager, with one key."""
    emulator = VaultEmulator(tmp_path / "vault", keys=[KMS_KEY])
    serving = emulator.serve()
    yield emulator, serving
    serving.stop()
    emulator.close()


@pytest.fixture(params=["memory", "kms"])
def wrapper(request: pytest.FixtureRequest) -> KeyWrapper:
    """Both."""
    if request.param == "memory":
        return MemoryKeyWrapper()
    return KmsKeyWrapper(KMS_KEY, request.getfixturevalue("vault")[1].host)


def test_a_data_key_unwraps_only_in_its_context(wrapper: KeyWrapper) -> None:
    """And only what was wrapped."""
    wrapped = wrapper.wrap(b"k" * 32, b"user 1")
    assert wrapper.unwrap(wrapped, b"user 1") == b"k" * 32
    for other, context in ((wrapped, b"user 2"), (wrapped[:-1] + bytes([wrapped[-1] ^ 1]), b"user 1")):
        with pytest.raises(ValueError, match="not wrapped"):
            wrapper.unwrap(other, context)


def test_a_damaged_answer_of_kms_is_not_believed(vault: Any) -> None:
    """CRC32C both ways."""
    emulator, serving = vault
    requests.post(f"{serving.url}/_emulator/faults", json={"name": "crc_mismatch"}, timeout=5).raise_for_status()
    with pytest.raises(Unavailable):
        KmsKeyWrapper(KMS_KEY, serving.host).wrap(b"k" * 32, b"c")
    assert emulator.journal.events()


def test_a_secret_is_the_latest_version(vault: Any) -> None:
    """Rotation needs no deploy."""
    host = vault[1].host
    client = client_for(secretmanager_v1.SecretManagerServiceClient, SecretManagerServiceGrpcTransport, host)
    client.create_secret(parent="projects/p", secret_id="S", secret={"replication": {"automatic": {}}})
    for value in (b"one", b"two"):
        client.add_secret_version(parent="projects/p/secrets/S", payload={"data": value})
    secrets = SecretManager("p", host)

    assert secrets.get("S") == Secret("two")
    with pytest.raises(KeyError):
        secrets.get("MISSING")


@pytest.fixture(params=["memory", "storage"])
def staging(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Staging]:
    """Both."""
    if request.param == "memory":
        yield MemoryStaging(VirtualClock())
        return
    emulator = StorageEmulator(tmp_path, buckets={"staging": 7})
    serving = emulator.serve()
    yield CloudStorageStaging(Config.from_env({**ENV, "STORAGE_ENDPOINT": serving.url}))
    serving.stop()
    emulator.close()


def test_staged_bytes_come_back_and_go(staging: Staging) -> None:
    """In chunks; replacing and deleting twice are harmless."""
    data = bytes(range(256)) * 12_000
    staging.put("results/j", b"old", "image/jpeg")
    staging.put("results/j", data, "image/png")
    assert staging.size("results/j") == (len(data), "image/png")
    with staging.read("results/j") as body:
        parts = list(body.chunks)
    assert (b"".join(parts), body.total) == (data, len(data))
    assert len(parts) > 1
    with staging.read("results/j", 5) as body:
        assert b"".join(body.chunks) == data[5:]

    staging.delete("results/j")
    staging.delete("results/j")
    assert staging.size("results/j") is None
    with pytest.raises(NotFound), staging.read("results/j"):
        pass


@pytest.mark.parametrize("size", [1, 300_000, 9_000_000])
def test_a_stream_is_staged_whole_or_not_at_all(staging: Staging, size: int) -> None:
    """Whatever its size; a source that breaks off leaves nothing."""
    data = random.Random(size).randbytes(size)

    def stream(upto: int) -> Iterator[bytes]:
        yield from (data[at : at + 100_000] for at in range(0, upto, 100_000))
        if upto < size:
            raise NotFound("the source is gone")

    with pytest.raises(NotFound, match="the source is gone"):
        staging.put_stream("results/s", stream(size // 2), size, "video/mp4")
    assert staging.size("results/s") is None
    staging.put_stream("results/s", stream(size), size, "video/mp4")
    assert staging.size("results/s") == (size, "video/mp4")
    with staging.read("results/s") as body:
        assert b"".join(body.chunks) == data


class Target:
    """A private function's server: keeps what it gets."""

    def __init__(self) -> None:
        self.hits: list[tuple[str, dict[str, str], bytes]] = []
        self.hit = threading.Event()
        self.serving = Serving(self._app)

    def _app(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.hits.append((request.path, dict(request.headers), request.get_data()))
        self.hit.set()
        return Response(status=204)(environ, start_response)


@pytest.fixture
def tasks(tmp_path: Path) -> Iterator[Any]:
    """Cloud Tasks with our queue, and a function to call."""
    name = "projects/p/locations/europe-west1/queues/jobs"
    emulator = TasksEmulator(tmp_path / "tasks", queues=[tasks_v2.Queue(name=name)])
    serving, target = emulator.serve(), Target()
    config = Config.from_env({**ENV, "TASKS_ENDPOINT": serving.host, "FUNCTION_URL": target.serving.url})
    yield emulator, serving, target, config
    serving.stop()
    emulator.close()
    target.serving.stop()


def job_task(**fields: Any) -> Task:
    """A task of a job."""
    return Task(function="tasks_advance_job", name=task_name("job1", "1"), payload={"v": 1, "jobId": "job1"}, **fields)


def test_a_task_calls_its_function_with_a_token_that_we_accept(tasks: Any) -> None:
    """Path, body, name and audience; and the verifier takes no other."""
    _, serving, target, config = tasks
    CloudTasksQueue(config).enqueue(job_task())
    assert target.hit.wait(15)

    path, headers, body = target.hits[0]
    assert (path, json.loads(body)) == ("/tasks/advance-job", {"v": 1, "jobId": "job1"})
    token = Secret(headers["Authorization"].removeprefix("Bearer "))
    tokens = GoogleTaskTokens(f"{serving.url}/oauth2/v1/certs", behind_iam=False)
    assert tokens.verify(token, config.url_of("tasks_advance_job")) == INVOKER
    with pytest.raises(Unauthenticated):
        tokens.verify(token, "https://other.example")
    removed = Secret(token.reveal().rpartition(".")[0] + ".SIGNATURE_REMOVED_BY_GOOGLE")
    with pytest.raises(Unauthenticated):
        tokens.verify(removed, config.url_of("tasks_advance_job"))
    behind = GoogleTaskTokens(f"{serving.url}/oauth2/v1/certs", behind_iam=True)
    assert behind.verify(removed, config.url_of("tasks_advance_job")) == INVOKER
    with pytest.raises(Unauthenticated):
        behind.verify(removed, "https://other.example")


@pytest.mark.parametrize("kind", ["memory", "tasks"])
def test_enqueueing_a_name_twice_is_harmless(kind: str, request: pytest.FixtureRequest) -> None:
    """Even after it has run."""
    if kind == "memory":
        clock = VirtualClock()
        memory = MemoryQueue(clock)
        for _ in range(2):
            memory.enqueue(job_task())
        memory.run_next(clock, lambda _: None)
        memory.enqueue(job_task())
        assert memory.next_at() is None
        return
    _, serving, target, config = request.getfixturevalue("tasks")
    queue: TaskQueue = CloudTasksQueue(config)
    queue.enqueue(job_task())
    assert target.hit.wait(15)
    requests.get(f"{serving.url}/_emulator/idle?wait=10", timeout=15).raise_for_status()
    queue.enqueue(job_task())
    requests.get(f"{serving.url}/_emulator/idle?wait=10", timeout=15).raise_for_status()
    assert len(target.hits) == 1


def test_an_outage_of_cloud_tasks_is_retried_and_then_said(tasks: Any) -> None:
    """A name makes the repeat safe, even when the first answer was lost."""
    _, serving, target, config = tasks
    fault = {"name": "answer_lost", "times": 1, "match": {"rpc": "CreateTask"}}
    requests.post(f"{serving.url}/_emulator/faults", json=fault, timeout=5).raise_for_status()
    CloudTasksQueue(config).enqueue(job_task())
    assert target.hit.wait(15)

    down = {"name": "unavailable", "times": -1, "match": {"rpc": "CreateTask"}}
    requests.post(f"{serving.url}/_emulator/faults", json=down, timeout=5).raise_for_status()
    with pytest.raises(Unavailable):
        CloudTasksQueue(config).enqueue(other_task())


def other_task() -> Task:
    """Another name."""
    at = datetime.now(UTC) + timedelta(hours=1)
    return Task(function="tasks_advance_job", name=task_name("job2", "1"), payload={"jobId": "job2"}, at=at)


def test_a_payload_that_is_data_is_refused(tasks: Any) -> None:
    """Tasks carry ids."""
    big = Task(function="tasks_advance_job", name="x", payload={"data": "x" * 200_000})
    with pytest.raises(ValueError, match="ids"):
        CloudTasksQueue(tasks[3]).enqueue(big)


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[Any]:
    """An e-mail identity issuer."""
    emulator = IssuerEmulator(tmp_path / "issuer", audience="studio")
    serving = emulator.serve()
    yield emulator, serving.url
    serving.stop()


@pytest.mark.parametrize("certs", ["jwks", "certs"])
def test_a_trusted_issuers_token_says_who_signed_in(issuer: Any, certs: str) -> None:
    """By JWKS and by certificates."""
    _, url = issuer
    tokens = OidcIssuers([TrustedIssuer(url, "studio", f"{url}/{certs}")])
    answer = requests.post(f"{url}/token", json={"email": "ana@mail.example"}, timeout=5).json()
    identity = tokens.verify(Secret(answer["idToken"]))

    assert (identity.issuer, identity.email, identity.email_verified) == (url, "ana@mail.example", True)


@pytest.mark.parametrize("fault", ["expired", "foreign_key", "unsigned", "wrong_issuer", "wrong_audience"])
def test_a_token_that_is_not_right_is_refused(issuer: Any, fault: str) -> None:
    """Each for its own reason."""
    _, url = issuer
    tokens = OidcIssuers([TrustedIssuer(url, "studio", f"{url}/jwks")])
    requests.post(f"{url}/_emulator/faults", json={"name": fault}, timeout=5).raise_for_status()
    answer = requests.post(f"{url}/token", json={"email": "ana@mail.example"}, timeout=5).json()

    with pytest.raises(Unauthenticated):
        tokens.verify(Secret(answer["idToken"]))


@pytest.mark.parametrize("text", ["", "a.b.c", "...", "e30.e30.e30", "W10.W10.x", "ä.ä.ä"])
def test_what_is_not_a_token_is_refused(issuer: Any, text: str) -> None:
    """Whatever it is."""
    tokens = OidcIssuers([TrustedIssuer(issuer[1], "studio", f"{issuer[1]}/jwks")])
    with pytest.raises(Unauthenticated):
        tokens.verify(Secret(text))
