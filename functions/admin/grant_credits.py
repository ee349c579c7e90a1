"""An operator grants credits: IAM is the gate, the grant's id makes a repeat harmless."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from functions.parsing import convert
from functions.routing import Answer
from shared.app import App
from shared.credits.service import grant_credits


class Grant(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What to grant to whom; `grantId` is the caller's own, such as an order number."""

    user_id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    grant_id: Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")]
    amount: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


def handle(app: App, payload: Mapping[str, Any]) -> Answer:
    """Grant once."""
    asked = convert(payload, Grant, strict=True)
    entry = grant_credits(
        app.documents,
        app.clock,
        user_id=asked.user_id,
        grant_id=asked.grant_id,
        amount=asked.amount,
        reason=asked.reason,
        command=app.ids.new(),
    )
    app.logger.info("credits.granted", userId=asked.user_id, grantId=asked.grant_id, amount=entry.amount)
    return Answer({"id": entry.id, "amount": entry.amount, "balanceAfter": entry.balance_after})
