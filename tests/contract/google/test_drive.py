"""Every `DriveFiles` keeps these promises: the one in memory, and the adapter on the emulator of Google."""

from __future__ import annotations

import hashlib
import io
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.local.google.emulator import API_KEY
from shared.adapters.google_drive import GoogleDrive
from shared.adapters.google_drive_upload import CHUNK
from shared.core.config import Config
from shared.core.errors import DriveUnavailable, RangeNotSatisfiable
from shared.core.logs import Logger
from shared.core.secret import Secret
from shared.drive.model import FOLDER_TYPE, Access, FileRef, Upload
from shared.drive.ports import DriveFiles, DriveRefusal, TokenRejected
from tests.contract.google.conftest import Google
from tests.fakes.app import ENV
from tests.fakes.drive import MemoryDrive, Stored

DATA = bytes(range(256)) * 4000


def adapter(google: Google, log: io.StringIO | None = None) -> GoogleDrive:
    """The adapter, on the emulator."""
    urls = {"DRIVE_API_URL": f"{google.url}/drive/v3", "DRIVE_UPLOAD_URL": f"{google.url}/upload/drive/v3"}
    return GoogleDrive(Config.from_env({**ENV, **urls}), lambda: Secret(API_KEY), Logger(log or io.StringIO()))


class Setup:
    """A Drive and people who use it."""

    def __init__(self, drive: DriveFiles, sign_in: Callable[[str], Access]) -> None:
        self.drive = drive
        self.ana, self.budi = sign_in("ana"), sign_in("budi")
        folder_id = drive.generate_ids(self.ana, 1)[0]
        self.folder = drive.create_folder(self.ana, folder_id)

    def upload(self, data: bytes = DATA, file_id: str | None = None, parent: str | None = None) -> Any:
        """A file of Ana's."""
        upload = Upload(
            file_id=file_id or self.drive.generate_ids(self.ana, 1)[0],
            name="a picture.png",
            mime_type="image/png",
            parent=parent or self.folder.id,
            app_properties={"jobId": "j"},
        )
        return self.drive.upload(self.ana, upload, iter([data[:1000], data[1000:]]), len(data))


def signed_in(google: Google) -> Callable[[str], Access]:
    """How people sign in at the emulator."""

    def sign_in(name: str) -> Access:
        tokens = google.tokens(f"{name}@gmail.com")
        sub = google.emulator.accounts.ensure(f"{name}@gmail.com")["sub"]
        return Access(name, sub, Secret(tokens["access_token"]))

    return sign_in


@pytest.fixture(params=["memory", "google"])
def setup(request: pytest.FixtureRequest) -> Setup:
    """Both."""
    if request.param == "memory":
        return Setup(MemoryDrive(), lambda name: Access(name, f"sub-{name}", Secret("t")))
    google = request.getfixturevalue("google")
    return Setup(adapter(google), signed_in(google))


class Hand:
    """What a person does in Drive's own pages."""

    def __init__(self, setup: Setup, google: Google | None) -> None:
        self._setup = setup
        self._google = google

    def add(self, data: bytes = DATA, mime_type: str = "image/png", **facts: Any) -> str:
        """A file of Ana's that the app was never granted: public, resource_key, target."""
        if self._google:
            people = self._google.emulator.people
            return str(people.add_file("ana@gmail.com", "by hand.png", mime_type, data, **facts)["id"])
        memory = self._setup.drive
        assert isinstance(memory, MemoryDrive)
        return memory.add(Stored("sub-ana", "by hand.png", mime_type, None, data, granted=False, **facts))

    def pick(self, file_id: str) -> None:
        """In Google Picker, by Ana."""
        if self._google:
            self._google.emulator.people.pick("ana@gmail.com", file_id)
        else:
            self._setup.drive.change(file_id, granted=True)  # type: ignore[attr-defined]  # of the memory


@pytest.fixture
def hand(setup: Setup, request: pytest.FixtureRequest) -> Hand:
    """Ana, without the app."""
    return Hand(setup, None if isinstance(setup.drive, MemoryDrive) else request.getfixturevalue("google"))


def read(setup: Setup, access: Access | None, file_id: str, **more: Any) -> bytes:
    """The bytes."""
    with setup.drive.download(access, file_id, **more) as download:
        return b"".join(download.chunks)


