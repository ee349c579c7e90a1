"""An operator grants credits once."""

from __future__ import annotations

from typing import Any

import pytest

from functions.admin.grant_credits import handle
from shared.core.errors import Conflict, InvalidRequest, NotFound
from shared.credits.service import balance
from tests.fakes.app import Person, make_app, stored

GRANT = {"userId": "ana", "grantId": "order-1", "amount": 50, "reason": "bought"}


def test_a_grant_counts_once() -> None:
    """The same id again is the same grant; another amount or user with it is refused."""
    app = make_app()
    Person(app, "ana")
    Person(app, "budi")
    assert handle(app, GRANT).data == handle(app, GRANT).data
    assert balance(app.documents, "ana").balance == 150

    for other in ({"amount": 51}, {"userId": "budi"}):
        with pytest.raises(Conflict):
            handle(app, {**GRANT, **other})
    with pytest.raises(NotFound):
        handle(app, {**GRANT, "grantId": "order-2", "userId": "made-up"})


@pytest.mark.parametrize(
    "wrong",
    [{"amount": 0}, {"amount": -5}, {"amount": 1_000_001}, {"amount": "5"}, {"amount": 1.5}, {"amount": None},
     {"grantId": "a b"}, {"grantId": ""}, {"more": 1}, {"userId": 7}],
)  # fmt: skip
def test_a_malformed_grant_grants_nothing(wrong: dict[str, Any]) -> None:
    """Each part is checked."""
    app = make_app()
    Person(app, "ana")
    before = stored(app)
    with pytest.raises(InvalidRequest):
        handle(app, {**GRANT, **wrong})
    assert stored(app) == before
