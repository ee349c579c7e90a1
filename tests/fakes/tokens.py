"""Who made a token, in memory: trusted issuers, and the service account of Tasks and Scheduler."""

from __future__ import annotations

from shared.core.errors import Unauthenticated
from shared.core.secret import Secret
from shared.drive.ports import GoogleIdentity


class MemoryIssuers:
    """See `IssuerTokens`: only tokens that `issue` has made are good."""

    def __init__(self) -> None:
        self._issued: dict[str, GoogleIdentity] = {}

    def issue(self, email: str, issuer: str = "https://mail.example") -> str:
        """A token."""
        token = f"idtoken.{len(self._issued)}"
        self._issued[token] = GoogleIdentity(issuer=issuer, subject=f"m-{email}", email=email, email_verified=True)
        return token

    def verify(self, id_token: Secret) -> GoogleIdentity:
        """See `IssuerTokens`."""
        if id_token.reveal() not in self._issued:
            raise Unauthenticated("not a token of a trusted issuer")
        return self._issued[id_token.reveal()]


class MemoryTaskTokens:
    """See `TaskTokens`: only tokens that `issue` has made are good, for their audience."""

    def __init__(self) -> None:
        self._issued: dict[str, tuple[str, str]] = {}

    def issue(self, email: str, audience: str) -> str:
        """A token."""
        token = f"task.{len(self._issued)}"
        self._issued[token] = (email, audience)
        return token

    def verify(self, token: Secret, audience: str) -> str:
        """See `TaskTokens`."""
        email, wanted = self._issued.get(token.reveal(), ("", ""))
        if not email or wanted != audience:
            raise Unauthenticated("not a token for this function")
        return email
