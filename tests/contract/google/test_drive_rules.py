"""Drive at the emulator, rule by rule, as plain HTTP: a client that is sloppy about one of them fails."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
import requests

from infra.local.google.emulator import API_KEY
from tests.contract.google.conftest import Google

KIB = 1024
FOLDER = "application/vnd.google-apps.folder"
DOCUMENT = "application/vnd.google-apps.document"


class Api:
    """One person's calls, without any library's help."""

    def __init__(self, google: Google, name: str = "ana") -> None:
        self.google = google
        self.email = f"{name}@gmail.com"
        self.token = google.tokens(self.email)["access_token"]
        self.people = google.emulator.people

    def call(self, method: str, path: str, body: Any = None, **query: str) -> requests.Response:
        """As the user."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.request(
            method, f"{self.google.url}/drive/v3/{path}", params=query, json=body, headers=headers, timeout=10
        )

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """What must work."""
        answer = self.call("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def refused(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, str]:
        """Status and Google's reason."""
        answer = self.call(method, path, body, **query)
        return answer.status_code, answer.json()["error"]["errors"][0]["reason"]

    def reserve(self) -> str:
        """An id."""
        return str(self.get("files/generateIds", count="1", space="drive", type="files")["ids"][0])

    def initiate(self, size: int | None, **metadata: Any) -> requests.Response:
        """A resumable session."""
        headers = {"Authorization": f"Bearer {self.token}", "X-Upload-Content-Type": "image/png"}
        headers |= {"X-Upload-Content-Length": str(size)} if size is not None else {}
        url = f"{self.google.url}/upload/drive/v3/files"
        query = {"uploadType": "resumable", "fields": "id,size,md5Checksum,sha256Checksum"}
        return requests.post(url, params=query, json={"name": "f.png", **metadata}, headers=headers, timeout=10)

    def put(self, session: str, data: bytes, span: str) -> requests.Response:
        """A chunk."""
        return requests.put(session, data=data, headers={"Content-Range": f"bytes {span}"}, timeout=10)

    def upload(self, data: bytes = b"a fox", **metadata: Any) -> dict[str, Any]:
        """A file."""
        session = self.initiate(len(data), **metadata).headers["Location"]
        return dict(self.put(session, data, f"0-{len(data) - 1}/{len(data)}").json())

    def folder(self, **metadata: Any) -> str:
        """A folder."""
        body = {"name": "folder", "mimeType": FOLDER, **metadata}
        return str(self.call("POST", "files", body).json()["id"])

    def by_hand(self, **facts: Any) -> str:
        """A file that the app was never granted."""
        given = {"email": self.email, "name": "hand.png", "mime_type": "image/png", "data": b"by hand", **facts}
        return str(self.people.add_file(**given)["id"])

    def anonymous(self, file_id: str, key: str = API_KEY, **more: str) -> requests.Response:
        """With an API key, and no token."""
        keys = {"X-Goog-Drive-Resource-Keys": more.pop("resource")} if "resource" in more else {}
        url = f"{self.google.url}/drive/v3/files/{file_id}"
        return requests.get(url, params={"key": key, **more}, headers=keys, timeout=10)


@pytest.fixture
def ana(google: Google) -> Api:
    """One person."""
    return Api(google)


def test_a_file_that_was_not_granted_is_not_there(ana: Api) -> None:
    """404 by its id, and silently absent from lists; also one's own, and also a public one."""
    own, public = ana.by_hand(), ana.by_hand(public=True)
    made = ana.upload()["id"]
    for file_id in (own, public):
        assert ana.refused("GET", f"files/{file_id}") == (404, "notFound")
    assert [file["id"] for file in ana.get("files")["files"]] == [made]
    ana.people.pick(ana.email, own)
    assert ana.get(f"files/{own}")["id"] == own


def test_another_user_sees_nothing(google: Google, ana: Api) -> None:
    """The grant is of this user."""
    made, budi = ana.upload()["id"], Api(google, "budi")
    for method in ("GET", "PATCH", "DELETE"):
        assert budi.refused(method, f"files/{made}", {} if method == "PATCH" else None)[0] == 404
    assert budi.get("files")["files"] == []


def test_a_key_sees_public_files_only_and_not_all_of_them(ana: Api) -> None:
    """404 for the rest; no appProperties, no permissions, no parents' powers."""
    public, private = ana.by_hand(public=True), ana.by_hand()
    found = ana.anonymous(public, fields="*").json()
    assert found["id"] == public
    assert not {"appProperties", "permissions", "permissionIds", "parents", "owners"} & found.keys()
    assert ana.anonymous(private).status_code == 404
    assert ana.anonymous(public, key="wrong").status_code == 400
    unregistered = requests.get(f"{ana.google.url}/drive/v3/files/{public}", timeout=10)
    assert unregistered.status_code == 403


def test_a_token_beside_the_key_is_what_counts(ana: Api) -> None:
    """A public file that was never granted is not there for it."""
    public = ana.by_hand(public=True)
    assert ana.call("GET", f"files/{public}", key=API_KEY).status_code == 404


def test_a_link_with_a_resource_key_needs_it(ana: Api) -> None:
    """In the header, for metadata and bytes."""
    keyed = ana.by_hand(public=True, resource_key="0-k")
    assert ana.anonymous(keyed).status_code == 404
    assert ana.anonymous(keyed, resource=f"{keyed}/0-wrong").status_code == 404
    assert ana.anonymous(keyed, resource=f"other/0-x,{keyed}/0-k").status_code == 200
    assert ana.anonymous(keyed, alt="media").status_code == 404
    assert ana.anonymous(keyed, alt="media", resource=f"{keyed}/0-k").content == b"by hand"


def test_a_shared_drive_is_there_only_for_who_can_handle_it(ana: Api) -> None:
    """Metadata 404 and lists empty without the flags; bytes come without."""
    shared = ana.by_hand(drive_id="0AbCdPVA")
    ana.people.pick(ana.email, shared)
    assert ana.refused("GET", f"files/{shared}") == (404, "notFound")
    assert ana.get(f"files/{shared}", supportsAllDrives="true", fields="driveId")["driveId"] == "0AbCdPVA"
    assert ana.get("files")["files"] == []
    everything = {"supportsAllDrives": "true", "includeItemsFromAllDrives": "true"}
    assert len(ana.get("files", **everything)["files"]) == 1
    assert ana.call("GET", f"files/{shared}", alt="media").content == b"by hand"


def test_a_shortcut_names_its_target_also_when_that_is_gone(ana: Api) -> None:
    """It has no size and no bytes; the type that it tells may be stale."""
    target = ana.by_hand(public=True, resource_key="0-t")
    shortcut = ana.by_hand(mime_type="application/vnd.google-apps.shortcut", data=b"", public=True, target=target)
    ana.people.act(target, "delete")
    found = ana.anonymous(shortcut, fields="size,shortcutDetails").json()
    details = {"targetId": target, "targetMimeType": "image/png", "targetResourceKey": "0-t"}
    assert found == {"shortcutDetails": details}
    assert ana.anonymous(target).status_code == 404


def test_a_native_document_has_no_bytes(ana: Api) -> None:
    """And no checksum."""
    document = ana.by_hand(mime_type=DOCUMENT, data=b"", public=True)
    answer = ana.anonymous(document, alt="media")
    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (403, "fileNotDownloadable")
    assert "md5Checksum" not in ana.anonymous(document, fields="*").json()


def test_about_wants_fields(ana: Api) -> None:
    """It has no default."""
    assert ana.refused("GET", "about") == (400, "required")
    assert ana.get("about", fields="user/emailAddress") == {"user": {"emailAddress": ana.email}}


def test_only_the_asked_fields_come_and_by_default_few(ana: Api) -> None:
    """A client that asks for nothing has no checksum to compare."""
    made = ana.upload()["id"]
    assert set(ana.get(f"files/{made}")) == {"kind", "id", "name", "mimeType"}
    assert set(ana.get("files")) == {"kind", "incompleteSearch", "files"}
    assert ana.get(f"files/{made}", fields="size,capabilities(canDownload)") == {
        "size": "5",
        "capabilities": {"canDownload": True},
    }


@pytest.mark.parametrize("fields", ["id,", "id name", "files(id", "nothing", "id,(name)", ""])
def test_fields_that_are_none_are_refused(ana: Api, fields: str) -> None:
    """The grammar, and names that the resource does not have."""
    made = ana.upload()["id"]
    assert ana.call("GET", f"files/{made}", fields=fields).status_code == 400


def test_numbers_of_64_bits_are_texts(ana: Api) -> None:
    """size, version, quota."""
    made = ana.upload()["id"]
    found = ana.get(f"files/{made}", fields="size,version")
    assert all(isinstance(value, str) for value in found.values())
    quota = ana.get("about", fields="storageQuota")["storageQuota"]
    assert all(isinstance(value, str) for value in quota.values())


def test_two_files_may_have_one_name(ana: Api) -> None:
    """A name is no identity: a retried create without an id makes a second file."""
    first, second = ana.upload(name="same.png")["id"], ana.upload(name="same.png")["id"]
    assert first != second
    assert len(ana.get("files", q="name = 'same.png'")["files"]) == 2


@pytest.mark.parametrize(
    "query", ["name = fox", "name", "trashed", "appProperties has {key='k'}", "'x' in", "name == 'a'", "colour = 'red'",
              "name = 'it's'", "(trashed = false"]
)  # fmt: skip
def test_a_search_that_is_none_is_refused(ana: Api, query: str) -> None:
    """400 invalid, and not an empty list."""
    ana.upload()
    assert ana.refused("GET", "files", q=query) == (400, "invalid")


def test_a_search_finds_what_it_says(ana: Api) -> None:
    """Parents, properties, trash, escapes."""
    folder = ana.folder()
    made = ana.upload(name="it's", parents=[folder], appProperties={"gen": "1'2"})["id"]
    for query in (
        f"'{folder}' in parents",
        "appProperties has { key='gen' and value='1\\'2' } and trashed = false",
        "name = 'it\\'s'",
        f"mimeType != '{FOLDER}' and not trashed = true",
    ):
        assert [file["id"] for file in ana.get("files", q=query)["files"]] == [made], query
    assert ana.get("files", q="appProperties has { key='gen' and value='12' }")["files"] == []


def test_a_list_comes_in_pages_to_an_absent_token(ana: Api) -> None:
    """A token is opaque; one that is none is refused."""
    ids = {ana.upload(name=f"{number}")["id"] for number in range(5)}
    seen, token = set(), ""
    while True:
        page = ana.get(
            "files", pageSize="2", fields="nextPageToken,files/id", **({"pageToken": token} if token else {})
        )
        seen |= {file["id"] for file in page["files"]}
        if "nextPageToken" not in page:
            break
        token = page["nextPageToken"]
    assert seen == ids
    assert ana.refused("GET", "files", pageToken="2")[0] == 400
    assert ana.refused("GET", "files", pageSize="1001")[0] == 400


def test_the_trash_takes_what_is_inside_and_stays_public(ana: Api) -> None:
    """Trashed but not explicitly; anybody with the link still reads it."""
    folder = ana.folder()
    made = ana.upload(parents=[folder])["id"]
    ana.call("POST", f"files/{made}/permissions", {"role": "reader", "type": "anyone"})
    ana.call("PATCH", f"files/{folder}", {"trashed": True})
    assert ana.get(f"files/{made}", fields="trashed,explicitlyTrashed") == {"trashed": True, "explicitlyTrashed": False}
    assert ana.anonymous(made, fields="trashed").json() == {"trashed": True}
    assert ana.anonymous(made, alt="media").content == b"a fox"


def test_deleting_is_the_owners_and_answers_nothing(google: Google, ana: Api) -> None:
    """204 as HTML; what was inside is gone too; who only picked it may not."""
    folder = ana.folder()
    made = ana.upload(parents=[folder])["id"]
    public = ana.by_hand(public=True)
    budi = Api(google, "budi")
    budi.people.pick(budi.email, public)
    assert budi.refused("DELETE", f"files/{public}") == (403, "insufficientFilePermissions")
    answer = ana.call("DELETE", f"files/{folder}")
    assert (answer.status_code, answer.content, answer.headers["Content-Type"].partition(";")[0]) == (
        204,
        b"",
        "text/html",
    )
    assert ana.refused("GET", f"files/{made}")[0] == 404


def test_the_link_permission_has_its_own_id(ana: Api) -> None:
    """Deleting `anyone` finds nothing; sharing twice is harmless."""
    made = ana.upload()["id"]
    for _ in range(2):
        shared = ana.call("POST", f"files/{made}/permissions", {"role": "reader", "type": "anyone"}).json()
        assert shared["id"] == "anyoneWithLink"
    assert ana.refused("DELETE", f"files/{made}/permissions/anyone") == (404, "notFound")
    assert ana.call("DELETE", f"files/{made}/permissions/anyoneWithLink").status_code == 204


def test_a_folder_is_shared_only_with_a_grant_on_everything_inside(ana: Api) -> None:
    """One foreign child is enough, for its owner too."""
    folder = ana.folder()
    ana.upload(parents=[folder])
    share = ("POST", f"files/{folder}/permissions", {"role": "reader", "type": "anyone"})
    assert ana.call(*share).status_code == 200
    ana.by_hand(parent=folder)
    assert ana.refused(*share) == (403, "appNotAuthorizedToFile")


def test_reserved_ids_are_one_users_and_good_once(google: Google, ana: Api) -> None:
    """409 for a second create; 400 for another user's, and for a made-up one."""
    file_id = ana.reserve()
    made = ana.upload(id=file_id)
    assert made["id"] == file_id
    again = ana.initiate(5, id=file_id)
    assert (again.status_code, again.json()["error"]["errors"][0]["reason"]) == (409, "fileIdInUse")
    for other in (ana.reserve(), "1" + "x" * 32):
        assert Api(google, "budi").initiate(5, id=other).status_code == 400


def test_an_upload_begins_with_an_address_and_nothing_else(ana: Api) -> None:
    """200, empty; the fields given there are those of the last answer."""
    answer = ana.initiate(5)
    assert (answer.status_code, answer.content) == (200, b"")
    made = ana.put(answer.headers["Location"], b"a fox", "0-4/5").json()
    assert made.keys() == {"id", "size", "md5Checksum", "sha256Checksum"}
    assert made["sha256Checksum"] == hashlib.sha256(b"a fox").hexdigest()


def test_a_chunk_is_answered_308_with_a_range_and_no_address(ana: Api) -> None:
    """And a status query too; with nothing stored there is no Range at all."""
    size = 512 * KIB
    session = ana.initiate(size).headers["Location"]
    empty = ana.put(session, b"", f"*/{size}")
    assert (empty.status_code, "Range" in empty.headers) == (308, False)
    first = ana.put(session, b"x" * 256 * KIB, f"0-{256 * KIB - 1}/{size}")
    assert (first.status_code, first.headers["Range"]) == (308, f"bytes=0-{256 * KIB - 1}")
    assert "Location" not in first.headers
    assert ana.put(session, b"", f"*/{size}").headers["Range"] == first.headers["Range"]


def test_of_an_unaligned_chunk_the_rest_is_dropped_silently(ana: Api) -> None:
    """The next offset is what Range says; a client that goes on from what it sent is refused."""
    size = 600_000
    session = ana.initiate(size).headers["Location"]
    answer = ana.put(session, b"x" * 300_000, f"0-299999/{size}")
    assert answer.headers["Range"] == f"bytes=0-{256 * KIB - 1}"
    assert ana.put(session, b"x" * 300_000, f"300000-599999/{size}").status_code == 400
    rest = ana.put(session, b"x" * (size - 256 * KIB), f"{256 * KIB}-{size - 1}/{size}")
    assert (rest.status_code, rest.json()["size"]) == (200, str(size))


def test_sending_again_from_zero_is_taken(ana: Api) -> None:
    """And stores nothing twice."""
    size = 512 * KIB
    session = ana.initiate(size).headers["Location"]
    for _ in range(2):
        assert ana.put(session, b"x" * 256 * KIB, f"0-{256 * KIB - 1}/{size}").status_code == 308
    last = ana.put(session, b"x" * 256 * KIB, f"{256 * KIB}-{size - 1}/{size}")
    assert last.json()["size"] == str(size)


def test_asking_after_the_end_gives_the_file(ana: Api) -> None:
    """How a client recovers whose last answer was lost."""
    session = ana.initiate(5).headers["Location"]
    made = ana.put(session, b"a fox", "0-4/5").json()
    again = ana.put(session, b"", "*/5")
    assert (again.status_code, again.json()) == (200, made)


def test_a_cancelled_session_answers_499_from_then_on(ana: Api) -> None:
    """Not 204."""
    session = ana.initiate(5).headers["Location"]
    assert requests.delete(session, timeout=10).status_code == 499
    assert ana.put(session, b"", "*/5").status_code == 499


def test_a_session_lives_a_week(google: Google, ana: Api) -> None:
    """Then 404: start over."""
    session = ana.initiate(5).headers["Location"]
    google.emulator.clock.advance(7 * 86400 - 60)
    assert ana.put(session, b"", "*/5").status_code == 308
    google.emulator.clock.advance(120)
    assert ana.put(session, b"a fox", "0-4/5").status_code == 404


def test_every_call_costs_its_units(google: Google, ana: Api) -> None:
    """5 for a read, 100 for a list, 200 for bytes, 50 for a change."""
    made = ana.upload()["id"]
    google.emulator.journal.clear()
    ana.get(f"files/{made}")
    ana.get("files")
    ana.call("GET", f"files/{made}", alt="media")
    ana.call("PATCH", f"files/{made}", {"name": "x"})
    assert [event["units"] for event in google.emulator.journal.events("drive")] == [5, 100, 200, 50]


def test_a_list_may_lag_behind_a_create(google: Google, ana: Api) -> None:
    """A search is no lock."""
    made = ana.upload()["id"]
    google.fault("list_lag")
    assert ana.get("files")["files"] == []
    assert [file["id"] for file in ana.get("files")["files"]] == [made]


@pytest.mark.parametrize(
    ("method", "path", "body", "query"),
    [
        ("GET", "files", None, {"color": "red"}),
        ("GET", "files/x", None, {"pageSize": "3"}),
        ("POST", "files", {"name": "f", "mimeType": FOLDER, "colour": "red"}, {}),
        ("POST", "files", {"name": "f", "mimeType": FOLDER, "parents": ["a", "b"]}, {}),
        ("POST", "files/x/permissions", {"role": "reader", "type": "anyone", "who": "me"}, {}),
        ("GET", "changes", None, {}),
    ],
)
def test_what_a_method_does_not_have_is_refused(
    ana: Api, method: str, path: str, body: Any, query: dict[str, str]
) -> None:
    """An unknown parameter, an unknown field, a second parent, a missing token."""
    made = ana.upload()["id"]
    assert ana.call(method, path.replace("x", made) if "/x" in path else path, body, **query).status_code == 400


def test_properties_have_limits(ana: Api) -> None:
    """124 bytes of key and value, 30 of them."""
    assert ana.initiate(5, appProperties={"k": "v" * 123}).status_code == 200
    assert ana.initiate(5, appProperties={"k": "v" * 124}).status_code == 400
    assert ana.initiate(5, appProperties={str(number): "v" for number in range(31)}).status_code == 403


def test_an_access_token_dies_also_in_the_middle(google: Google, ana: Api) -> None:
    """401 authError with a challenge; an upload goes on, as its address is the credential."""
    session = ana.initiate(5).headers["Location"]
    google.emulator.clock.advance(3600)
    answer = ana.call("GET", "files")
    assert (answer.status_code, answer.headers["WWW-Authenticate"][:6]) == (401, "Bearer")
    assert ana.put(session, b"a fox", "0-4/5").status_code == 200


def test_without_the_scope_nothing_works(google: Google) -> None:
    """A box left empty."""
    tokens = google.token(code=google.consent("cara@gmail.com", ticked=())["code"]).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = requests.get(f"{google.url}/drive/v3/files", headers=headers, timeout=10)
    assert (answer.status_code, json.loads(answer.text)["error"]["errors"][0]["reason"]) == (
        403,
        "insufficientPermissions",
    )
