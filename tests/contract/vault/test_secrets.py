"""Secret Manager through google-cloud-secret-manager."""

from __future__ import annotations

import google_crc32c
import pytest
from google.api_core import exceptions
from google.cloud import secretmanager_v1

from tests.contract.vault.conftest import PROJECT, World


def test_latest_is_the_newest_version(world: World) -> None:
    """And each version stays readable by its number; the answer names the number."""
    name = world.make_secret("session", b"one", b"two")
    assert (world.read(name), world.read(name, "1")) == (b"two", b"one")
    answer = world.secrets.access_secret_version(name=f"{name}/versions/latest")
    assert answer.name == f"{name}/versions/2"
    assert answer.payload.data_crc32c == google_crc32c.value(b"two")


def test_latest_is_refused_when_the_newest_version_is_disabled(world: World) -> None:
    """It does not fall back to an older one."""
    name = world.make_secret("session", b"one", b"two")
    world.secrets.disable_secret_version(name=f"{name}/versions/2")
    with pytest.raises(exceptions.FailedPrecondition, match="DISABLED"):
        world.read(name)
    world.secrets.enable_secret_version(name=f"{name}/versions/2")
    assert world.read(name) == b"two"


def test_a_destroyed_version_is_gone_for_good(world: World) -> None:
    """It cannot be enabled, and its number is not used again."""
    name = world.make_secret("session", b"one")
    world.secrets.destroy_secret_version(name=f"{name}/versions/1")
    for call in (world.secrets.enable_secret_version, world.secrets.access_secret_version):
        with pytest.raises(exceptions.FailedPrecondition, match="DESTROYED"):
            call(name=f"{name}/versions/1")
    added = world.secrets.add_secret_version(parent=name, payload=secretmanager_v1.SecretPayload(data=b"two"))
    assert added.name == f"{name}/versions/2"


def test_what_is_not_there_is_not_found(world: World) -> None:
    """A secret, a version, and the latest of none."""
    name = world.make_secret("empty")
    for missing in (f"{PROJECT}/secrets/none/versions/latest", f"{name}/versions/latest", f"{name}/versions/7"):
        with pytest.raises(exceptions.NotFound):
            world.secrets.access_secret_version(name=missing)


def test_an_alias_names_a_version(world: World) -> None:
    """One that exists."""
    name = world.make_secret("session", b"one", b"two")
    change = secretmanager_v1.Secret(name=name, version_aliases={"current": 1})
    world.secrets.update_secret(secret=change, update_mask={"paths": ["version_aliases"]})
    assert world.read(name, "current") == b"one"
    with pytest.raises(exceptions.NotFound):
        world.secrets.update_secret(
            secret=secretmanager_v1.Secret(name=name, version_aliases={"next": 3}),
            update_mask={"paths": ["version_aliases"]},
        )


def test_a_payload_has_1_byte_to_64_kib_and_fits_its_checksum(world: World) -> None:
    """Anything else is an invalid argument, and makes no version."""
    name = world.make_secret("session", b"x" * 65536)
    wrong = secretmanager_v1.SecretPayload(data=b"one", data_crc32c=1)
    empty, large = (secretmanager_v1.SecretPayload(data=data) for data in (b"", b"x" * 65537))
    for payload in (wrong, empty, large):
        with pytest.raises(exceptions.InvalidArgument):
            world.secrets.add_secret_version(parent=name, payload=payload)
    assert [version.name for version in world.secrets.list_secret_versions(parent=name)] == [f"{name}/versions/1"]


def test_a_secret_needs_a_new_name_and_a_replication(world: World) -> None:
    """As the service demands both."""
    world.make_secret("session")
    with pytest.raises(exceptions.AlreadyExists):
        world.make_secret("session")
    with pytest.raises(exceptions.InvalidArgument, match="replication"):
        world.secrets.create_secret(parent=PROJECT, secret_id="other", secret=secretmanager_v1.Secret())
    with pytest.raises(exceptions.InvalidArgument, match="Secret ID"):
        world.make_secret("a b")


def test_a_deleted_secret_takes_its_versions_with_it(world: World) -> None:
    """A new one of the same name starts with none."""
    name = world.make_secret("session", b"one")
    world.make_secret("sessions", b"other")
    world.secrets.delete_secret(name=name)
    assert [secret.name for secret in world.secrets.list_secrets(parent=PROJECT)] == [f"{PROJECT}/secrets/sessions"]
    assert list(world.secrets.list_secret_versions(parent=world.make_secret("session"))) == []
