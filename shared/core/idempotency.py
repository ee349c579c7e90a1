"""Idempotency keys: the same key and request give the same result, another request is refused.

The record is written in the commit that does the work, so that there is no moment at which one exists without the
other.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from typing import Any

import msgspec

from shared.core.documents import Key, Reads, Write, write
from shared.core.errors import IdempotencyKeyReused, InvalidRequest
from shared.core.ids import digest

LIFETIME = timedelta(hours=48)  #: at least 24 hours are promised; TTL deletes later
KEY_PATTERN = r"^[!-~][ -~]{0,254}$"
_KEY = re.compile(KEY_PATTERN)


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`idempotency_keys/{H(user, key)}`: which request it was, and the id of what it made."""

    payload_hash: str
    result_id: str
    expires_at: datetime


def checked_key(text: str | None) -> str | None:
    """The header's value. Raises `InvalidRequest` unless it is 1 to 255 printable characters."""
    if text is not None and not _KEY.fullmatch(text):
        message = "An Idempotency-Key has 1 to 255 printable characters."
        raise InvalidRequest("malformed idempotency key", message=message, field="Idempotency-Key")
    return text


def record_key(user_id: str, idempotency_key: str) -> Key:
    """Where the record of a user's key is kept."""
    return Key("idempotency_keys", digest("idempotency", user_id, idempotency_key))


def payload_hash(*request: Any) -> str:
    """Tells whether two requests ask for the same."""
    return hashlib.sha256(msgspec.json.encode(request, order="sorted")).hexdigest()


def earlier_result(reads: Reads, key: Key, request_hash: str, now: datetime) -> str | None:
    """The id of what this key made before; None when it is new. Raises `IdempotencyKeyReused`."""
    record = reads[key].read_or_none(Record)
    if record is None or record.expires_at <= now:
        return None
    if record.payload_hash != request_hash:
        raise IdempotencyKeyReused
    return record.result_id


def remember(reads: Reads, key: Key, request_hash: str, result_id: str, now: datetime) -> Write:
    """The write that keeps the result; an expired record that TTL has not deleted yet is replaced."""
    record = Record(payload_hash=request_hash, result_id=result_id, expires_at=now + LIFETIME)
    return write(reads[key], record)
