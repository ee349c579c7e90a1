"""Faults, the journal, and what survives a kill."""

from __future__ import annotations

from pathlib import Path

import google_crc32c
import pytest
import requests
from google.api_core import exceptions
from google.cloud import secretmanager_v1

from infra.local.faults import Fault
from tests.contract.processes import Command
from tests.contract.vault.conftest import KEY, PROJECT, World, connect, make_key


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("unavailable", exceptions.ServiceUnavailable),
        ("permission_denied", exceptions.PermissionDenied),
        ("exhausted", exceptions.ResourceExhausted),
    ],
)
def test_kms_can_be_out_of_order(world: World, fault: str, error: type[Exception]) -> None:
    """For one call of one kind; the next one succeeds."""
    sealed = world.encrypt().ciphertext
    order = {"name": fault, "match": {"rpc": "Decrypt", "resource": KEY}}
    requests.post(f"{world.serving.url}/_emulator/faults", json=order, timeout=10).raise_for_status()
    world.encrypt()
    request = {"name": KEY, "ciphertext": sealed, "additional_authenticated_data": b"user:1"}
    with pytest.raises(error):
        world.keys.decrypt(request=request, retry=None)
    assert world.decrypt(sealed).plaintext == b"data key"


def test_an_answer_can_be_corrupted_on_the_way(world: World) -> None:
    """Its checksum then does not fit its bytes; a client must notice."""
    world.emulator.faults.add(Fault("crc_mismatch", match={"rpc": "Decrypt"}))
    opened = world.decrypt(world.encrypt().ciphertext)
    assert opened.plaintext_crc32c != google_crc32c.value(opened.plaintext)


def test_a_checksum_can_be_lost_on_the_way(world: World) -> None:
    """The service then says that it has verified nothing."""
    world.emulator.faults.add(Fault("unverified"))
    assert not world.encrypt(plaintext_crc32c=google_crc32c.value(b"data key")).verified_plaintext_crc32c


def test_the_journal_has_no_secret(world: World) -> None:
    """Neither a payload nor AAD; each call with its status."""
    world.encrypt(plaintext=b"a-plaintext", aad=b"an-aad")
    world.make_secret("session", b"a-payload")
    with pytest.raises(exceptions.InvalidArgument):
        world.decrypt(b"junk")
    journal = requests.get(f"{world.serving.url}/_emulator/journal?event=rpc", timeout=10)
    calls = [(event["rpc"], event["status"]) for event in journal.json()["events"]]
    assert ("Encrypt", "OK") in calls
    assert ("Decrypt", "INVALID_ARGUMENT") in calls
    assert not any(secret in journal.text for secret in ("a-plaintext", "an-aad", "a-payload"))


def test_a_person_sees_names_only(world: World) -> None:
    """The page shows what there is."""
    world.make_secret("session", b"a-payload")
    page = requests.get(world.serving.url, timeout=10).text
    assert KEY in page
    assert f"{PROJECT}/secrets/session" in page
    assert "a-payload" not in page


def test_configured_keys_are_there_at_the_start(tmp_path: Path) -> None:
    """Made once: what was encrypted before a restart decrypts after it."""
    emulator = Command("vault", tmp_path, "--key", KEY)
    keys, _, channel = connect(emulator.addresses[1])
    sealed = keys.encrypt(request={"name": KEY, "plaintext": b"data key"}).ciphertext
    channel.close()
    assert emulator.terminate() == 0
    emulator = Command("vault", tmp_path, "--key", KEY)
    keys, _, channel = connect(emulator.addresses[1])
    assert keys.decrypt(request={"name": KEY, "ciphertext": sealed}).plaintext == b"data key"
    requests.post(f"{emulator.addresses[0]}/_emulator/reset", timeout=10).raise_for_status()
    with pytest.raises(exceptions.InvalidArgument):
        keys.decrypt(request={"name": KEY, "ciphertext": sealed})
    channel.close()
    assert emulator.terminate() == 0


def test_keys_and_secrets_survive_a_kill(tmp_path: Path) -> None:
    """What was encrypted before decrypts afterwards."""
    emulator = Command("vault", tmp_path)
    keys, secrets, channel = connect(emulator.addresses[1])
    make_key(keys)
    sealed = keys.encrypt(request={"name": KEY, "plaintext": b"data key"}).ciphertext
    secret = secretmanager_v1.Secret(replication={"automatic": {}})
    name = secrets.create_secret(parent=PROJECT, secret_id="session", secret=secret).name
    secrets.add_secret_version(parent=name, payload=secretmanager_v1.SecretPayload(data=b"one"))
    emulator.kill()
    channel.close()
    emulator = Command("vault", tmp_path)
    keys, secrets, channel = connect(emulator.addresses[1])
    assert keys.decrypt(request={"name": KEY, "ciphertext": sealed}).plaintext == b"data key"
    assert secrets.access_secret_version(name=f"{name}/versions/latest").payload.data == b"one"
    channel.close()
    assert emulator.terminate() == 0
    assert (tmp_path / "vault.sqlite").stat().st_mode & 0o077 == 0
