"""The rules of the emulators of KMS and Secret Manager, each with its test: see `infra.local.strictness`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

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
)  # fmt: skip
