"""The routes about the account."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from infra.local.clock import AdjustableClock
from infra.local.modelslab.api import Account, only, presented
from infra.local.modelslab.refusals import Refusal
from infra.local.modelslab.store import Store

COUNTS_PER_MINUTE = 30


class Wallet:
    """Money and the queue."""

    def __init__(self, store: Store, account: Account, clock: AdjustableClock) -> None:
        self._store = store
        self._account = account
        self._clock = clock
        self._counted: list[float] = []  # when the queue's depth was asked for

    def add_to(self, routes: Blueprint) -> None:
        """Add the routes."""
        routes.add_url_rule("/wallet_balance", view_func=self._balance, methods=["POST"])
        routes.add_url_rule("/v6/processing/request_count", view_func=self._count, methods=["GET", "POST"])

    def balance(self) -> float:
        """Dollars that are left."""
        return (self._account.opening - self._store.spent()) / 1000

    def _balance(self) -> ResponseReturnValue:
        only(presented(self._account.api_key))
        return jsonify(status="success", data={"balance": self.balance(), "currency": "USD"})

    def _count(self) -> ResponseReturnValue:
        only(presented(self._account.api_key))
        now = self._clock.time()
        self._counted = [moment for moment in self._counted if moment > now - 60]
        if len(self._counted) >= COUNTS_PER_MINUTE:
            raise Refusal(429, "Too Many Attempts.")
        self._counted.append(now)
        waiting = self._store.queued()
        return jsonify(status="success", processing_count=waiting, message=f"{waiting} requests are processing")
