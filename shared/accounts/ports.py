"""What sign-in needs from outside."""

from __future__ import annotations

from typing import Protocol

from shared.core.secret import Secret
from shared.drive.ports import GoogleIdentity


class IssuerTokens(Protocol):
    """ID tokens of trusted issuers, other than Google's sign-in: they stand for users who signed in by e-mail."""

    def verify(self, id_token: Secret) -> GoogleIdentity:
        """Who the token is for. Raises `Unauthenticated` unless a trusted issuer made it for us, `Unavailable`."""
        ...
