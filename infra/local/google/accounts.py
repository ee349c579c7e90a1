"""Google accounts, what they granted to the app, and the tokens that stand for it.

A grant belongs to user × project: all clients here are of one project. Revoking any token removes the whole grant.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from infra.local.clock import AdjustableClock
from infra.local.google.store import Row, Store

ACCESS_SECONDS = 3599
CODE_SECONDS = 600
TESTING_SECONDS = 7 * 86400
UNUSED_SECONDS = 182 * 86400
MAX_REFRESH_TOKENS = 100
EMAIL, PROFILE = (f"https://www.googleapis.com/auth/userinfo.{name}" for name in ("email", "profile"))
DRIVE_FILE = "https://www.googleapis.com/auth/drive.file"
NORMAL = {"email": EMAIL, "profile": PROFILE}
SIGN_IN = frozenset({"openid", EMAIL, PROFILE})
KNOWN = SIGN_IN | {DRIVE_FILE}


PICKER_KEY = "made-up-browser-key"  #: the developer key of Google Picker
PROJECT = "local"  #: the project's number, with which client ids begin


@dataclass(frozen=True)
class Client:
    """An OAuth client of the project. Redirect URIs are compared letter by letter."""

    client_id: str
    client_secret: str
    redirect_uris: frozenset[str]


def normalised(scope: str) -> frozenset[str]:
    """The names that Google uses for what was asked."""
    return frozenset(NORMAL.get(name, name) for name in scope.split())


def written(scopes: frozenset[str]) -> str:
    """Scopes as a token response has them: not in the order in which they were asked."""
    return " ".join(sorted(scopes, reverse=True))


class Accounts:
    """Accounts, grants and tokens. Times are the emulator's clock."""

    def __init__(self, store: Store, clock: AdjustableClock, *, testing: bool = False) -> None:
        self._store = store
        self._clock = clock
        self._testing = testing

    def ensure(self, email: str, **changes: Any) -> Row:
        """The account of an address, made when it is new.

        `changes` stay: name, sub, hd, email_verified, limit, and grant_seconds, for which a time-limited grant lasts.
        """
        with self._store.atomic():
            sub = str(int(hashlib.sha256(email.encode()).hexdigest()[:16], 16)).rjust(21, "1")[:21]
            fresh = {
                "email": email,
                "sub": sub,
                "name": email.split("@", maxsplit=1)[0].title(),
                "email_verified": True,
            }
            account = {**fresh, "limit": 15 * 2**30, **(self._store.get("account", email) or {}), **changes}
            self._store.put("account", email, account)
            return account

    def by_sub(self, sub: str) -> Row:
        """The account of a subject."""
        return next(row for row in self._store.all("account").values() if row["sub"] == sub)

    def granted(self, sub: str) -> frozenset[str]:
        """What the user has granted to the project."""
        row = self._store.get("grant", sub)
        return frozenset(row["scopes"]) if row else frozenset()

    def grant(self, sub: str, scopes: frozenset[str]) -> None:
        """The user ticks these boxes; earlier ones stay."""
        self._store.put("grant", sub, {"scopes": sorted(self.granted(sub) | scopes)})

    def new_code(self, **facts: Any) -> str:
        """An authorization code, good for one exchange within ten minutes."""
        code = f"4/0A{secrets.token_urlsafe(40)}"
        self._store.put("code", code, {**facts, "until": self._clock.time() + CODE_SECONDS})
        return code

    def take_code(self, code: str) -> Row | None:
        """The code's facts, once; None for one that is unknown, used or too old."""
        with self._store.atomic():
            row = self._store.get("code", code)
            self._store.delete("code", code)
        return row if row and row["until"] > self._clock.time() else None

    def new_access(self, sub: str, scopes: frozenset[str]) -> str:
        """An access token; earlier ones stay good."""
        token = f"ya29.{secrets.token_urlsafe(120)}"
        until = self._clock.time() + ACCESS_SECONDS
        self._store.put("access", token, {"sub": sub, "scopes": sorted(scopes), "until": until})
        return token

    def new_refresh(self, sub: str, client_id: str, scopes: frozenset[str]) -> str:
        """A refresh token; the hundred-and-first of a user silently kills the first."""
        token = f"1//0{secrets.token_urlsafe(70)}"
        now = self._clock.time()
        row = {"sub": sub, "client_id": client_id, "scopes": sorted(scopes), "used": now}
        beyond_sign_in = not scopes <= SIGN_IN
        limits = [TESTING_SECONDS] if self._testing and beyond_sign_in else []
        limits += [seconds] if (seconds := self.by_sub(sub).get("grant_seconds")) else []
        row["until"] = now + min(limits) if limits else None
        with self._store.atomic():
            self._store.put("refresh", token, row)
            own = [name for name, other in self._store.all("refresh").items() if other["sub"] == sub]
            for name in own[: max(0, len(own) - MAX_REFRESH_TOKENS)]:
                self._store.delete("refresh", name)
        return token

    def expires_in(self, token: str) -> int | None:
        """Seconds that a refresh token has left; None for one without a limit."""
        until = (self._store.get("refresh", token) or {}).get("until")
        return int(until - self._clock.time()) if until else None

    def refreshable(self, token: str, client_id: str) -> Row | None:
        """A refresh token's facts; None for one that is dead. Using it keeps it alive."""
        with self._store.atomic():
            row, now = self._store.get("refresh", token), self._clock.time()
            if row is None or row["client_id"] != client_id:
                return None
            if now - row["used"] > UNUSED_SECONDS or (row["until"] and row["until"] <= now):
                self._store.delete("refresh", token)
                return None
            self._store.put("refresh", token, {**row, "used": now})
        return row

    def access(self, token: str) -> Row | None:
        """A live access token's facts."""
        row = self._store.get("access", token)
        return row if row and row["until"] > self._clock.time() else None

    def revoke_token(self, token: str) -> bool:
        """Remove the whole grant behind a live token. False: it is none."""
        row = self._store.get("refresh", token) or self.access(token)
        if row is None:
            return False
        self.revoke(row["sub"])
        return True

    def revoke(self, sub: str) -> None:
        """The user removes the app: every scope, every token."""
        with self._store.atomic():
            self._store.delete("grant", sub)
            for kind in ("access", "refresh"):
                for token, row in self._store.all(kind).items():
                    if row["sub"] == sub:
                        self._store.delete(kind, token)
