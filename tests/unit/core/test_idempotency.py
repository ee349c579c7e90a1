"""Idempotency keys: what a key is, and when it is forgotten."""

from __future__ import annotations

import pytest

from functions.api.stories import ROUTES
from shared.core.errors import InvalidRequest
from shared.core.idempotency import LIFETIME, checked_key, payload_hash
from tests.fakes.app import Person, make_app
from tests.fakes.clock import VirtualClock


@pytest.mark.parametrize("key", ["a", "k" * 255, "550e8400-e29b-41d4-a716-446655440000", "with a space"])
def test_printable_keys_are_taken(key: str) -> None:
    """1 to 255 characters."""
    assert checked_key(key) == key


@pytest.mark.parametrize("key", ["", " a", "k" * 256, "a\tb", "a\n", "ä", "\x7f"])
def test_other_keys_are_refused(key: str) -> None:
    """With the header's name."""
    with pytest.raises(InvalidRequest):
        checked_key(key)


def test_the_order_of_fields_is_no_difference() -> None:
    """Values are."""
    assert payload_hash({"a": 1, "b": 2}) == payload_hash({"b": 2, "a": 1})
    assert len({payload_hash(*request) for request in ([1], ["1"], [1, 2], [[1, 2]], [None])}) == 5


def test_a_key_works_for_a_day_and_belongs_to_one_user() -> None:
    """Later it is a new request, though the database may not have deleted the record yet."""
    app = make_app()
    ana, budi = Person(app, "ana"), Person(app, "budi")

    def create(person: Person, name: str = "Story") -> str:
        answer = person.call(ROUTES, "POST", "/api/projects", {"name": name}, Idempotency_Key="k")
        return str(answer.data["id"]) if answer.error is None else answer.error

    first = create(ana)
    assert isinstance(app.clock, VirtualClock)
    app.clock.advance(24 * 3600)
    assert create(ana) == first != create(budi)
    assert create(ana, "Other") == "IDEMPOTENCY_KEY_REUSED"
    app.clock.advance(LIFETIME.total_seconds())
    assert create(ana, "Other") not in (first, "IDEMPOTENCY_KEY_REUSED")
