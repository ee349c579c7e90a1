"""The OIDC tokens of Cloud Tasks and Cloud Scheduler."""

from __future__ import annotations

from shared.adapters.google_certs import Certs
from shared.adapters.id_tokens import GOOGLE, unsigned, verified
from shared.core.errors import Unauthenticated
from shared.core.secret import Secret


class GoogleTaskTokens:
    """See `TaskTokens`."""

    def __init__(self, certs_url: str, *, behind_iam: bool) -> None:
        self._certs = Certs(certs_url)
        self._behind_iam = behind_iam

    def verify(self, token: Secret, audience: str) -> str:
        """See `TaskTokens`."""
        if self._behind_iam:
            claims = unsigned(token, GOOGLE, audience)
        else:
            claims = verified(token, self._certs, GOOGLE, audience)
        if claims.get("email_verified") is not True:
            raise Unauthenticated("a token without a verified e-mail")
        return str(claims.get("email"))
