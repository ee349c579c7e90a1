"""ID tokens: RS256 only, checked against an issuer's keys, with every claim that Google's library leaves to us."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Collection
from typing import Any

from google.auth import crypt

from shared.adapters.google_certs import Certs
from shared.core.errors import Unauthenticated
from shared.core.secret import Secret

SKEW_S = 10
REMOVED = "SIGNATURE_REMOVED_BY_GOOGLE"
GOOGLE = frozenset({"https://accounts.google.com", "accounts.google.com"})  #: both forms occur
Claims = dict[str, Any]


def verified(token: Secret, certs: Certs, issuers: Collection[str], audience: str) -> Claims:
    """The claims of a token that an issuer signed for us. Raises `Unauthenticated`, or `Unavailable` without keys."""
    header, claims = _parts(token)
    key = certs.key(str(header.get("kid"))) if header.get("alg") == "RS256" else None
    if key is None:
        raise Unauthenticated("a token of an unknown key or algorithm")
    signed, _, signature = token.reveal().rpartition(".")
    verifier = crypt.RSAVerifier.from_string(key)  # type: ignore[no-untyped-call] # google-auth is partly typed
    if not verifier.verify(signed.encode(), _decoded(signature)):
        raise Unauthenticated("a token with a wrong signature")
    return checked(claims, issuers, audience)


def unsigned(token: Secret, issuers: Collection[str], audience: str) -> Claims:
    """The claims of a token whose signature IAM has checked and removed. Only for private functions behind IAM."""
    if token.reveal().rpartition(".")[2] != REMOVED:
        raise Unauthenticated("a token whose signature was not removed by IAM")
    return checked(_parts(token)[1], issuers, audience)


def checked(claims: Claims, issuers: Collection[str], audience: str) -> Claims:
    """Issuer, audience and times, with ten seconds for clocks that differ."""
    now = time.time()
    if claims.get("iss") not in issuers:
        raise Unauthenticated("a token of a foreign issuer")
    if claims.get("aud") != audience:
        raise Unauthenticated("a token for somebody else")
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int | float) or not isinstance(expires, int | float):
        raise Unauthenticated("a token without times")
    if not issued - SKEW_S <= now < expires + SKEW_S:
        raise Unauthenticated("a token that is not valid now")
    return claims


def unverified_issuer(token: Secret) -> str:
    """Which issuer a token names: only to choose the keys that it is then checked with."""
    return str(_parts(token)[1].get("iss"))


def _parts(token: Secret) -> tuple[Claims, Claims]:
    try:
        header, claims, _ = token.reveal().split(".")
        parsed = json.loads(_decoded(header)), json.loads(_decoded(claims))
    except (ValueError, RecursionError) as error:
        raise Unauthenticated("not a token") from error
    if not all(isinstance(part, dict) for part in parsed):
        raise Unauthenticated("not a token")
    return parsed


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
    except ValueError as error:
        raise Unauthenticated("not base64") from error
