"""Every `DriveWatch` keeps these promises: the one in memory, and the adapter on the emulator of Google."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from infra.local.google.emulator import API_KEY
from shared.adapters.google_drive_watch import GoogleDriveWatch
from shared.core.config import Config
from shared.core.errors import DriveUnavailable
from shared.core.logs import Logger
from shared.core.secret import Secret
from shared.drive.model import Access, Ask, ChangePage, DriveFile, FileRef, Unclear
from shared.drive.ports import DriveWatch, FeedLost, TokenRejected
from tests.contract.google.conftest import Google
from tests.contract.google.test_drive import Setup, adapter, signed_in
from tests.fakes.app import ENV
from tests.fakes.drive import MemoryDrive, Stored

DATA = b"a fox"


def watch_of(google: Google, key: str = API_KEY, **more: Any) -> GoogleDriveWatch:
    """The adapter, on the emulator."""
    config = Config.from_env({**ENV, "DRIVE_API_URL": f"{google.url}/drive/v3"})
    return GoogleDriveWatch(config, lambda: Secret(key), Logger(io.StringIO()), **more)


class World:
    """A Drive, who watches it, and Ana who also works without the app."""

    def __init__(self, setup: Setup, watch: DriveWatch, google: Google | None) -> None:
        self.setup, self.watch, self._google = setup, watch, google
        self.ana, self.budi = setup.ana, setup.budi

    def by_hand(self, *, public: bool, resource_key: str | None = None) -> str:
        """A file of Ana's that the app was never granted."""
        if self._google:
            row = self._google.emulator.people.add_file(
                "ana@gmail.com", "f", "image/png", DATA, public=public, resource_key=resource_key
            )
            return str(row["id"])
        assert isinstance(self.watch, MemoryDrive)
        facts: dict[str, Any] = {"public": public, "resource_key": resource_key, "granted": False}
        return self.watch.add(Stored("sub-ana", "f", "image/png", None, DATA, **facts))

    def act(self, file_id: str, what: str) -> None:
        """Ana does something in Drive's own pages."""
        if self._google:
            self._google.emulator.people.act(file_id, what)
            return
        assert isinstance(self.watch, MemoryDrive)
        if what == "delete":
            self.watch.remove(file_id)
        else:
            facts = {"trash": {"trashed": True}, "untrash": {"trashed": False}, "share": {"public": True}}
            self.watch.change(file_id, **{**facts, "unshare": {"public": False}}[what])

    def look(self, *asks: tuple[str, Access | None]) -> list[Any]:
        """Look."""
        return list(self.watch.look([Ask(FileRef(file_id), access) for file_id, access in asks]))

    def all_changes(self, access: Access, token: str) -> tuple[dict[str, DriveFile | None], str]:
        """Every page."""
        found: dict[str, DriveFile | None] = {}
        more = True
        while more:
            page: ChangePage = self.watch.changes(access, token)
            found |= {change.file_id: change.file for change in page.changes}
            token, more = page.token, page.more
        return found, token


@pytest.fixture(params=["memory", "google"])
def world(request: pytest.FixtureRequest) -> World:
    """Both."""
    if request.param == "memory":
        drive = MemoryDrive()
        return World(Setup(drive, lambda name: Access(name, f"sub-{name}", Secret("t"))), drive, None)
    google = request.getfixturevalue("google")
    return World(Setup(adapter(google), signed_in(google)), watch_of(google), google)


def test_each_look_says_what_its_witness_sees(world: World) -> None:
    """In the order of the asks, whatever the number of them."""
    own = world.setup.upload(DATA).id
    public = world.by_hand(public=True)
    keyed = world.by_hand(public=True, resource_key="0-k")
    asks = [(own, world.ana), (own, None), (own, world.budi), (public, None), (public, world.ana), ("1" * 33, None)]
    seen = world.look(*asks * 30)
    assert [isinstance(sight, DriveFile) for sight in seen] == [True, False, False, True, False, False] * 30
    assert [sight is None for sight in seen] == [False, True, True, False, True, True] * 30
    assert (seen[0].id, seen[0].size, seen[0].trashed, seen[0].public) == (own, len(DATA), False, False)
    assert seen[0].sha256 == world.setup.drive.get(world.ana, own).sha256  # type: ignore[union-attr]
    assert world.look((keyed, None)) == [None]
    assert isinstance(world.watch.look([Ask(FileRef(keyed, "0-k"), None)])[0], DriveFile)
    assert world.look() == []


