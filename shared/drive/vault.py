"""Tokens at rest: an AES-256-GCM envelope.

Each user has a data key, wrapped by Cloud KMS. The authenticated data binds a ciphertext to the user, the Google
account, the field and the version of the grant, so a row, a field or an older grant that was swapped in does not
decrypt. Deleting the wrapped key shreds the tokens.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.core.clock import Clock
from shared.core.secret import Secret
from shared.drive.model import Connection
from shared.drive.ports import KeyWrapper

NONCE_BYTES = 12
KEY_LIFETIME = timedelta(minutes=5)  #: in memory: KMS is asked once per user, burst of work and instance
MAX_KEYS = 1000


class Sealed(Exception):
    """A ciphertext does not belong where it stands, or was changed."""


class Vault:
    """Seals and opens the tokens of connections. Thread-safe."""

    def __init__(self, keys: Callable[[], KeyWrapper], clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, bytes], tuple[bytes, datetime]] = OrderedDict()

    def new_key(self, user_id: str) -> bytes:
        """A wrapped data key. Raises `Unavailable`."""
        return self._keys().wrap(AESGCM.generate_key(256), _context(user_id))

    def seal(self, connection: Connection, **tokens: Secret | None) -> Connection:
        """The connection with these fields sealed; None clears a field. Raises `Unavailable`."""
        cipher = AESGCM(self._data_key(connection))
        sealed: dict[str, bytes | None] = {}
        for field, token in tokens.items():
            nonce = secrets.token_bytes(NONCE_BYTES)
            text = token.reveal().encode() if token else None
            sealed[field] = nonce + cipher.encrypt(nonce, text, _bound(connection, field)) if text else None
        return msgspec.structs.replace(connection, **sealed)

    def open(self, connection: Connection, field: str) -> Secret | None:
        """A token, or None when there is none. Raises `Sealed`, `Unavailable`."""
        ciphertext: bytes | None = getattr(connection, field)
        if ciphertext is None:
            return None
        cipher = AESGCM(self._data_key(connection))
        nonce, sealed = ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:]
        try:
            return Secret(cipher.decrypt(nonce, sealed, _bound(connection, field)).decode())
        except (InvalidTag, ValueError) as error:
            raise Sealed(f"{field} of {connection.user_id}") from error

    def _data_key(self, connection: Connection) -> bytes:
        if connection.wrapped_key is None:
            raise Sealed(f"no data key of {connection.user_id}")
        name = (connection.user_id, connection.wrapped_key)
        now = self._clock.now()
        with self._lock:
            known = self._known.get(name)
            if known and known[1] > now:
                return known[0]
        try:
            data_key = self._keys().unwrap(connection.wrapped_key, _context(connection.user_id))
        except ValueError as error:
            raise Sealed(f"the data key of {connection.user_id}") from error
        with self._lock:
            self._known[name] = (data_key, now + KEY_LIFETIME)
            while len(self._known) > MAX_KEYS:
                self._known.popitem(last=False)
        return data_key


def _context(user_id: str) -> bytes:
    return b"drive-token-key\x00" + user_id.encode()


def _bound(connection: Connection, field: str) -> bytes:
    parts = (connection.user_id, connection.google_sub, field, str(connection.version))
    return "".join(f"{len(part)}:{part}" for part in parts).encode()
