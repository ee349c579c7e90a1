"""Cloud KMS: Encrypt and Decrypt with additional authenticated data (AAD), which is neither stored nor logged.

A version is an AES-256-GCM key. A ciphertext names its version, so old ones decrypt after a rotation. Limits for
software keys: plaintext and AAD 64 KiB each (docstrings of google-cloud-kms 3.18).
"""

from __future__ import annotations

import os
import struct
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.cloud import kms_v1

from infra.local.clock import AdjustableClock
from infra.local.gapic.status import failed_precondition, invalid
from infra.local.vault.checksums import Checksums, verify
from infra.local.vault.keys import KeyRpcs, State, key_of, require
from infra.local.vault.store import Store

LIMIT = 64 * 1024
HEADER = struct.Struct(">4sI")  #: a mark, and the number of the version
MARK = b"lkms"
NONCE_BYTES = 12
OVERHEAD = HEADER.size + NONCE_BYTES + 16
SOFTWARE = kms_v1.ProtectionLevel.SOFTWARE


class KeyManagement(KeyRpcs):
    """The Cloud KMS service, for keys of purpose ENCRYPT_DECRYPT. Everything else answers UNIMPLEMENTED."""

    def __init__(self, store: Store, clock: AdjustableClock, checksums: Checksums) -> None:
        super().__init__(store, clock)
        self._checksums = checksums

    def Encrypt(self, request: Any) -> Any:
        """With the key's primary version, or the version that is named."""
        _check_size(request, "plaintext", LIMIT)
        _check_size(request, "additional_authenticated_data", LIMIT)
        plaintext_sent = verify(request, "plaintext")
        aad_sent = verify(request, "additional_authenticated_data")
        version = self._encrypting_version(request.name)
        header, nonce = HEADER.pack(MARK, int(version.name.rpartition("/")[2])), os.urandom(NONCE_BYTES)
        aead = AESGCM(self._store.material(version.name))
        sealed = aead.encrypt(nonce, request.plaintext, request.additional_authenticated_data)
        ciphertext = header + nonce + sealed
        verified = self._checksums.verified("Encrypt", request.name)
        return kms_v1.EncryptResponse(
            name=version.name,
            ciphertext=ciphertext,
            ciphertext_crc32c=self._checksums.answer("Encrypt", request.name, ciphertext),
            verified_plaintext_crc32c=plaintext_sent and verified,
            verified_additional_authenticated_data_crc32c=aad_sent and verified,
            protection_level=SOFTWARE,
        )

    def Decrypt(self, request: Any) -> Any:
        """With the version that the ciphertext names; it must be enabled, primary or not."""
        _check_size(request, "ciphertext", LIMIT + OVERHEAD)
        _check_size(request, "additional_authenticated_data", LIMIT)
        verify(request, "ciphertext")
        verify(request, "additional_authenticated_data")
        key = self._key(request.name)
        version = self._decrypting_version(key.name, request.ciphertext)
        plaintext = self._open(version.name, request.ciphertext, request.additional_authenticated_data)
        return kms_v1.DecryptResponse(
            plaintext=plaintext,
            plaintext_crc32c=self._checksums.answer("Decrypt", request.name, plaintext),
            used_primary=version.name == key.primary.name,
            protection_level=SOFTWARE,
        )

    def _encrypting_version(self, name: str) -> Any:
        key = self._key(key_of(name))
        if name != key.name:
            version = self._version(name)
        elif key.primary.name:
            version = key.primary
        else:
            raise failed_precondition(f"CryptoKey {name} has no primary version.")
        require(version, State.ENABLED)
        return version

    def _decrypting_version(self, key: str, ciphertext: bytes) -> Any:
        if len(ciphertext) < OVERHEAD or not ciphertext.startswith(MARK):
            raise _undecryptable()
        _, number = HEADER.unpack(ciphertext[: HEADER.size])
        version = self._store.get(f"{key}/cryptoKeyVersions/{number}", kms_v1.CryptoKeyVersion)
        if not version:
            raise _undecryptable()
        version = self._version(version.name)
        require(version, State.ENABLED)
        return version

    def _open(self, version: str, ciphertext: bytes, aad: bytes) -> bytes:
        nonce, sealed = ciphertext[HEADER.size :][:NONCE_BYTES], ciphertext[HEADER.size + NONCE_BYTES :]
        try:
            return AESGCM(self._store.material(version)).decrypt(nonce, sealed, aad)
        except InvalidTag as error:
            raise _undecryptable() from error


def _undecryptable() -> Exception:
    return invalid("Decryption failed: verify that 'name' refers to the correct CryptoKey.")


def _check_size(request: Any, field: str, limit: int) -> None:
    if len(getattr(request, field)) > limit:
        raise invalid(f"The field {field} is larger than {limit} bytes.")
