"""Google's consent and token endpoint in memory: codes are used once, PKCE is checked, refresh tokens are rare."""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import msgspec

from shared.core.clock import Clock
from shared.core.errors import Unauthenticated
from shared.core.secret import Secret
from shared.drive.model import DRIVE_FILE_SCOPE
from shared.drive.ports import GoogleIdentity, GrantInvalid, Tokens

ISSUER = "https://accounts.google.com"
SIGN_IN = frozenset({"openid", "email", "profile"})
LIFETIME = timedelta(seconds=3599)


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """What a code stands for."""

    email: str
    nonce: str
    challenge: str
    redirect_uri: str
    scopes: frozenset[str]
    with_refresh: bool


class MemoryGoogleOAuth:
    """See `GoogleOAuth`. `trouble(method)` may raise what Google's endpoint raises."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = itertools.count(1)
        self._codes: dict[str, Code] = {}
        self._refresh: dict[str, tuple[str, frozenset[str]]] = {}  # token: (email, scopes)
        self._access: dict[str, str] = {}  # token: email
        self._id_tokens: dict[str, GoogleIdentity] = {}
        self.calls: list[str] = []
        self.trouble: Callable[[str], None] = lambda _: None

    def visit(self, url: str, email: str, *, drive: bool = True, allow: bool = True) -> dict[str, str]:
        """A person at the consent page; the parameters that the callback gets."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        if not allow:
            return {"error": "access_denied", "state": asked["state"]}
        scopes = SIGN_IN | ({DRIVE_FILE_SCOPE} if drive else frozenset())
        known = any(owner == email for owner, _ in self._refresh.values())
        code = self.consent(
            email,
            nonce=asked["nonce"],
            challenge=asked["code_challenge"],
            redirect_uri=asked["redirect_uri"],
            scopes=scopes,
            with_refresh=not known or asked.get("prompt") == "consent",
        )
        return {"code": code, "state": asked["state"], "scope": " ".join(sorted(scopes))}

    def consent(
        self,
        email: str,
        *,
        nonce: str,
        challenge: str,
        redirect_uri: str,
        scopes: frozenset[str] = SIGN_IN | {DRIVE_FILE_SCOPE},
        with_refresh: bool = True,
    ) -> str:
        """A code."""
        code = f"4/code{next(self._numbers)}"
        self._codes[code] = Code(
            email=email, nonce=nonce, challenge=challenge, redirect_uri=redirect_uri, scopes=scopes,
            with_refresh=with_refresh,
        )  # fmt: skip
        return code

    def exchange(self, code: Secret, verifier: Secret, redirect_uri: str) -> Tokens:
        """See `GoogleOAuth`."""
        self._begin("exchange")
        found = self._codes.pop(code.reveal(), None)
        hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.reveal().encode()).digest()).rstrip(b"=").decode()
        if found is None or found.challenge != hashed or found.redirect_uri != redirect_uri:
            raise GrantInvalid("invalid_grant", reason="revoked")
        id_token = f"id.{next(self._numbers)}"
        self._id_tokens[id_token] = GoogleIdentity(
            issuer=ISSUER, subject=subject(found.email), email=found.email, email_verified=True, nonce=found.nonce
        )
        refresh = f"1//refresh{next(self._numbers)}" if found.with_refresh else None
        if refresh:
            self._refresh[refresh] = (found.email, found.scopes)
        return Tokens(
            access_token=self._new_access(found.email),
            expires_at=self._clock.now() + LIFETIME,
            scopes=found.scopes,
            refresh_token=Secret(refresh) if refresh else None,
            id_token=Secret(id_token),
        )

    def refresh(self, refresh_token: Secret) -> Tokens:
        """See `GoogleOAuth`."""
        self._begin("refresh")
        found = self._refresh.get(refresh_token.reveal())
        if found is None:
            raise GrantInvalid("invalid_grant", reason="revoked")
        return Tokens(access_token=self._new_access(found[0]), expires_at=self._clock.now() + LIFETIME, scopes=found[1])

    def revoke(self, token: Secret) -> None:
        """See `GoogleOAuth`: the whole grant goes."""
        self._begin("revoke")
        email = self._access.get(token.reveal()) or self._refresh.get(token.reveal(), ("", frozenset()))[0]
        self.forget(email)

    def verify(self, id_token: Secret, nonce: str) -> GoogleIdentity:
        """See `GoogleOAuth`."""
        self._begin("verify")
        identity = self._id_tokens.get(id_token.reveal())
        if identity is None or identity.nonce != nonce:
            raise Unauthenticated("an ID token that is not this sign-in's")
        return identity

    def forget(self, email: str) -> None:
        """The user removes the app at Google."""
        self._refresh = {token: found for token, found in self._refresh.items() if found[0] != email}
        self._access = {token: owner for token, owner in self._access.items() if owner != email}

    def accepts(self, access_token: Secret) -> bool:
        """Whether Drive would."""
        return access_token.reveal() in self._access

    def _begin(self, method: str) -> None:
        self.calls.append(method)
        self.trouble(method)

    def _new_access(self, email: str) -> Secret:
        token = f"ya29.access{next(self._numbers)}"
        self._access[token] = email
        return Secret(token)


def subject(email: str) -> str:
    """The Google subject of an address."""
    return f"sub-{email.partition('@')[0]}"
