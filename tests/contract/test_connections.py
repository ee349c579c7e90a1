"""Drive connections on both stores of documents: refreshed once at a time, never lost, forgotten on demand."""

from __future__ import annotations

import io
import threading
from datetime import timedelta

import pytest

from shared.adapters.firestore_documents import FirestoreDocuments
from shared.core.clock import Clock, SystemClock
from shared.core.documents import Documents
from shared.core.errors import DriveNotConnected, DriveReconnectRequired, DriveUnavailable, GoogleAccountMismatch
from shared.core.ids import RandomIds
from shared.core.logs import Logger
from shared.core.secret import Secret
from shared.drive.connections import LEASE, Account, Connections, ConsentNeeded
from shared.drive.model import Access
from shared.drive.ports import GrantInvalid, Tokens
from tests.contract.google.conftest import CHALLENGE, REDIRECT, VERIFIER
from tests.fakes.clock import VirtualClock
from tests.fakes.documents import MemoryDocuments
from tests.fakes.drive import MemoryDrive
from tests.fakes.google_oauth import MemoryGoogleOAuth, subject
from tests.fakes.key_wrapper import MemoryKeyWrapper

EMAIL = "ana@gmail.com"


class World:
    """Connections on one store, with Google and a clock."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self.documents, self.clock = documents, clock
        self.google = MemoryGoogleOAuth(clock)
        self.drive = MemoryDrive()
        self.keys = MemoryKeyWrapper()
        self.connections = self.instance()

    def instance(self) -> Connections:
        """As in another process: nothing shared but the store."""
        return Connections(
            documents=self.documents,
            oauth=lambda: self.google,
            keys=lambda: self.keys,
            drive=lambda: self.drive,
            clock=self.clock,
            ids=RandomIds(),
            logger=Logger(io.StringIO()),
        )

    def grant(self, email: str = EMAIL, *, with_refresh: bool = True) -> Tokens:
        """What Google answers after a consent."""
        code = self.google.consent(
            email, nonce="n", challenge=CHALLENGE, redirect_uri=REDIRECT, with_refresh=with_refresh
        )
        return self.google.exchange(Secret(code), Secret(VERIFIER), REDIRECT)

    def connect(self, email: str = EMAIL, *, with_refresh: bool = True) -> None:
        """Connect the user `ana`."""
        tokens = self.grant(email, with_refresh=with_refresh)
        self.connections.connect("ana", Account(subject(email), email), tokens)

    def refreshes(self) -> int:
        """How often Google was asked."""
        return self.google.calls.count("refresh")


@pytest.fixture(params=["memory", "firestore"])
def documents(request: pytest.FixtureRequest) -> Documents:
    """Both."""
    if request.param == "memory":
        return MemoryDocuments()
    return FirestoreDocuments(request.getfixturevalue("project_id"))


@pytest.fixture
def world(documents: Documents) -> World:
    """With a clock that a test decides."""
    return World(documents, VirtualClock())


def later(world: World, seconds: float) -> None:
    """Let time pass."""
    assert isinstance(world.clock, VirtualClock)
    world.clock.advance(seconds)


def test_a_token_that_lives_is_used_and_one_that_dies_soon_is_not(world: World) -> None:
    """Five minutes early, so that no request dies halfway."""
    world.connect()
    first = world.connections.access("ana")
    assert world.connections.access("ana") == first
    assert world.refreshes() == 0
    later(world, 3300)
    assert world.connections.access("ana").token != first.token
    assert world.refreshes() == 1


def test_many_who_need_a_token_at_once_refresh_it_once(documents: Documents) -> None:
    """Eight instances at a dead token: one asks Google, the others get what it got."""
    world = World(documents, SystemClock())
    world.connect()
    stale = world.connections.access("ana")
    start, second, tokens = threading.Barrier(8), threading.Event(), list[Access]()

    def slow(method: str) -> None:
        """Google takes a second, or until somebody else asks too."""
        if method == "refresh":
            second.set() if world.refreshes() > 1 else second.wait(1)

    world.google.trouble = slow

    def renew() -> None:
        instance = world.instance()
        start.wait()
        tokens.append(instance.renew(stale))

    threads = [threading.Thread(target=renew) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert world.refreshes() == 1
    assert {access.token for access in tokens} == {tokens[0].token} != {stale.token}
    assert len(tokens) == 8


def test_whoever_dies_while_refreshing_is_taken_over(world: World) -> None:
    """When the lease has run out."""
    world.connect()
    later(world, 3600)

    class Died(BaseException):
        pass

    def die(_: str) -> None:
        raise Died

    world.google.trouble = die
    with pytest.raises(Died):
        world.connections.access("ana")
    world.google.trouble = lambda _: None
    began = world.clock.now()
    assert world.google.accepts(world.instance().access("ana").token)
    assert world.clock.now() - began <= LEASE + timedelta(seconds=1)


@pytest.mark.parametrize("reason", ["revoked", "rapt", "policy"])
def test_only_googles_word_makes_a_connection_need_the_user(world: World, reason: str) -> None:
    """And why is kept; the user connects again and all is well."""
    world.connect()
    later(world, 3600)

    def dead(method: str) -> None:
        if method == "refresh":
            raise GrantInvalid("invalid_grant", reason=reason)

    world.google.trouble = dead
    for _ in range(2):
        with pytest.raises(DriveReconnectRequired) as error:
            world.connections.access("ana")
        assert error.value.details["reason"] == reason
    assert world.refreshes() == 1
    world.google.trouble = lambda _: None
    world.connect()
    assert world.google.accepts(world.connections.access("ana").token)


def test_an_outage_changes_nothing_and_the_next_one_may_try_at_once(world: World) -> None:
    """The lease is given back."""
    world.connect()
    later(world, 3600)

    def down(_: str) -> None:
        raise DriveUnavailable("503")

    world.google.trouble = down
    with pytest.raises(DriveUnavailable):
        world.connections.access("ana")
    world.google.trouble = lambda _: None
    before = world.clock.now()
    assert world.google.accepts(world.connections.access("ana").token)
    assert world.clock.now() == before


def test_a_refresh_token_that_does_not_come_is_the_one_that_is_kept(world: World) -> None:
    """Google gives one rarely; one that is dead is no help."""
    world.connect()
    world.connect(with_refresh=False)
    later(world, 3600)
    assert world.google.accepts(world.connections.access("ana").token)

    world.google.forget(EMAIL)
    later(world, 3600)
    with pytest.raises(DriveReconnectRequired):
        world.connections.access("ana")
    with pytest.raises(ConsentNeeded):
        world.connect(with_refresh=False)


def test_whoever_has_no_refresh_token_at_all_is_asked_for_consent(world: World) -> None:
    """Nothing is stored."""
    with pytest.raises(ConsentNeeded):
        world.connect(with_refresh=False)
    assert world.connections.find("ana") is None


def test_another_google_account_is_refused_until_the_first_is_disconnected(world: World) -> None:
    """Both addresses are masked; after a disconnect it is the user's choice."""
    world.connect()
    with pytest.raises(GoogleAccountMismatch) as error:
        world.connect("budi@gmail.com")
    assert error.value.details == {"expected": "a…@gmail.com", "given": "b…@gmail.com"}
    world.connections.disconnect("ana", revoke=False)
    world.connect("budi@gmail.com")
    assert world.connections.access("ana").google_sub == "sub-budi"


