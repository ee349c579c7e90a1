"""Credits, as pure rules: integers; `available = balance − held`; every change has one ledger entry.

::

    grant    balance += n
    hold                    held += price    needs available ≥ price
    capture  balance −= p   held −= p        the job was delivered
    release                 held −= p        the job ended without a result

Entry ids are deterministic (`hold:{job}`, `settle:{job}`, `grant:{id}`) and entries are created, never replaced: a
second capture or release of one job cannot be written.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from shared.accounts.model import User
from shared.core.documents import Key
from shared.core.errors import InsufficientCredits


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`credit_ledger/{id}`: one change of an account, with the balances after it."""

    id: str
    account_id: str
    type: Literal["grant", "hold", "capture", "release", "adjustment"]
    amount: int
    balance_after: int
    held_after: int
    job_id: str | None = None
    reason: str | None = None
    created_at: datetime


def entry_key(entry_id: str) -> Key:
    """Where a ledger entry is kept."""
    return Key("credit_ledger", entry_id)


def grant(user: User, grant_id: str, amount: int, reason: str, now: datetime) -> tuple[User, LedgerEntry]:
    """More credits. `amount` is positive."""
    after = msgspec.structs.replace(user, balance=user.balance + amount)
    return after, _entry(f"grant:{grant_id}", "grant", amount, after, now, reason=reason)


def require(user: User, credits_: int) -> None:
    """Raises `InsufficientCredits` when fewer are available."""
    if user.available < credits_:
        raise InsufficientCredits(required=credits_, available=user.available)


def hold(user: User, job_id: str, price: int, now: datetime) -> tuple[User, LedgerEntry]:
    """Set credits aside for a job. Raises `InsufficientCredits`."""
    require(user, price)
    after = msgspec.structs.replace(user, held=user.held + price)
    return after, _entry(f"hold:{job_id}", "hold", price, after, now, job_id=job_id)


def capture(user: User, job_id: str, price: int, now: datetime) -> tuple[User, LedgerEntry]:
    """Spend what was held: the job was delivered."""
    after = msgspec.structs.replace(user, balance=user.balance - price, held=user.held - price)
    return after, _entry(f"settle:{job_id}", "capture", price, after, now, job_id=job_id)


def release(user: User, job_id: str, price: int, now: datetime) -> tuple[User, LedgerEntry]:
    """Give back what was held: the job ended without a result."""
    after = msgspec.structs.replace(user, held=user.held - price)
    return after, _entry(f"settle:{job_id}", "release", price, after, now, job_id=job_id)


def _entry(
    entry_id: str,
    kind: Literal["grant", "hold", "capture", "release", "adjustment"],
    amount: int,
    after: User,
    now: datetime,
    *,
    job_id: str | None = None,
    reason: str | None = None,
) -> LedgerEntry:
    return LedgerEntry(
        id=entry_id,
        account_id=after.account_id,
        type=kind,
        amount=amount,
        balance_after=after.balance,
        held_after=after.held,
        job_id=job_id,
        reason=reason,
        created_at=now,
    )