def test_a_public_file_is_read_with_the_key_and_not_with_a_token(setup: Setup, hand: Hand) -> None:
    """Until it is picked; a private one the other way round."""
    public, private = hand.add(public=True), hand.add()
    seen = setup.drive.get(None, public)
    assert seen is not None
    assert (seen.size, seen.mime_type, seen.public, seen.parents) == (len(DATA), "image/png", None, ())
    assert setup.drive.get(setup.ana, public) is None
    assert read(setup, None, public) == DATA
    assert read(setup, None, public, first=5, last=9) == DATA[5:10]
    with pytest.raises(DriveRefusal):
        read(setup, setup.ana, public)
    assert setup.drive.get(None, private) is None
    with pytest.raises(DriveRefusal):
        read(setup, None, private)

    hand.pick(private)
    picked = setup.drive.get(setup.ana, private)
    assert picked is not None
    assert picked.public is False
    assert read(setup, setup.ana, private) == DATA
    assert setup.drive.get(setup.budi, private) is None


def test_some_files_need_their_resource_key(setup: Setup, hand: Hand) -> None:
    """For metadata and for bytes."""
    keyed = hand.add(public=True, resource_key="0-AbCdEf_1234567890-xyz")
    assert setup.drive.get(None, keyed) is None
    assert setup.drive.get(None, keyed, "0-wrong") is None
    found = setup.drive.get(None, keyed, "0-AbCdEf_1234567890-xyz")
    assert found is not None
    assert found.resource_key == "0-AbCdEf_1234567890-xyz"
    assert read(setup, None, keyed, resource_key="0-AbCdEf_1234567890-xyz") == DATA


def test_shortcuts_name_their_target_and_native_files_have_no_bytes(setup: Setup, hand: Hand) -> None:
    """Neither can be downloaded."""
    target = hand.add(public=True, resource_key="0-k")
    shortcut = hand.add(b"", "application/vnd.google-apps.shortcut", public=True, target=target)
    native = hand.add(b"", "application/vnd.google-apps.document", public=True)
    found = setup.drive.get(None, shortcut)
    assert found is not None
    assert (found.target, found.size) == (FileRef(target, "0-k"), None)
    with pytest.raises(DriveRefusal) as refused:
        read(setup, None, native)
    assert refused.value.reason == "fileNotDownloadable"


def test_a_bad_api_key_is_our_trouble_and_says_nothing_of_the_file(google: Google) -> None:
    """Nor does any error tell the key."""
    file = google.emulator.people.add_file("ana@gmail.com", "f", "image/png", DATA, public=True)
    urls = {"DRIVE_API_URL": f"{google.url}/drive/v3", "DRIVE_UPLOAD_URL": f"{google.url}/upload/drive/v3"}
    drive = GoogleDrive(Config.from_env({**ENV, **urls}), lambda: Secret("canary-key"), Logger(io.StringIO()))
    with pytest.raises(DriveUnavailable) as refused:
        drive.get(None, file["id"])
    assert "canary" not in "".join(traceback.format_exception(refused.value))
    google.close()
    with pytest.raises(DriveUnavailable) as refused:
        drive.get(None, file["id"])
    assert "canary" not in "".join(traceback.format_exception(refused.value))


def test_a_file_is_what_was_uploaded(setup: Setup) -> None:
    """Size, checksum, parent; and it is read back, whole and in parts."""
    file = setup.upload()
    assert (file.size, file.sha256, file.parents) == (len(DATA), hashlib.sha256(DATA).hexdigest(), (setup.folder.id,))
    assert setup.drive.get(setup.ana, file.id) == file
    for first, last in ((0, None), (0, 9), (1000, 1999), (len(DATA) - 5, None), (5, len(DATA) + 100)):
        with setup.drive.download(setup.ana, file.id, first, last) as download:
            data = b"".join(download.chunks)
        assert data == DATA[first : len(DATA) if last is None else last + 1]
        assert (download.first, download.total) == (first, len(DATA))
    with pytest.raises(RangeNotSatisfiable), setup.drive.download(setup.ana, file.id, len(DATA)):
        pass


