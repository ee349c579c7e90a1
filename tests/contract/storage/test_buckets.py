"""Buckets, the control API, and what survives a kill."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from google.api_core import exceptions

from tests.contract.processes import Command
from tests.contract.storage.conftest import BUCKET, World, connect


def test_a_bucket_is_made_found_and_deleted(world: World) -> None:
    """Only when it is empty."""
    world.client.create_bucket("other-bucket")
    assert [bucket.name for bucket in world.client.list_buckets()] == ["other-bucket", BUCKET]
    world.client.bucket("other-bucket").blob("a").upload_from_string(b"1")
    with pytest.raises(exceptions.Conflict, match="not empty"):
        world.client.bucket("other-bucket").delete()
    world.client.bucket("other-bucket").blob("a").delete()
    world.client.bucket("other-bucket").delete()
    assert world.client.lookup_bucket("other-bucket") is None


def test_a_bucket_that_exists_or_has_a_bad_name_is_refused(world: World) -> None:
    """409 and 400."""
    with pytest.raises(exceptions.Conflict):
        world.client.create_bucket(BUCKET)
    answer = requests.post(f"{world.serving.url}/storage/v1/b?project=demo", json={"name": "No"}, timeout=10)
    assert answer.status_code == 400


def test_a_lifecycle_rule_can_be_set_and_only_one_that_works(world: World) -> None:
    """Deletion by age; anything else is not emulated."""
    bucket = world.client.get_bucket(BUCKET)
    assert [dict(rule) for rule in bucket.lifecycle_rules] == [{"action": {"type": "Delete"}, "condition": {"age": 7}}]
    bucket.clear_lifecycle_rules()
    bucket.patch()
    world.put("a")
    world.emulator.clock.advance(30 * 86400)
    assert world.bucket.blob("a").exists()
    bucket.add_lifecycle_set_storage_class_rule("NEARLINE", age=1)
    with pytest.raises(exceptions.MethodNotImplemented):
        bucket.patch(retry=None)


def test_the_journal_names_each_request(world: World) -> None:
    """A credential is there as a fingerprint only."""
    world.put("a")
    requests.get(
        f"{world.serving.url}/storage/v1/b/{BUCKET}/o/none", headers={"Authorization": "Bearer secret"}, timeout=10
    )
    journal = requests.get(f"{world.serving.url}/_emulator/journal", timeout=10)
    events = [(event["op"], event["name"], event["status"]) for event in journal.json()["events"]]
    assert events[-1] == ("GET object", "none", 404)
    assert ("POST upload", "", 200) in events
    assert "Bearer" not in journal.text


def test_faults_and_reset_by_http(world: World) -> None:
    """403 for one request; a reset leaves the configured bucket, empty."""
    order = {"name": "permission_denied", "match": {"op": "GET bucket"}}
    requests.post(f"{world.serving.url}/_emulator/faults", json=order, timeout=10).raise_for_status()
    with pytest.raises(exceptions.Forbidden):
        world.client.get_bucket(BUCKET)
    world.put("a")
    requests.post(f"{world.serving.url}/_emulator/reset", timeout=10).raise_for_status()
    assert list(world.client.list_blobs(BUCKET)) == []


def test_a_person_sees_and_opens_objects(world: World) -> None:
    """The page links to the bytes."""
    world.put("jobs/1/0.png")
    page = requests.get(world.serving.url, timeout=10).text
    assert "jobs/1/0.png" in page
    link = page.partition('<a href="')[2].partition('"')[0].replace("&amp;", "&")
    assert requests.get(world.serving.url + link, timeout=10).content == b"picture"


def test_objects_and_uploads_survive_a_kill(tmp_path: Path) -> None:
    """An unfinished upload goes on after the restart, on another port."""
    emulator = Command("storage", tmp_path, "--bucket", f"{BUCKET}:7")
    client = connect(emulator.addresses[0])
    client.bucket(BUCKET).blob("a").upload_from_string(b"1")
    client.close()
    chunk = b"x" * 256 * 1024
    query = {"uploadType": "resumable", "name": "film"}
    url = requests.post(
        f"{emulator.addresses[0]}/upload/storage/v1/b/{BUCKET}/o", params=query, json={}, timeout=10
    ).headers["Location"]
    requests.put(url, data=chunk, headers={"Content-Range": f"bytes 0-{len(chunk) - 1}/*"}, timeout=10)
    emulator.kill()

    emulator = Command("storage", tmp_path, "--bucket", f"{BUCKET}:7")
    url = url.replace(url.partition("/upload")[0], emulator.addresses[0])
    span = f"bytes {len(chunk)}-{len(chunk)}/{len(chunk) + 1}"
    assert requests.put(url, data=b"y", headers={"Content-Range": span}, timeout=10).status_code == 200
    client = connect(emulator.addresses[0])
    assert client.bucket(BUCKET).blob("a").download_as_bytes() == b"1"
    assert client.bucket(BUCKET).blob("film").download_as_bytes() == chunk + b"y"
    client.close()
    assert emulator.terminate() == 0


def test_the_clients_own_variable_leads_here(world: World) -> None:
    """STORAGE_EMULATOR_HOST, without any option in the code."""
    code = "import sys; from google.cloud import storage as s; c = s.Client(); print(c.bucket(sys.argv[1]).exists())"
    env = {**os.environ, "STORAGE_EMULATOR_HOST": world.serving.url}
    run = subprocess.run([sys.executable, "-c", code, BUCKET], env=env, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "True"
