"""Money: whatever happens in whatever order, the ledger explains the balances and nobody is overdrawn."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.accounts.model import User
from shared.core.errors import InsufficientCredits
from shared.credits.model import LedgerEntry, capture, grant, hold, release

NOW = datetime(2026, 11, 25, tzinfo=UTC)
MOVES = st.lists(
    st.tuples(st.sampled_from(["grant", "hold", "capture", "release"]), st.integers(0, 9), st.integers(1, 50))
)


def user() -> User:
    """A user without credits."""
    return User(id="u", tenant_id="t", account_id="a", created_at=NOW)


@given(MOVES)
def test_the_ledger_explains_the_balances(moves: list[tuple[str, int, int]]) -> None:
    """Any sequence of grants, holds, captures and releases."""
    now, entries, open_holds = user(), list[LedgerEntry](), dict[str, int]()
    for number, (move, which, amount) in enumerate(moves):
        job = f"j{which}"
        entry: Any = None
        if move == "grant":
            now, entry = grant(now, str(number), amount, "", NOW)
        elif move == "hold" and job not in open_holds and f"hold:{job}" not in {e.id for e in entries}:
            try:
                now, entry = hold(now, job, amount, NOW)
                open_holds[job] = amount
            except InsufficientCredits as refused:
                assert refused.details == {"required": amount, "available": now.available}
        elif move in ("capture", "release") and job in open_holds:
            settle = capture if move == "capture" else release
            now, entry = settle(now, job, open_holds.pop(job), NOW)
        entries += [entry] if entry else []

        total = {
            kind: sum(e.amount for e in entries if e.type == kind) for kind in ("grant", "hold", "capture", "release")
        }
        assert now.balance == total["grant"] - total["capture"]
        assert now.held == total["hold"] - total["capture"] - total["release"] == sum(open_holds.values())
        assert now.available >= 0
        assert len({e.id for e in entries}) == len(entries)


def test_a_capture_and_a_release_of_one_job_have_one_id() -> None:
    """So the database takes only one of them."""
    held = hold(grant(user(), "g", 10, "", NOW)[0], "j", 5, NOW)[0]
    assert capture(held, "j", 5, NOW)[1].id == release(held, "j", 5, NOW)[1].id


def test_a_hold_needs_what_is_available_and_not_what_is_owned() -> None:
    """Held credits are not held twice."""
    held = hold(grant(user(), "g", 10, "", NOW)[0], "j", 6, NOW)[0]
    with pytest.raises(InsufficientCredits):
        hold(held, "k", 5, NOW)
