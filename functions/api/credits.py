"""Balance and ledger."""

from __future__ import annotations

from datetime import datetime

import msgspec

from functions.routing import Answer, Call, Route, Routes
from shared.core.paging import PageQuery
from shared.credits.service import balance, ledger


class BalanceView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`available` is what a new generation may cost: balance less held."""

    balance: int
    held: int
    available: int


class EntryView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One change of the account, with the balances after it."""

    id: str
    type: str
    amount: int
    balance_after: int
    held_after: int
    job_id: str | None
    reason: str | None
    created_at: datetime


def get_balance(call: Call) -> Answer:
    """The balance."""
    return Answer(msgspec.convert(balance(call.app.documents, call.user_id), BalanceView, from_attributes=True))


def get_ledger(call: Call) -> Answer:
    """A page of the ledger."""
    page = ledger(call.app.documents, call.user_id, call.query)
    entries = [msgspec.convert(entry, EntryView, from_attributes=True) for entry in page.items]
    return Answer(entries, next_page_token=page.next_page_token)


ROUTES: Routes = (
    Route("GET", "/api/credits", get_balance, "Balance, held and available", answer=BalanceView),
    Route("GET", "/api/credits/ledger", get_ledger, "The ledger, newest first", query=PageQuery,
          answer=list[EntryView], paged=True),
)  # fmt: skip
