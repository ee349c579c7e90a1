"""ID tokens for people who signed in by e-mail; broken ones when a fault says so (fact: `email`).

expired        it ended a minute ago
foreign_key    signed by a key that is not published, under the id of one that is
unsigned       `alg: none`
wrong_issuer   of another issuer
wrong_audience for somebody else
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from dataclasses import dataclass
from typing import Any

from infra.local.faults import Faults
from infra.local.issuer.keys import KeyRing
from infra.local.signing import TOKEN_SECONDS, SigningKey

FAULTS = frozenset({"expired", "foreign_key", "unsigned", "wrong_issuer", "wrong_audience"})
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class SignIn:
    """Who signed in. `sub` is made from the address unless it is given: the same person has the same one."""

    email: str
    audience: str
    email_verified: bool = True
    sub: str = ""
    name: str = ""

    @classmethod
    def parse(cls, order: dict[str, Any], audience: str) -> SignIn:
        """From a request's JSON. Raises ValueError for a wrong type or no address."""
        given = {"audience": audience, **order}
        for field, value in given.items():
            if not isinstance(value, bool if field == "email_verified" else str):
                raise ValueError(f"{field} has the wrong type")
        if not EMAIL.fullmatch(given.get("email", "")):
            raise ValueError("email is missing or malformed")
        return cls(**given)

    def claims(self, issuer: str) -> dict[str, Any]:
        """The claims of the ID token."""
        subject = self.sub or hashlib.sha256(self.email.lower().encode()).hexdigest()[:24]
        claims = {"iss": issuer, "aud": self.audience, "sub": subject, "email": self.email}
        return claims | {"email_verified": self.email_verified} | ({"name": self.name} if self.name else {})


class Tokens:
    """Makes ID tokens."""

    def __init__(self, keys: KeyRing, faults: Faults) -> None:
        self._keys = keys
        self._faults = faults

    def make(self, sign_in: SignIn, issuer: str) -> str:
        """A token that lives an hour."""
        claims = sign_in.claims(issuer)
        if self._has("wrong_issuer", sign_in):
            claims["iss"] = "https://issuer.invalid"
        if self._has("wrong_audience", sign_in):
            claims["aud"] = "somebody-else"
        if self._has("expired", sign_in):
            claims |= {"iat": int(time.time()) - TOKEN_SECONDS - 60, "exp": int(time.time()) - 60}
        if self._has("unsigned", sign_in):
            return _unsigned(claims)
        if self._has("foreign_key", sign_in):
            return _under_another_id(SigningKey.generate().token(claims), self._keys.signing().kid)
        return self._keys.signing().token(claims)

    def _has(self, fault: str, sign_in: SignIn) -> bool:
        return self._faults.take(fault, email=sign_in.email) is not None


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _unsigned(claims: dict[str, Any]) -> str:
    now = int(time.time())
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part({'iat': now, 'exp': now + TOKEN_SECONDS, **claims})}."


def _under_another_id(token: str, kid: str) -> str:
    """The signature then fits neither the header nor the published key."""
    _, payload, signature = token.split(".")
    return f"{_part({'alg': 'RS256', 'typ': 'JWT', 'kid': kid})}.{payload}.{signature}"
