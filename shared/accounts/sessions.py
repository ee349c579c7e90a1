"""Sessions: a signed token that can be revoked.

The signature and the expiry are in the token, so a fresh session costs no read. Whether it was revoked, or its user is
gone, is looked up at most once a minute in each instance.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from datetime import datetime, timedelta

import msgspec

from shared.accounts.model import Caller, User, user_key
from shared.core.clock import Clock
from shared.core.documents import Change, Create, Documents, Key, Reads, change, write
from shared.core.errors import Unauthenticated
from shared.core.ids import Ids
from shared.core.secret import Secret

LOOKUP_EVERY = timedelta(minutes=1)
MAX_REMEMBERED = 10_000


class Session(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`sessions/{id}`: what can end a session before its time."""

    user_id: str
    expires_at: datetime
    revoked_at: datetime | None = None


class Claims(msgspec.Struct, frozen=True):
    """What a token says: session, user, issued and expiry in seconds since the epoch."""

    s: str
    u: str
    i: int
    e: int


class Sessions:
    """Starts, recognises and ends sessions. Thread-safe."""

    def __init__(self, documents: Documents, secret: Secret, clock: Clock, ids: Ids, days: int) -> None:
        self._documents = documents
        self._key = hmac.new(secret.reveal().encode(), b"session", hashlib.sha256).digest()
        self._clock = clock
        self._ids = ids
        self._lifetime = timedelta(days=days)
        self._lock = threading.Lock()
        self._looked: dict[str, float] = {}  # session id: when, in seconds since the epoch

    def start(self, user_id: str) -> tuple[Secret, datetime]:
        """A new session, with a new id each time: its token and when it expires."""
        now = self._clock.now()
        expires = now + self._lifetime
        session_id = self._ids.token()
        session = Session(user_id=user_id, expires_at=expires)
        self._documents.commit((Create(_session_key(session_id), session),), self._ids.new())
        return self._token(Claims(session_id, user_id, int(now.timestamp()), int(expires.timestamp()))), expires

    def identify(self, token: Secret) -> Caller:
        """Whose session it is. Raises `Unauthenticated`: forged, expired, revoked, or the account is closed."""
        claims = self._claims(token)
        now = self._clock.now()
        if now.timestamp() >= claims.e:
            raise Unauthenticated("the session has expired")
        if self._is_due(claims, now):
            self._look_up(claims, now)
        return Caller(claims.u, claims.s)

    def end(self, caller: Caller) -> None:
        """Sign out, on the server. Doing it twice is harmless."""
        key = _session_key(caller.session_id)

        def decide(reads: Reads) -> Change:
            session = reads[key].read_or_none(Session)
            if session is None or session.revoked_at:
                return Change()
            return Change((write(reads[key], msgspec.structs.replace(session, revoked_at=self._clock.now())),))

        change(self._documents, [key], decide, command=self._ids.new())
        with self._lock:
            self._looked[caller.session_id] = 0

    def _is_due(self, claims: Claims, now: datetime) -> bool:
        """A session counts as looked at when it starts; one that was ended here must be looked at."""
        with self._lock:
            looked = self._looked.get(claims.s, claims.i)
        return now.timestamp() - looked >= LOOKUP_EVERY.total_seconds()

    def _look_up(self, claims: Claims, now: datetime) -> None:
        session, user = self._documents.get([_session_key(claims.s), user_key(claims.u)])
        found, owner = session.read_or_none(Session), user.read_or_none(User)
        if found is None or found.revoked_at or owner is None or owner.status != "active":
            raise Unauthenticated("the session was ended")
        with self._lock:
            if len(self._looked) >= MAX_REMEMBERED:
                self._looked.clear()
            self._looked[claims.s] = now.timestamp()

    def _token(self, claims: Claims) -> Secret:
        payload = base64.urlsafe_b64encode(msgspec.json.encode(claims)).decode().rstrip("=")
        return Secret(f"{payload}.{self._mac(payload)}")

    def _claims(self, token: Secret) -> Claims:
        payload, _, mac = token.reveal().partition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(payload).encode()):
            raise Unauthenticated("a forged session")
        return msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=Claims)

    def _mac(self, payload: str) -> str:
        return hmac.new(self._key, payload.encode(), hashlib.sha256).hexdigest()


def _session_key(session_id: str) -> Key:
    return Key("sessions", session_id)
