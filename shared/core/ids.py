"""Identifiers and randomness, injected."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Protocol

ID_PATTERN = r"^[A-Za-z0-9_-]{1,128}$"
_ID = re.compile(ID_PATTERN)
_DOCUMENT_ID = re.compile(r"[A-Za-z0-9_:-]{1,256}")


class Ids(Protocol):
    """Where unguessable values come from."""

    def new(self) -> str:
        """A new id: 128 bits, not sequential (Firestore spreads writes by it)."""
        ...

    def token(self) -> str:
        """A new unguessable token: 256 bits."""
        ...


class RandomIds:
    """Ids from the operating system's randomness."""

    def new(self) -> str:
        """See `Ids`."""
        return secrets.token_hex(16)

    def token(self) -> str:
        """See `Ids`."""
        return secrets.token_urlsafe(32)


def is_id(text: str) -> bool:
    """Whether a text from outside can be an id of ours at all."""
    return _ID.fullmatch(text) is not None


def is_document_id(text: str) -> bool:
    """Whether a text can be a document's id: an id, or several with colons between, such as hold:{jobId}."""
    return _DOCUMENT_ID.fullmatch(text) is not None


def digest(*parts: str) -> str:
    """A deterministic id from parts: 128 bits of SHA-256. The parts' borders count."""
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(joined.encode()).hexdigest()[:32]
