"""A value that must not be seen: redaction by type.

A `Secret` shows itself as a fingerprint wherever it is printed, formatted, logged or put in an exception. Only
`reveal()` gives the value, so that a search for that word finds every place where a secret leaves its wrapping.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Protocol


class Secret:
    """A text that is shown only as a fingerprint."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one call that needs it."""
        return self._value

    def fingerprint(self) -> str:
        """Eight hexadecimal digits that tell whether two secrets are equal, and nothing else."""
        return hashlib.sha256(self._value.encode()).hexdigest()[:8]

    def __repr__(self) -> str:
        return f"Secret({self.fingerprint()})"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled")


class Secrets(Protocol):
    """Where secrets are kept: Secret Manager."""

    def get(self, name: str) -> Secret:
        """The latest enabled version of a secret. Raises `Unavailable`, or KeyError when there is none."""
        ...
