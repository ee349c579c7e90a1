"""The rules of the emulators of KMS and Secret Manager, each with its test: see `infra.local.strictness`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.local.gapic.status import Abort
from infra.local.strictness import Rule, constant, swap
from infra.local.vault import checksums, cipher, keys, secrets

KEYS, SECRETS = "vault/test_keys.py", "vault/test_secrets.py"


def _no_aad(_: Any) -> None:

    class Blind:
        """Authenticates nothing but the text."""

        def __init__(self, material: bytes) -> None:
            self._inner = AESGCM(material)

        def encrypt(self, nonce: bytes, data: bytes, _aad: bytes) -> bytes:
            """See AESGCM."""
            return self._inner.encrypt(nonce, data, b"")

        def decrypt(self, nonce: bytes, data: bytes, _aad: bytes) -> bytes:
            """See AESGCM."""
            return self._inner.decrypt(nonce, data, b"")

    swap(cipher, "AESGCM", Blind)


def _no_sums(_: Any) -> None:
    swap(cipher, "verify", lambda _request, _field: True)
    swap(checksums, "verify", lambda _request, _field: True)


def _any_ciphertext(_: Any) -> None:
    opened = cipher.KeyManagement._open

    def lenient(*given: Any) -> bytes:
        try:
            return opened(*given)
        except Abort:
            return b""

    swap(cipher.KeyManagement, "_open", lenient)


def _any_state(_: Any) -> None:
    for module in (cipher, keys):
        swap(module, "require", lambda _version, *_states: None)


def _primary_at_once(_: Any) -> None:
    made = keys.KeyRpcs.CreateCryptoKeyVersion

    def create(rpcs: Any, request: Any) -> Any:
        version, key = made(rpcs, request), rpcs._key(request.parent)
        key.primary = version
        rpcs._store.put(key)
        return version

    swap(keys.KeyRpcs, "CreateCryptoKeyVersion", create)


def _latest_enabled(_: Any) -> None:
    found = secrets.SecretManager._version

    def version(rpcs: Any, name: str) -> Any:
        if not name.endswith("/latest"):
            return found(rpcs, name)
        enabled = [one for one in rpcs._versions(name.partition("/versions/")[0]) if one.state == secrets.State.ENABLED]
        return enabled[-1] if enabled else found(rpcs, name)

    swap(secrets.SecretManager, "_version", version)


def _back_from_the_dead(_: Any) -> None:
    def set_state(rpcs: Any, name: str, state: Any) -> Any:
        version = rpcs._version(name)
        version.state = state
        return rpcs._store.put(version)

    swap(secrets.SecretManager, "_set_state", set_state)


RULES = (
    Rule("aad", "What was encrypted decrypts with the same authenticated data only", "A",
         f"{KEYS}::test_what_was_encrypted_decrypts_with_the_same_aad_only", _no_aad),
    Rule("checksums", "A CRC32C that does not fit is refused", "A",
         f"{KEYS}::test_a_checksum_that_does_not_fit_is_refused", _no_sums),
    Rule("64-kib", "Plaintext and authenticated data have at most 64 KiB", "B",
         f"{KEYS}::test_64_kib_is_the_limit_of_plaintext_and_aad", constant(cipher, "LIMIT", 10**9)),
    Rule("restore", "A destroyed version can be restored for 30 days", "B",
         f"{KEYS}::test_a_destroyed_version_can_be_restored_for_30_days",
         constant(keys, "DESTRUCTION_DELAY", dt.timedelta(0))),
    Rule("secret-size", "A secret has 1 byte to 64 KiB", "B",
         f"{SECRETS}::test_a_payload_has_1_byte_to_64_kib_and_fits_its_checksum", constant(secrets, "LIMIT", 10**9)),
    Rule("tampering", "A changed ciphertext is refused", "A", f"{KEYS}::test_a_changed_ciphertext_is_refused",
         _any_ciphertext),
    Rule("answer-sums", "Answers have checksums of their own", "A",
         f"{KEYS}::test_checksums_are_verified_and_returned",
         lambda _: swap(checksums.Checksums, "answer", lambda *_given: 0)),
    Rule("primary", "A new version encrypts only when it is made primary", "B",
         f"{KEYS}::test_a_new_version_encrypts_only_when_it_is_made_primary", _primary_at_once),
    Rule("disabled", "A disabled version neither encrypts nor decrypts", "B",
         f"{KEYS}::test_a_disabled_version_neither_encrypts_nor_decrypts", _any_state),
    Rule("latest", "`latest` is the newest version, disabled or not", "B",
         f"{SECRETS}::test_latest_is_refused_when_the_newest_version_is_disabled", _latest_enabled),
    Rule("destroyed", "A secret's destroyed version is gone for good", "B",
         f"{SECRETS}::test_a_destroyed_version_is_gone_for_good", _back_from_the_dead),
)  # fmt: skip
