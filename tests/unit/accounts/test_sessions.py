"""Sessions are signed, expire, and end on the server."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from shared.accounts.model import User, user_key
from shared.accounts.sessions import Sessions
from shared.core.documents import Create, Key, Snapshot
from shared.core.errors import Unauthenticated
from shared.core.secret import Secret
from tests.fakes.clock import CountingIds, VirtualClock
from tests.fakes.documents import MemoryDocuments


class CountingDocuments(MemoryDocuments):
    """Counts the reads."""

    reads = 0

    def get(self, keys: Sequence[Key]) -> list[Snapshot]:
        """See `Documents`."""
        self.reads += 1
        return super().get(keys)


class Setup:
    """Two instances that share the documents."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.documents = CountingDocuments()
        user = User(id="ana", tenant_id="t", account_id="a", created_at=self.clock.now())
        self.documents.commit((Create(user_key("ana"), user),), "c")
        ids = CountingIds()
        self.here, self.there = (Sessions(self.documents, Secret("s"), self.clock, ids, 30) for _ in range(2))


@pytest.fixture
def setup() -> Setup:
    """A user and two instances."""
    return Setup()


def test_a_session_is_recognised_by_every_instance_without_a_read(setup: Setup) -> None:
    """The token says it all while it is fresh."""
    token, _ = setup.here.start("ana")
    setup.documents.reads = 0

    assert setup.there.identify(token).user_id == "ana"
    assert setup.documents.reads == 0


def test_revocation_is_looked_up_once_a_minute(setup: Setup) -> None:
    """Not at every request."""
    token, _ = setup.here.start("ana")
    setup.documents.reads = 0
    for _ in range(12):
        setup.clock.advance(20)
        setup.here.identify(token)

    assert 3 <= setup.documents.reads <= 4


def test_signing_out_ends_the_session_everywhere_within_a_minute(setup: Setup) -> None:
    """Here at once."""
    token, _ = setup.here.start("ana")
    setup.here.end(setup.here.identify(token))
    with pytest.raises(Unauthenticated):
        setup.here.identify(token)

    setup.clock.advance(61)
    with pytest.raises(Unauthenticated):
        setup.there.identify(token)


def test_a_session_ends_after_its_days(setup: Setup) -> None:
    """Thirty."""
    token, expires = setup.here.start("ana")
    setup.clock.advance_to(expires)
    with pytest.raises(Unauthenticated):
        setup.here.identify(token)


def test_every_sign_in_has_another_session(setup: Setup) -> None:
    """Ending one leaves the other."""
    one, two = setup.here.start("ana")[0], setup.here.start("ana")[0]
    assert one != two
    setup.here.end(setup.here.identify(one))
    assert setup.here.identify(two).user_id == "ana"


def test_a_changed_or_foreign_token_is_refused(setup: Setup) -> None:
    """Every character counts; another secret's token too."""
    token = setup.here.start("ana")[0].reveal()
    foreign = Sessions(setup.documents, Secret("other"), setup.clock, CountingIds(), 30)
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(Unauthenticated):
            setup.here.identify(Secret(changed))
    for other in ("", ".", "a.b", token.split(".", maxsplit=1)[0], "ä.ö"):
        with pytest.raises(Unauthenticated):
            setup.here.identify(Secret(other))
    with pytest.raises(Unauthenticated):
        foreign.identify(Secret(token))
