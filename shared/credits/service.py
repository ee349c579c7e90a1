"""Credits as a user and an operator see them."""

from __future__ import annotations

from typing import Any

from shared.accounts.model import User, user_key
from shared.core.clock import Clock
from shared.core.documents import Change, Create, Documents, Reads, change, get, write
from shared.core.errors import Conflict
from shared.core.paging import Page, PageQuery, page_of
from shared.credits.model import LedgerEntry, entry_key, grant


def balance(documents: Documents, user_id: str) -> User:
    """The user with balance, held and available. Raises `NotFound`."""
    return get(documents, user_key(user_id), User)


def ledger(documents: Documents, user_id: str, page: PageQuery) -> Page[LedgerEntry]:
    """The user's ledger, newest first. Raises `NotFound`, `InvalidRequest` for a malformed token."""
    account = balance(documents, user_id).account_id
    return page_of(documents, "credit_ledger", LedgerEntry, {"accountId": account}, page)


def grant_credits(
    documents: Documents, clock: Clock, *, user_id: str, grant_id: str, amount: int, reason: str, command: str
) -> LedgerEntry:
    """Grant credits once: the same id gives the entry that is there. Raises `NotFound`, `Conflict` for another."""
    keys = [user_key(user_id), entry_key(f"grant:{grant_id}")]

    def decide(reads: Reads) -> Change:
        user = reads[keys[0]].read(User)
        earlier = reads[keys[1]].read_or_none(LedgerEntry)
        if earlier:
            if (earlier.account_id, earlier.amount) != (user.account_id, amount):
                raise Conflict("another grant has this id", message="Another grant was made with this id.")
            return Change((), earlier)
        after, entry = grant(user, grant_id, amount, reason, clock.now())
        return Change((write(reads[keys[0]], after), Create(keys[1], entry)), entry)

    entry: Any = change(documents, keys, decide, command=command)
    assert isinstance(entry, LedgerEntry)
    return entry