def test_another_user_sees_nothing_of_it(setup: Setup) -> None:
    """drive.file is app × user × file."""
    file = setup.upload()
    assert setup.drive.get(setup.budi, file.id) is None
    assert setup.drive.find_folder(setup.budi) is None
    with pytest.raises(DriveRefusal), setup.drive.download(setup.budi, file.id):
        pass
    with pytest.raises(DriveRefusal):
        setup.drive.make_public(setup.budi, file.id)


def test_uploading_twice_with_one_id_makes_one_file(setup: Setup) -> None:
    """The same bytes are the same file; other bytes, or a file in the trash, are refused."""
    file_id = setup.drive.generate_ids(setup.ana, 1)[0]
    assert setup.upload(file_id=file_id) == setup.upload(file_id=file_id)
    with pytest.raises(DriveRefusal) as refused:
        setup.upload(b"other bytes" * 200, file_id=file_id)
    assert refused.value.reason == "fileIdInUse"
    setup.drive.trash(setup.ana, file_id)
    with pytest.raises(DriveRefusal):
        setup.upload(file_id=file_id)


def test_an_id_of_another_user_or_a_made_up_one_is_not_usable(setup: Setup) -> None:
    """Reserved ids belong to one user."""
    for file_id in (setup.drive.generate_ids(setup.budi, 1)[0], "1madeup"):
        with pytest.raises(DriveRefusal) as refused:
            setup.upload(file_id=file_id)
        assert refused.value.status == 400


def test_the_folder_is_made_once_and_found_again(setup: Setup) -> None:
    """Not when it is in the trash."""
    assert setup.drive.create_folder(setup.ana, setup.folder.id) == setup.folder
    found = setup.drive.find_folder(setup.ana)
    assert found is not None
    assert (found.id, found.mime_type) == (setup.folder.id, FOLDER_TYPE)
    setup.drive.trash(setup.ana, setup.folder.id)
    assert setup.drive.find_folder(setup.ana) is None
    trashed = setup.drive.get(setup.ana, setup.folder.id)
    assert trashed is not None
    assert trashed.trashed


def test_sharing_and_trashing_twice_are_harmless(setup: Setup) -> None:
    """And so is trashing what is gone."""
    file = setup.upload()
    assert setup.drive.make_public(setup.ana, file.id)
    assert setup.drive.make_public(setup.ana, file.id)
    for _ in range(2):
        setup.drive.trash(setup.ana, file.id)
    setup.drive.trash(setup.ana, "1gone")


def test_a_file_gets_another_name_and_one_that_is_not_ones_own_does_not(setup: Setup) -> None:
    """Twice is fine; its bytes stay."""
    file = setup.upload()
    for _ in range(2):
        setup.drive.rename(setup.ana, file.id, "Sari, at dawn ☀.png")
    renamed = setup.drive.get(setup.ana, file.id)
    assert renamed
    assert (renamed.name, renamed.sha256) == ("Sari, at dawn ☀.png", file.sha256)
    for access, file_id in ((setup.budi, file.id), (setup.ana, "1gone")):
        with pytest.raises(DriveRefusal) as refused:
            setup.drive.rename(access, file_id, "mine")
        assert refused.value.status == 404


def test_how_full_the_drive_is(setup: Setup) -> None:
    """Used bytes grow by the file."""
    before = setup.drive.about(setup.ana).used_bytes
    setup.upload()
    assert setup.drive.about(setup.ana).used_bytes == before + len(DATA)


# -- the adapter alone: the protocol and its faults


@pytest.fixture
def real(google: Google) -> Setup:
    """The adapter on the emulator."""
    return Setup(adapter(google), signed_in(google))


def test_a_large_file_goes_in_chunks(real: Setup, google: Google) -> None:
    """17 MB: three chunks, one file, the same bytes on disk."""
    data = DATA * 17
    assert len(data) > 2 * CHUNK
    file = real.upload(data)
    listed = google.drives()["ana@gmail.com"]
    assert [entry["sha256"] for entry in listed if entry["id"] == file.id] == [hashlib.sha256(data).hexdigest()]


@pytest.mark.parametrize("fault", ["upload_5xx_before", "upload_5xx_after", "upload_drop"])
@pytest.mark.parametrize("size", [1000, 12])
def test_a_fault_in_the_middle_of_an_upload_is_asked_about(real: Setup, google: Google, fault: str, size: int) -> None:
    """Whatever was stored, the file is right and there is one."""
    google.fault(fault)
    data = DATA * size if size == 12 else DATA[:size]
    file = real.upload(data)
    assert file.sha256 == hashlib.sha256(data).hexdigest()
    assert len([entry for entry in google.drives()["ana@gmail.com"] if entry["name"] == "a picture.png"]) == 1


