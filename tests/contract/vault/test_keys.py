"""Cloud KMS through google-cloud-kms."""

from __future__ import annotations

from typing import Any

import google_crc32c
import pytest
from google.api_core import exceptions
from google.cloud import kms_v1

from tests.contract.vault.conftest import KEY, LOCATION, RING, World, make_key


def crc32c(data: bytes) -> int:
    """The sum that the service uses."""
    return int(google_crc32c.value(data))


def test_what_was_encrypted_decrypts_with_the_same_aad_only(world: World) -> None:
    """Another user's id as AAD is refused."""
    sealed = world.encrypt().ciphertext
    assert b"data key" not in sealed
    assert world.decrypt(sealed).plaintext == b"data key"
    for aad in (b"user:2", b""):
        with pytest.raises(exceptions.InvalidArgument, match="Decryption failed"):
            world.decrypt(sealed, aad=aad)


@pytest.mark.parametrize("position", [0, 4, 7, 10, 25, -1])
def test_a_changed_ciphertext_is_refused(world: World, position: int) -> None:
    """Wherever the bit was flipped."""
    sealed = bytearray(world.encrypt().ciphertext)
    sealed[position] ^= 1
    with pytest.raises(exceptions.InvalidArgument, match="Decryption failed"):
        world.decrypt(bytes(sealed))


@pytest.mark.parametrize("sealed", [b"", b"x", b"lkms", b"x" * 100])
def test_what_is_no_ciphertext_is_refused(world: World, sealed: bytes) -> None:
    """An invalid argument, and no internal error."""
    with pytest.raises(exceptions.InvalidArgument):
        world.decrypt(sealed)


def test_another_key_does_not_decrypt(world: World) -> None:
    """Also when both are in one ring."""
    key = kms_v1.CryptoKey(purpose=kms_v1.CryptoKey.CryptoKeyPurpose.ENCRYPT_DECRYPT)
    other = world.keys.create_crypto_key(parent=RING, crypto_key_id="other", crypto_key=key).name
    with pytest.raises(exceptions.InvalidArgument, match="Decryption failed"):
        world.decrypt(world.encrypt().ciphertext, name=other)


def test_checksums_are_verified_and_returned(world: World) -> None:
    """In both directions; `verified_...` says whether the service got ours."""
    plain = world.encrypt()
    assert not plain.verified_plaintext_crc32c
    assert plain.ciphertext_crc32c == crc32c(plain.ciphertext)
    sums: dict[str, Any] = {
        "plaintext_crc32c": crc32c(b"data key"),
        "additional_authenticated_data_crc32c": crc32c(b"user:1"),
    }
    checked = world.encrypt(**sums)
    assert checked.verified_plaintext_crc32c
    assert checked.verified_additional_authenticated_data_crc32c
    opened = world.decrypt(checked.ciphertext, ciphertext_crc32c=crc32c(checked.ciphertext))
    assert opened.plaintext_crc32c == crc32c(b"data key")


@pytest.mark.parametrize("field", ["plaintext_crc32c", "additional_authenticated_data_crc32c"])
def test_a_checksum_that_does_not_fit_is_refused(world: World, field: str) -> None:
    """Zero is a checksum, too."""
    request = {"name": KEY, "plaintext": b"data key", "additional_authenticated_data": b"user:1"}
    for wrong in (0, 1):
        with pytest.raises(exceptions.InvalidArgument, match="checksum"):
            world.keys.encrypt(request={**request, field: wrong})


def test_64_kib_is_the_limit_of_plaintext_and_aad(world: World) -> None:
    """Exactly: one byte more is refused."""
    limit = 64 * 1024
    sealed = world.encrypt(plaintext=b"x" * limit, aad=b"y" * limit).ciphertext
    assert world.decrypt(sealed, aad=b"y" * limit).plaintext == b"x" * limit
    for fields in ({"plaintext": b"x" * (limit + 1)}, {"aad": b"y" * (limit + 1)}):
        with pytest.raises(exceptions.InvalidArgument, match="larger than"):
            world.encrypt(**fields)