def test_the_feed_tells_each_changed_file_once_and_as_it_is_now(world: World) -> None:
    """From a token on; nothing again; nothing of others."""
    files = [world.setup.upload(b"%d" % number).id for number in range(4)]
    token = world.watch.first_token(world.ana)
    assert world.all_changes(world.ana, token) == ({}, token)
    world.act(files[0], "trash")
    world.act(files[1], "delete")
    world.act(files[2], "share")
    world.act(files[0], "untrash")
    world.act(files[0], "trash")
    world.by_hand(public=True)

    found, following = world.all_changes(world.ana, token)
    assert found.keys() == set(files[:3])
    assert found[files[1]] is None
    assert (found[files[0]].trashed, found[files[2]].public) == (True, True)  # type: ignore[union-attr]
    assert world.all_changes(world.ana, following) == ({}, following)
    assert world.all_changes(world.budi, world.watch.first_token(world.budi))[0] == {}


def test_a_feed_that_does_not_go_on_says_so(world: World) -> None:
    """Nothing is guessed."""
    for token in ("made up", "999999999"):
        with pytest.raises(FeedLost):
            world.watch.changes(world.ana, token)


def test_all_files_are_those_that_the_token_sees(world: World) -> None:
    """Also in the trash, by pages; not those that were never granted."""
    files = {world.setup.upload(b"%d" % number).id for number in range(3)}
    world.act(next(iter(files)), "trash")
    world.by_hand(public=True)
    page = world.watch.files_page(world.ana)
    assert {file.id for file in page.files} == files | {world.setup.folder.id}
    assert [file.trashed for file in page.files].count(True) == 1
    assert page.token is None
    assert world.watch.files_page(world.budi).files == ()


def test_many_files_and_many_changes_come_in_pages(google: Google) -> None:
    """1,000 a page, none twice and none left out."""
    sign_in, watch = signed_in(google), watch_of(google)
    ana = sign_in("ana")
    token = watch.first_token(ana)
    people = google.emulator.people
    with google.emulator.store.atomic():
        made = [people.add_file("ana@gmail.com", "d", "application/vnd.google-apps.document") for _ in range(1005)]
        for row in made:
            people.pick("ana@gmail.com", row["id"])
    ids = {row["id"] for row in made}

    first = watch.files_page(ana)
    second = watch.files_page(ana, first.token)
    assert (len(first.files), len(second.files), second.token) == (1000, 5, None)
    assert {file.id for file in (*first.files, *second.files)} == ids
    page = watch.changes(ana, token)
    rest = watch.changes(ana, page.token)
    assert (len(page.changes), page.more, len(rest.changes), rest.more) == (1000, True, 5, False)
    assert {change.file_id for change in (*page.changes, *rest.changes)} == ids


@pytest.mark.parametrize("fault", ["rateLimitExceeded", "backendError", "html_403", "tooManyRequests"])
def test_an_outage_is_unclear_and_never_a_miss(google: Google, fault: str) -> None:
    """Nor is a bad key, or a server that is gone."""
    sign_in, watch = signed_in(google), watch_of(google)
    ana = sign_in("ana")
    file = google.emulator.people.add_file("ana@gmail.com", "f", "image/png", DATA, public=True)["id"]
    google.fault(fault, times=4)
    asks = [Ask(FileRef(file), None), Ask(FileRef(file), ana)]
    assert watch.look(asks) == [Unclear("unavailable")] * 2
    with pytest.raises(DriveUnavailable):
        watch.changes(ana, "1")
    assert watch_of(google, key="bad").look(asks[:1]) == [Unclear("unavailable")]


def test_a_token_that_drive_refuses_is_said(google: Google) -> None:
    """A look says so; a page raises."""
    sign_in, watch = signed_in(google), watch_of(google)
    ana = sign_in("ana")
    google.emulator.accounts.revoke(ana.google_sub)
    assert watch.look([Ask(FileRef("1" * 33), ana)]) == [Unclear("token")]
    for call in (watch.first_token, watch.files_page, lambda access: watch.changes(access, "1")):
        page: Callable[[Access], Any] = call
        with pytest.raises(TokenRejected):
            page(ana)


def test_a_connection_that_was_closed_meanwhile_is_opened_again(google: Google) -> None:
    """A look is no worse for a server that was started again; one that stays away is unclear."""
    watch = watch_of(google, connections=1)
    file = google.emulator.people.add_file("ana@gmail.com", "f", "image/png", DATA, public=True)["id"]
    ask = [Ask(FileRef(file), None)]
    assert isinstance(watch.look(ask)[0], DriveFile)
    port = int(google.url.rpartition(":")[2])
    google.serving.stop()
    assert watch.look(ask) == [Unclear("unavailable")]
    google.serving = google.emulator.serve(port)
    assert isinstance(watch.look(ask)[0], DriveFile)
