"""ID tokens of trusted issuers: users who signed in by e-mail elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from shared.adapters.google_certs import Certs
from shared.adapters.id_tokens import unverified_issuer, verified
from shared.core.config import TrustedIssuer
from shared.core.errors import Unauthenticated
from shared.core.secret import Secret
from shared.drive.ports import GoogleIdentity


class OidcIssuers:
    """See `IssuerTokens`."""

    def __init__(self, issuers: Sequence[TrustedIssuer]) -> None:
        self._trusted = {trusted.issuer: (trusted, Certs(trusted.certs_url)) for trusted in issuers}

    def verify(self, id_token: Secret) -> GoogleIdentity:
        """See `IssuerTokens`."""
        issuer = unverified_issuer(id_token)
        if issuer not in self._trusted:
            raise Unauthenticated("a token of an issuer that is not trusted")
        trusted, certs = self._trusted[issuer]
        claims = verified(id_token, certs, {trusted.issuer}, trusted.audience)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise Unauthenticated("a token without a subject")
        return GoogleIdentity(
            issuer=issuer,
            subject=subject,
            email=str(claims["email"]) if claims.get("email") else None,
            email_verified=claims.get("email_verified") is True,
            name=str(claims["name"]) if claims.get("name") else None,
        )
