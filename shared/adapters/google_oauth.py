"""Google's token endpoint, by hand: four calls whose errors are told apart.

google-auth's refresh cannot tell an outage from a dead token, and sends `scope`, which breaks a partial grant. Only
`invalid_grant` and its kin mean that the user must connect again; everything else is an outage.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import requests

from shared.adapters.google_certs import Certs
from shared.adapters.http_sessions import HttpSessions
from shared.adapters.id_tokens import GOOGLE, verified
from shared.core.clock import Clock
from shared.core.config import Config
from shared.core.errors import DriveUnavailable, Unauthenticated, Unavailable
from shared.core.logs import Logger
from shared.core.secret import Secret
from shared.drive.ports import GoogleIdentity, GrantInvalid, Tokens

TIMEOUT = (5.0, 20.0)
DEAD = {
    "invalid_grant": "revoked",
    "admin_policy_enforced": "policy",
    "deleted_client": "client",
    "invalid_scope": "scope_missing",
    "unauthorized_client": "client",
}  #: error of the token endpoint: our reason


class GoogleOAuthClient:
    """See `GoogleOAuth`."""

    def __init__(self, config: Config, client_secret: Secret, clock: Clock, logger: Logger) -> None:
        self._config = config
        self._client_secret = client_secret
        self._clock = clock
        self._logger = logger
        self._http = HttpSessions()
        self._certs = Certs(config.google_certs_url)

    def exchange(self, code: Secret, verifier: Secret, redirect_uri: str) -> Tokens:
        """See `GoogleOAuth`."""
        return self._tokens(
            "authorization_code",
            code=code.reveal(),
            code_verifier=verifier.reveal(),
            redirect_uri=redirect_uri,
        )

    def refresh(self, refresh_token: Secret) -> Tokens:
        """See `GoogleOAuth`."""
        return self._tokens("refresh_token", refresh_token=refresh_token.reveal())

    def revoke(self, token: Secret) -> None:
        """See `GoogleOAuth`."""
        status, body = self._post(self._config.google_revoke_url, {"token": token.reveal()})
        if status != 200 and not (status == 400 and isinstance(body, dict)):  # 400: it was dead already
            raise DriveUnavailable(f"revoke answered {status}")

    def verify(self, id_token: Secret, nonce: str) -> GoogleIdentity:
        """See `GoogleOAuth`. The library does not check the nonce, so it is checked here."""
        try:
            claims = verified(id_token, self._certs, GOOGLE, self._config.google_client_id)
        except Unavailable as error:
            raise DriveUnavailable(str(error)) from error
        if claims.get("nonce") != nonce:
            raise Unauthenticated("an ID token with another nonce")
        if claims.get("azp", self._config.google_client_id) != self._config.google_client_id:
            raise Unauthenticated("an ID token for another party")
        return GoogleIdentity(
            issuer="https://accounts.google.com",  # both forms are the same issuer
            subject=str(claims["sub"]),
            email=_text(claims, "email"),
            email_verified=claims.get("email_verified") is True,
            name=_text(claims, "name"),
            picture=_text(claims, "picture"),
            hosted_domain=_text(claims, "hd"),
            nonce=nonce,
        )

    def _tokens(self, grant_type: str, **fields: str) -> Tokens:
        form = {
            "grant_type": grant_type,
            "client_id": self._config.google_client_id,
            "client_secret": self._client_secret.reveal(),
            **fields,
        }
        status, body = self._post(self._config.google_token_url, form)
        if status == 200 and isinstance(body, dict) and isinstance(body.get("access_token"), str):
            return _read(body, self._clock.now())
        error = body.get("error") if isinstance(body, dict) else None
        if error in DEAD and status < 500:
            reason = "rapt" if body.get("error_subtype") == "invalid_rapt" else DEAD[str(error)]
            raise GrantInvalid(f"token endpoint: {error}", reason=reason)
        raise DriveUnavailable(f"token endpoint: {status} {error or 'without JSON'}")

    def _post(self, url: str, form: dict[str, str]) -> tuple[int, Any]:
        try:
            answer = self._http.request("POST", url, timeout=TIMEOUT, data=form)
        except requests.RequestException as error:
            raise DriveUnavailable(f"token endpoint: {type(error).__name__}") from error
        secrets = {
            name: Secret(form[name]) for name in ("refresh_token", "code", "token", "client_secret") if name in form
        }
        self._logger.info("http.call", service="google-oauth", status=answer.status_code, **secrets)
        try:
            return answer.status_code, answer.json()
        except ValueError:
            return answer.status_code, None


def _read(body: dict[str, Any], now: datetime) -> Tokens:
    refresh, id_token, dies = body.get("refresh_token"), body.get("id_token"), body.get("refresh_token_expires_in")
    return Tokens(
        access_token=Secret(body["access_token"]),
        expires_at=now + timedelta(seconds=int(body.get("expires_in", 0))),
        scopes=frozenset(str(body.get("scope", "")).split()),
        refresh_token=Secret(refresh) if isinstance(refresh, str) else None,
        refresh_expires_at=now + timedelta(seconds=int(dies)) if dies else None,
        id_token=Secret(id_token) if isinstance(id_token, str) else None,
    )


def _text(claims: dict[str, Any], name: str) -> str | None:
    value = claims.get(name)
    return value if isinstance(value, str) and value else None
