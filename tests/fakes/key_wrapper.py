"""Cloud KMS in memory."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class MemoryKeyWrapper:
    """See `KeyWrapper`. Counts the unwraps."""

    def __init__(self) -> None:
        self._key = AESGCM(AESGCM.generate_key(256))
        self.unwraps = 0

    def wrap(self, data_key: bytes, context: bytes) -> bytes:
        """See `KeyWrapper`."""
        nonce = secrets.token_bytes(12)
        return nonce + self._key.encrypt(nonce, data_key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """See `KeyWrapper`."""
        self.unwraps += 1
        try:
            return self._key.decrypt(wrapped[:12], wrapped[12:], context)
        except InvalidTag as error:
            raise ValueError("not wrapped by this key for this context") from error