def test_a_new_version_encrypts_only_when_it_is_made_primary(world: World) -> None:
    """What the old one encrypted still decrypts."""
    old = world.encrypt()
    version = world.keys.create_crypto_key_version(parent=KEY, crypto_key_version=kms_v1.CryptoKeyVersion())
    assert world.encrypt().name == old.name
    world.keys.update_crypto_key_primary_version(name=KEY, crypto_key_version_id="2")
    assert world.encrypt().name == version.name
    assert world.keys.get_crypto_key(name=KEY).primary.name == version.name
    opened = world.decrypt(old.ciphertext)
    assert (opened.plaintext, opened.used_primary) == (b"data key", False)


def test_a_disabled_version_neither_encrypts_nor_decrypts(world: World) -> None:
    """Until it is enabled again."""
    sealed = world.encrypt().ciphertext
    world.set_state(1, "DISABLED")
    for call in (world.encrypt, lambda: world.decrypt(sealed)):
        with pytest.raises(exceptions.FailedPrecondition, match="DISABLED"):
            call()
    world.set_state(1, "ENABLED")
    assert world.decrypt(sealed).plaintext == b"data key"


def test_a_destroyed_version_can_be_restored_for_30_days(world: World) -> None:
    """Then its key is gone for good."""
    name, sealed = f"{KEY}/cryptoKeyVersions/1", world.encrypt().ciphertext
    world.keys.destroy_crypto_key_version(name=name)
    with pytest.raises(exceptions.FailedPrecondition, match="DESTROY_SCHEDULED"):
        world.decrypt(sealed)
    world.keys.restore_crypto_key_version(name=name)
    world.set_state(1, "ENABLED")
    assert world.decrypt(sealed).plaintext == b"data key"
    world.keys.destroy_crypto_key_version(name=name)
    world.emulator.clock.advance(30 * 86400 + 1)
    with pytest.raises(exceptions.FailedPrecondition, match="DESTROYED"):
        world.decrypt(sealed)
    for call in (world.keys.restore_crypto_key_version, world.keys.destroy_crypto_key_version):
        with pytest.raises(exceptions.FailedPrecondition):
            call(name=name)


def test_names_that_exist_or_do_not_are_told(world: World) -> None:
    """A key needs its ring."""
    with pytest.raises(exceptions.AlreadyExists, match="KeyRing"):
        make_key(world.keys)
    key = kms_v1.CryptoKey(purpose=kms_v1.CryptoKey.CryptoKeyPurpose.ENCRYPT_DECRYPT)
    with pytest.raises(exceptions.AlreadyExists, match="CryptoKey"):
        world.keys.create_crypto_key(parent=RING, crypto_key_id="tokens", crypto_key=key)
    with pytest.raises(exceptions.NotFound, match="KeyRing"):
        world.keys.create_crypto_key(parent=f"{LOCATION}/keyRings/none", crypto_key_id="k", crypto_key=key)
    with pytest.raises(exceptions.NotFound, match="CryptoKey"):
        world.encrypt(name=f"{RING}/cryptoKeys/none")
    with pytest.raises(exceptions.InvalidArgument, match="crypto_key_id"):
        world.keys.create_crypto_key(parent=RING, crypto_key_id="a b", crypto_key=key)


def test_rings_keys_and_versions_are_listed(world: World) -> None:
    """With their full names."""
    assert [ring.name for ring in world.keys.list_key_rings(parent=LOCATION)] == [RING]
    assert [key.name for key in world.keys.list_crypto_keys(parent=RING)] == [KEY]
    for _ in range(10):
        world.keys.create_crypto_key_version(parent=KEY, crypto_key_version=kms_v1.CryptoKeyVersion())
    listed = world.keys.list_crypto_key_versions(request={"parent": KEY, "page_size": 4})
    assert [version.name.rpartition("/")[2] for version in listed] == [str(n) for n in range(1, 12)]


def test_other_keys_than_symmetric_ones_are_not_emulated(world: World) -> None:
    """UNIMPLEMENTED, and not a key that cannot sign."""
    signing: Any = kms_v1.CryptoKey(purpose=kms_v1.CryptoKey.CryptoKeyPurpose.ASYMMETRIC_SIGN)
    with pytest.raises(exceptions.MethodNotImplemented):
        world.keys.create_crypto_key(parent=RING, crypto_key_id="s", crypto_key=signing)
    with pytest.raises(exceptions.MethodNotImplemented):
        world.keys.generate_random_bytes(request={"location": LOCATION, "length_bytes": 8})