def test_a_session_that_is_gone_is_an_outage_and_the_next_attempt_works(real: Setup, google: Google) -> None:
    """404: start over."""
    file_id = real.drive.generate_ids(real.ana, 1)[0]
    google.fault("upload_session_gone")
    with pytest.raises(DriveUnavailable):
        real.upload(file_id=file_id)
    assert real.upload(file_id=file_id).id == file_id


def test_damaged_bytes_are_noticed_and_put_into_the_trash(real: Setup, google: Google) -> None:
    """The checksum is compared."""
    google.fault("upload_damaged")
    with pytest.raises(DriveRefusal) as refused:
        real.upload()
    assert refused.value.reason == "checksumMismatch"
    assert [entry["trashed"] for entry in google.drives()["ana@gmail.com"] if entry["name"] == "a picture.png"] == [
        True
    ]


@pytest.mark.parametrize("fault", ["storageQuotaExceeded", "upload_quota_at_end"])
def test_a_full_drive_is_refused_at_the_start_or_at_the_end(real: Setup, google: Google, fault: str) -> None:
    """By Google's word for it."""
    google.fault(fault, **({"match": {"method": "upload.initiate"}} if fault == "storageQuotaExceeded" else {}))
    with pytest.raises(DriveRefusal) as refused:
        real.upload()
    assert refused.value.reason == "storageQuotaExceeded"


@pytest.mark.parametrize("fault", ["publishOutNotPermitted", "publishOutNotPermitted403"])
def test_a_policy_against_public_files_keeps_the_file_private(real: Setup, google: Google, fault: str) -> None:
    """As 400 with an empty user message, and as 403."""
    file = real.upload()
    google.fault(fault, match={"method": "permissions.create"})
    assert real.drive.make_public(real.ana, file.id) is False
    assert not next(entry for entry in google.drives()["ana@gmail.com"] if entry["id"] == file.id)["public"]


@pytest.mark.parametrize(
    "fault",
    ["rateLimitExceeded", "userRateLimitExceeded", "tooManyRequests", "backendError", "serviceUnavailable", "html_403"],
)
def test_what_passes_is_an_outage(real: Setup, google: Google, fault: str) -> None:
    """403 is also rate limiting, and also a page."""
    google.fault(fault, match={"method": "files.get"})
    with pytest.raises(DriveUnavailable):
        real.drive.get(real.ana, real.folder.id)
    assert real.drive.get(real.ana, real.folder.id) is not None


@pytest.mark.parametrize("fault", ["domainPolicy", "accessNotConfigured", "insufficientFilePermissions"])
def test_what_does_not_pass_is_a_refusal(real: Setup, google: Google, fault: str) -> None:
    """With Google's reason."""
    google.fault(fault, match={"method": "files.get"})
    with pytest.raises(DriveRefusal) as refused:
        real.drive.get(real.ana, real.folder.id)
    assert refused.value.reason == fault


def test_a_dead_token_is_told_apart_in_every_call(real: Setup, google: Google) -> None:
    """401: refresh once."""
    file = real.upload()
    google.emulator.clock.advance(3600)
    calls: list[Callable[[], Any]] = [
        lambda: real.drive.about(real.ana),
        lambda: real.drive.generate_ids(real.ana, 1),
        lambda: real.drive.get(real.ana, file.id),
        lambda: real.drive.find_folder(real.ana),
        lambda: real.drive.make_public(real.ana, file.id),
        lambda: real.upload(file_id="1x"),
    ]
    for call in calls:
        with pytest.raises(TokenRejected):
            call()
    with pytest.raises(TokenRejected), real.drive.download(real.ana, file.id):
        pass


def test_a_create_whose_answer_was_lost_makes_one_folder(google: Google) -> None:
    """The id was reserved."""
    drive = adapter(google)
    ana = signed_in(google)("ana")
    folder_id = drive.generate_ids(ana, 1)[0]
    google.fault("drop", match={"method": "files.create"})
    drive.create_folder(ana, folder_id)  # httplib2 asks again by itself when a connection is cut
    assert drive.create_folder(ana, folder_id).id == folder_id
    assert len(google.drives()["ana@gmail.com"]) == 1


