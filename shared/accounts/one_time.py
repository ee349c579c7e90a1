"""Records that are good for one use: OAuth states, exchange codes, browser links. Expiry is checked: TTL may lag."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from shared.core.clock import Clock
from shared.core.documents import Change, Create, Delete, Documents, Key, Reads, change
from shared.core.ids import Ids, digest
from shared.core.secret import Secret

Kind = Literal["state", "exchange", "link"]
LIFETIMES = {"state": timedelta(minutes=10), "exchange": timedelta(seconds=60), "link": timedelta(minutes=5)}


class OneTime(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`oauth_states/{H(kind, token)}`: the token itself is not stored."""

    kind: Kind
    user_id: str | None = None
    flow: Literal["sign_in", "connect"] | None = None
    browser: str | None = None  #: digest of the cookie that binds the record to one browser
    nonce: str | None = None
    verifier: str | None = None
    return_to: str = "/"
    second_round: bool = False
    expires_at: datetime


def issue(documents: Documents, clock: Clock, ids: Ids, record: OneTime) -> Secret:
    """Store a record; its token."""
    token = ids.token()
    expires_at = clock.now() + LIFETIMES[record.kind]
    stored = msgspec.structs.replace(record, expires_at=expires_at)
    documents.commit((Create(_key(record.kind, token), stored),), ids.new())
    return Secret(token)


def take(documents: Documents, clock: Clock, ids: Ids, kind: Kind, token: Secret) -> OneTime | None:
    """The record, once; None for a token that is unknown, used or too old."""
    key = _key(kind, token.reveal())

    def decide(reads: Reads) -> Change:
        record = reads[key].read_or_none(OneTime)
        return Change((Delete(reads[key]),), record) if record else Change()

    record: OneTime | None = change(documents, [key], decide, command=ids.new())
    return record if record and record.expires_at > clock.now() else None


def _key(kind: Kind, token: str) -> Key:
    return Key("oauth_states", digest("one-time", kind, token))
