"""The emulator's process: where it is found, when it is ready, what it keeps."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from google.cloud import firestore

from infra.local.firestore import FirestoreEmulator, given_host, latest_export
from infra.local.firestore_jvm import EmulatorError, find_jar, find_java, free_port
from tests.contract.processes import ROOT, Command

CACHE = ROOT / ".local" / "cache"
FIELDS = {"title": {"stringValue": "A fox"}, "at": {"timestampValue": "2026-01-02T03:04:05.678901Z"}}


def document(host: str, project: str) -> str:
    """The address of one document, by REST: the official client always goes to the run's own emulator."""
    return f"http://{host}/v1/projects/{project}/databases/(default)/documents/notes/one"


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Path]:
    """The export of an emulator that held one document of the project `demo`."""
    emulator = FirestoreEmulator(CACHE)
    try:
        host = emulator.start()
        owner = {"Authorization": "Bearer owner"}
        requests.patch(document(host, "demo"), json={"fields": FIELDS}, headers=owner, timeout=10).raise_for_status()
        emulator.export("demo", tmp_path / "state")
        emulator.export("demo", tmp_path / "state")
        yield tmp_path / "state"
    finally:
        emulator.stop()


def test_the_official_client_reaches_the_shared_emulator(project_id: str) -> None:
    """The address that the run's controller has set is the one that the client goes to."""
    client = firestore.Client(project=project_id)
    client.document("notes/one").create({"title": "A fox"})
    assert client.document("notes/one").get().to_dict() == {"title": "A fox"}


def test_an_export_is_the_state_of_the_next_start(written: Path) -> None:
    """All values are there again with their types, to the microsecond."""
    emulator = FirestoreEmulator(CACHE, import_from=written)
    try:
        found = requests.get(
            document(emulator.start(), "demo"), headers={"Authorization": "Bearer owner"}, timeout=10
        ).json()
    finally:
        emulator.stop()
    assert found["fields"] == FIELDS


def test_a_directory_without_an_export_is_refused(tmp_path: Path) -> None:
    """An empty emulator instead would look like lost data."""
    with pytest.raises(EmulatorError, match="holds no export"):
        FirestoreEmulator(CACHE, import_from=tmp_path).start()


def test_a_taken_port_is_refused(firestore_host: str) -> None:
    """Whoever has the port would answer the first write, and look like the emulator."""
    port = int(firestore_host.rpartition(":")[2])
    with pytest.raises(EmulatorError, match=f"port {port} is taken"):
        FirestoreEmulator(CACHE, port=port).start()


def test_a_stopped_emulator_has_left_its_port(tmp_path: Path) -> None:
    """The port is free again, and the process is gone."""
    emulator = FirestoreEmulator(CACHE)
    host = emulator.start()
    pid = emulator.pid
    emulator.stop()
    emulator.stop()
    assert free_port(int(host.rpartition(":")[2]))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_program_that_is_no_emulator_fails_with_what_it_said(tmp_path: Path) -> None:
    """The reason is in the error, and not only in a log."""
    jar = tmp_path / "not-an-emulator.jar"
    jar.write_bytes(b"")
    with pytest.raises(EmulatorError, match="did not start"):
        FirestoreEmulator(tmp_path, env={**os.environ, "FIRESTORE_EMULATOR_JAR": str(jar)}).start()


def test_a_missing_emulator_is_told_with_the_package_that_has_it(tmp_path: Path) -> None:
    """No stand-in is started silently."""
    with pytest.raises(EmulatorError, match=r"google-cloud-cli-firestore-emulator.*FIRESTORE_EMULATOR_JAR.*Java 17"):
        find_jar({"PATH": str(tmp_path)}, sdks=[tmp_path])
    with pytest.raises(EmulatorError, match="names no file"):
        find_jar({"FIRESTORE_EMULATOR_JAR": str(tmp_path / "none.jar")})


def test_a_missing_or_an_old_java_is_told(tmp_path: Path) -> None:
    """Java 17 is the oldest that runs the emulator."""
    with pytest.raises(EmulatorError, match="there is no java"):
        find_java({"PATH": str(tmp_path)})
    old = tmp_path / "bin" / "java"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    old.chmod(0o755)
    with pytest.raises(EmulatorError, match=r"Java 17 or newer.*11\.0\.2"):
        find_java({"JAVA_HOME": str(tmp_path)})


def test_an_environment_with_an_emulator_keeps_it() -> None:
    """The variable of the official client decides, if it is not empty."""
    assert given_host({"FIRESTORE_EMULATOR_HOST": "localhost:8080"}) == "localhost:8080"
    assert given_host({"FIRESTORE_EMULATOR_HOST": ""}) is None


def test_the_command_keeps_its_state_between_runs(tmp_path: Path) -> None:
    """It ends on SIGTERM with status 0, and starts with what it had."""
    for expected in (404, 200):
        emulator = Command("firestore", tmp_path / "s", "--cache", str(CACHE))
        where = document(emulator.addresses[0].removeprefix("http://"), "demo")
        owner = {"Authorization": "Bearer owner"}
        assert requests.get(where, headers=owner, timeout=10).status_code == expected
        requests.patch(where, json={"fields": FIELDS}, headers=owner, timeout=10).raise_for_status()
        assert emulator.terminate() == 0


def test_saved_data_survive_a_kill_of_the_command(tmp_path: Path) -> None:
    """What was written before the last save is there again, and nothing is left of it."""
    emulator = Command("firestore", tmp_path / "s", "--cache", str(CACHE), "--every", "0.2")
    host = emulator.addresses[0].removeprefix("http://")
    owner = {"Authorization": "Bearer owner"}
    requests.patch(document(host, "demo"), json={"fields": FIELDS}, headers=owner, timeout=10)
    for _ in range(2):  # one save may have begun before the write
        assert emulator.line().startswith("saved ")
    emulator.kill()
    again = Command("firestore", tmp_path / "s", "--cache", str(CACHE))
    found = requests.get(document(again.addresses[0].removeprefix("http://"), "demo"), headers=owner, timeout=10).json()
    assert found["fields"] == FIELDS
    assert again.terminate() == 0


def test_an_export_that_was_being_replaced_is_found(tmp_path: Path) -> None:
    """The former one counts until the new one is whole."""
    assert latest_export(tmp_path / "state") is None
    (tmp_path / "state.former").mkdir()
    assert latest_export(tmp_path / "state") == tmp_path / "state.former"
    (tmp_path / "state").mkdir()
    assert latest_export(tmp_path / "state") == tmp_path / "state"