def test_neither_token_nor_session_is_logged(google: Google) -> None:
    """The upload's address is a credential too."""
    log = io.StringIO()
    setup = Setup(adapter(google, log), signed_in(google))
    setup.upload()
    assert setup.ana.token.reveal() not in log.getvalue()
    assert "upload_id" not in log.getvalue()


def test_files_are_real_files_that_survive_a_restart(tmp_path: Path) -> None:
    """Below the account's address, by folder and name."""
    google = Google(tmp_path)
    setup = Setup(adapter(google), signed_in(google))
    file = setup.upload()
    assert (tmp_path / "drive/ana@gmail.com/Ecosystem IP AI/a picture.png").read_bytes() == DATA
    google.close()

    again = Google(tmp_path)
    found = adapter(again).get(setup.ana, file.id)
    assert found is not None
    assert (found.sha256, found.parents) == (file.sha256, file.parents)
    again.close()


@pytest.fixture
def raw(google: Google) -> Callable[..., requests.Response]:
    """Plain HTTP with Ana's token."""
    token = google.tokens()["access_token"]

    def call(method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        url = path if path.startswith("http") else f"{google.url}{path}"
        return requests.request(method, url, headers=headers, timeout=10, allow_redirects=False, **more)

    return call


def test_a_sloppy_client_fails(raw: Callable[..., requests.Response]) -> None:
    """Mandatory fields, unknown parameters and fields, a bad query."""
    assert raw("GET", "/drive/v3/about").json()["error"]["errors"][0]["reason"] == "required"
    assert raw("GET", "/drive/v3/about?fields=made_up").status_code == 400
    assert raw("GET", "/drive/v3/files?fields=files(id").status_code == 400
    assert raw("GET", "/drive/v3/files?made_up=1").status_code == 400
    assert raw("GET", "/drive/v3/files?q=name is x").json()["error"]["errors"][0]["reason"] == "invalid"
    assert raw("POST", "/drive/v3/files", json={"title": "x"}).status_code == 400
    assert raw("GET", "/drive/v3/files/1x", headers={"Authorization": "Bearer x"}).status_code == 401
    missing = raw("GET", "/drive/v3/files/1x").json()["error"]["errors"][0]
    assert (missing["reason"], missing["location"]) == ("notFound", "fileId")


def test_an_unaligned_chunk_is_cut_silently(raw: Callable[..., requests.Response]) -> None:
    """What a client sent is not what is stored; without a Range nothing is."""
    begun = raw("POST", "/upload/drive/v3/files?uploadType=resumable&fields=id,size,md5Checksum", json={"name": "x"})
    session = begun.headers["Location"]
    empty = raw("PUT", session, headers={"Content-Range": "bytes */400000"})
    assert (empty.status_code, "Range" in empty.headers) == (308, False)
    cut = raw("PUT", session, data=b"x" * 300_000, headers={"Content-Range": "bytes 0-299999/400000"})
    assert (cut.status_code, cut.headers["Range"], "Location" in cut.headers) == (308, "bytes=0-262143", False)
    rest = raw("PUT", session, data=b"x" * 137_856, headers={"Content-Range": "bytes 262144-399999/400000"})
    assert (rest.status_code, rest.json()["size"], set(rest.json())) == (200, "400000", {"id", "size", "md5Checksum"})
    assert raw("PUT", session, headers={"Content-Range": "bytes */400000"}).json() == rest.json()


def test_a_cancelled_session_stays_cancelled(raw: Callable[..., requests.Response]) -> None:
    """499, and 499 again."""
    session = raw("POST", "/upload/drive/v3/files?uploadType=resumable", json={"name": "x"}).headers["Location"]
    assert raw("DELETE", session).status_code == 499
    assert raw("PUT", session, headers={"Content-Range": "bytes */1"}).status_code == 499


def test_an_answer_that_breaks_off_is_an_outage(google: Google) -> None:
    """And not an error of ours, whatever the library raises for it."""
    token = google.tokens()["access_token"]
    google.emulator.disturbances.add({"when": "cut", "path": "/drive/v3/about", "bytes": 9})
    with pytest.raises(DriveUnavailable):
        adapter(google).about(Access("ana", "sub", Secret(token)))
