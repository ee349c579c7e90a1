"""Users and who calls, as values."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from shared.core.documents import Key


class User(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`users/{id}`: the one document of a user that changes often."""

    id: str
    tenant_id: str
    account_id: str  #: random; names the user in the ledger, so that the ledger can outlive the user
    email: str | None = None
    email_verified: bool = False
    name: str | None = None
    picture: str | None = None
    status: Literal["active", "deleting"] = "active"
    balance: int = 0  #: credits that were granted and not spent
    held: int = 0  #: credits that are set aside for jobs under way
    in_flight: int = 0  #: jobs under way
    fair_tag: int = 0  #: the last turn that this user's jobs were given at the provider
    cancel_day: str = ""  #: the UTC day that `cancels` counts
    cancels: int = 0  #: cancels after the submit on that day
    created_at: datetime
    closing_at: datetime | None = None  #: since when the account is being deleted

    @property
    def available(self) -> int:
        """Credits that a new job may hold."""
        return self.balance - self.held


class Caller(msgspec.Struct, frozen=True):
    """Who makes a request."""

    user_id: str
    session_id: str


def user_key(user_id: str) -> Key:
    """Where a user is kept. Raises `NotFound` for an id that cannot be."""
    return Key("users", user_id)
