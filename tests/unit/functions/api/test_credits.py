"""Balance and ledger, through the boundary."""

from __future__ import annotations

from functions.admin.grant_credits import handle
from functions.api.credits import ROUTES
from tests.fakes.app import Person, make_app


def test_a_user_sees_their_balance_and_every_change_of_it() -> None:
    """Newest first, in pages, and nobody else's."""
    ana = Person(make_app(), "ana")
    Person(ana.app, "budi", 7)
    for number in range(3):
        ana.app.clock.sleep(1)
        handle(ana.app, {"userId": "ana", "grantId": f"order-{number}", "amount": 10})

    assert ana.call(ROUTES, "GET", "/api/credits").data == {"balance": 130, "held": 0, "available": 130}
    page = ana.call(ROUTES, "GET", "/api/credits/ledger?pageSize=3")
    rest = ana.call(ROUTES, "GET", f"/api/credits/ledger?pageToken={page.body['nextPageToken']}")
    ids = [entry["id"] for entry in (*page.data, *rest.data)]
    assert ids == ["grant:order-2", "grant:order-1", "grant:order-0", "grant:signup-ana"]
    assert "nextPageToken" not in rest.body