def test_disconnecting_leaves_nothing_to_decrypt(world: World) -> None:
    """And whoever asks is told."""
    world.connect()
    world.connections.disconnect("ana", revoke=False)
    found = world.connections.find("ana")
    assert found is not None
    assert (found.access_token, found.refresh_token, found.wrapped_key) == (None, None, None)
    with pytest.raises(DriveNotConnected):
        world.connections.access("ana")
    with pytest.raises(DriveNotConnected):
        world.connections.access("nobody")


def test_a_disconnect_during_a_refresh_wins(world: World) -> None:
    """The fresh token is not written over it."""
    world.connect()
    later(world, 3600)
    world.google.trouble = lambda method: (
        world.instance().disconnect("ana", revoke=False) if method == "refresh" else None
    )
    with pytest.raises(DriveNotConnected):
        world.connections.access("ana")
    found = world.connections.find("ana")
    assert found is not None
    assert (found.state, found.access_token) == ("disconnected", None)


def test_the_folder_is_made_once_found_again_and_made_anew_when_it_is_gone(world: World) -> None:
    """By two instances at once too; one in the trash is gone."""
    world.connect()
    access = world.connections.access("ana")
    start, ids = threading.Barrier(2), list[str]()

    def ensure() -> None:
        instance = world.instance()
        start.wait()
        ids.append(instance.ensure_folder(access))

    threads = [threading.Thread(target=ensure) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ids[0] == ids[1] == world.connections.ensure_folder(access)
    assert len(world.drive.files) == 1

    world.drive.trash(access, ids[0])
    anew = world.connections.ensure_folder(access)
    assert anew != ids[0]
    assert world.connections.ensure_folder(access) == anew
