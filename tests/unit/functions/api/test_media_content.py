"""The bytes of media from the user's Drive, with Range; and the small previews."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from PIL import Image

from functions.api import media, media_content
from shared.core.errors import DriveUnavailable
from shared.drive.ports import Download
from tests.fakes.app import Response, call
from tests.fakes.drive import Stored
from tests.fakes.studio import Browser, Studio
from tests.unit.functions.api.test_assets import by_hand, png


def content(browser: Browser, media_id: str, method: str = "GET", **headers: str) -> Response:
    """The file, asked for with the session."""
    return browser.call(media_content.ROUTES, method, f"/api/media/{media_id}/content", **headers)


def test_the_bytes_are_those_of_the_file() -> None:
    """With their type, name and length; HEAD says the same without them."""
    studio = Studio()
    ana = studio.writer()
    made = ana.picture()["media"]
    data = studio.files.files[made["driveFileId"]].data
    answer, head = content(ana, made["id"]), content(ana, made["id"], "HEAD")

    assert (answer.status, answer.raw.get_data()) == (200, data)
    assert answer.headers["Content-Type"] == "image/png"
    assert made["fileName"] in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert (head.status, head.headers["Content-Length"], head.raw.get_data()) == (200, str(len(data)), b"")


@pytest.mark.parametrize(
    ("asked", "status", "expected"),
    [
        ("bytes=0-3", 206, slice(0, 4)),
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=5-999999", 206, slice(5, None)),
        ("bytes=0-0", 206, slice(0, 1)),
        ("bytes=3-1", 416, None),
        ("bytes=999999-", 416, None),
        ("bytes=0-1,4-5", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
    ],
)
def test_a_range_is_answered_as_http_says(asked: str, status: int, expected: slice | None) -> None:
    """Several ranges, and what is none, get the whole."""
    studio = Studio()
    ana = studio.writer()
    made = ana.picture()["media"]
    data = studio.files.files[made["driveFileId"]].data
    answer = content(ana, made["id"], Range=asked)

    assert answer.status == status
    if expected is None:
        assert answer.error == "RANGE_NOT_SATISFIABLE"
    else:
        assert answer.raw.get_data() == data[expected]
    if status == 206:
        assert answer.headers["Content-Range"].endswith(f"/{len(data)}")


def test_what_has_not_changed_is_not_sent_again() -> None:
    """ETag, If-None-Match, If-Range."""
    ana = Studio().writer()
    made = ana.picture()["media"]
    etag = content(ana, made["id"]).headers["ETag"]
    assert content(ana, made["id"], If_None_Match=etag).status == 304
    assert content(ana, made["id"], Range="bytes=0-1", If_Range=etag).status == 206
    assert content(ana, made["id"], Range="bytes=0-1", If_Range='"other"').status == 200


def test_a_signed_link_works_without_a_session_for_a_while_and_for_one_media() -> None:
    """What a <video> or an <img> loads by itself."""
    studio = Studio()
    ana = studio.writer()
    first, second = ana.picture()["media"], ana.picture()["media"]
    link = urlsplit(first["contentUrl"])
    path = f"{link.path}?{link.query}"
    assert call(studio.app, media_content.ROUTES, "GET", path).status == 200
    assert call(studio.app, media_content.ROUTES, "GET", path.replace(first["id"], second["id"])).status == 404
    assert call(studio.app, media_content.ROUTES, "GET", path.replace("/content", "/preview")).status == 404
    assert call(studio.app, media_content.ROUTES, "GET", f"{path}0").status == 404
    assert call(studio.app, media_content.ROUTES, "GET", link.path).error == "UNAUTHENTICATED"
    studio.clock.advance(13 * 3600)
    assert call(studio.app, media_content.ROUTES, "GET", path).status == 404


def test_the_preview_is_small_and_needs_no_drive() -> None:
    """It works when Drive does not."""
    studio = Studio()
    ana = studio.writer()
    made = ana.picture()["media"]

    def trouble(_: str) -> None:
        raise DriveUnavailable("down")

    studio.files.trouble = trouble
    link = urlsplit(made["previewUrl"])
    answer = call(studio.app, media_content.ROUTES, "GET", f"{link.path}?{link.query}")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/webp")
    assert len(answer.raw.get_data()) <= 40_960
    assert Image.open(io.BytesIO(answer.raw.get_data())).format == "WEBP"
    assert content(ana, made["id"]).error == "DRIVE_UNAVAILABLE"


def test_a_file_that_the_user_removed_is_not_found() -> None:
    """And not an error of ours."""
    studio = Studio()
    ana = studio.writer()
    made = ana.picture()["media"]
    del studio.files.files[made["driveFileId"]]
    assert content(ana, made["id"]).error == "NOT_FOUND"


def test_another_users_bytes_are_like_made_up_ones() -> None:
    """Content and preview."""
    studio = Studio()
    ana, budi = studio.writer(), studio.writer("budi@gmail.com")
    made = ana.picture()["media"]
    for media_id in (made["id"], "made-up"):
        assert content(budi, media_id).error == "NOT_FOUND"
        assert budi.call(media_content.ROUTES, "GET", f"/api/media/{media_id}/preview").error == "NOT_FOUND"


def zipped(answer: Response) -> zipfile.ZipFile:
    """The zip of an answer, checked."""
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/zip")
    found = zipfile.ZipFile(io.BytesIO(answer.raw.get_data()))
    assert found.testzip() is None
    return found


def test_everything_is_exported_with_what_is_known_of_it() -> None:
    """Files of one project, each with a JSON; the names are the files' own, made unique."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character(appearance="tall")
    made = ana.picture(sari)["media"]
    again = ana.picture(sari, imageReferenceId=made["id"])["media"]
    for one in (made, again):
        ana.call(media.ROUTES, "PATCH", f"/api/media/{one['id']}", {"fileName": "the same: name"})
    other = ana.picture()["media"]
    project = f"/api/media/export?projectId={made['projectId']}"
    found = zipped(ana.call(media_content.ROUTES, "GET", project))

    names = found.namelist()
    assert (len(names), names[0]) == (5, "export.json")
    contents = json.loads(found.read("export.json"))
    assert (contents["files"], contents["nextPageToken"], contents["projectId"]) == (2, None, made["projectId"])
    assert "the same_ name.png" in names
    for one in (made, again):
        (sidecar,) = [one_ for name in names[1:] if name.endswith(".json")
                      for one_ in [json.loads(found.read(name))] if one_["id"] == one["id"]]  # fmt: skip
        assert (sidecar["promptUsed"], sidecar["error"]) == (one["promptUsed"], None)
        assert found.read(sidecar["fileName"]) == studio.files.files[one["driveFileId"]].data
    everything = zipped(ana.call(media_content.ROUTES, "GET", "/api/media/export")).namelist()
    assert any(other["fileName"] in name for name in everything)


def test_a_large_export_goes_on_in_another_zip() -> None:
    """By the token of the header, which is also inside."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character()
    files = [studio.files.add(Stored("x", f"{number}.png", "image/png", None, png(), public=True, granted=False))
             for number in range(103)]  # fmt: skip
    ids = {ana.link(sari, file_id).data["id"] for file_id in files}
    first = ana.call(media_content.ROUTES, "GET", "/api/media/export")
    token = first.headers["X-Next-Page-Token"]
    found = zipped(first)
    second = ana.call(media_content.ROUTES, "GET", f"/api/media/export?pageToken={token}")
    assert json.loads(found.read("export.json"))["nextPageToken"] == token
    assert "X-Next-Page-Token" not in second.headers
    sidecars = [json.loads(whole.read(name)) for whole in (found, zipped(second)) for name in whole.namelist()
                if name.endswith(".json") and name != "export.json"]  # fmt: skip
    assert len(sidecars) == 103
    assert {one["id"] for one in sidecars} == ids


def test_a_file_that_cannot_be_read_is_said_and_the_others_are_there() -> None:
    """A zip that is cut off within a file is none."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character()
    gone, kept = ana.picture(sari)["media"], ana.picture(sari)["media"]
    studio.files.remove(gone["driveFileId"])
    found = zipped(ana.call(media_content.ROUTES, "GET", "/api/media/export"))
    assert json.loads(found.read(f"{gone['fileName']}.json"))["error"] == "NOT_FOUND"
    assert gone["fileName"] not in found.namelist()
    assert found.read(kept["fileName"]) == studio.files.files[kept["driveFileId"]].data


def test_no_two_entries_of_an_export_have_one_name() -> None:
    """Whatever the files are called in Drive: not a file, not what is said of one, not the table of contents."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character()
    for name in ("fox.png.json", "fox.png", "FOX.png", "export", "export.json", "../export"):
        ana.link(sari, by_hand(studio, public=True, name=name))
    names = zipped(ana.call(media_content.ROUTES, "GET", "/api/media/export")).namelist()
    assert (len(names), len({name.casefold() for name in names})) == (13, 13)


def test_a_link_exports_without_a_cookie_for_an_hour() -> None:
    """Of one user and one project, and nothing else for nobody else."""
    studio = Studio()
    ana, budi = studio.writer(), studio.writer("budi@gmail.com")
    made, other = ana.picture()["media"], ana.picture()["media"]
    made_link = ana.call(media_content.ROUTES, "POST", "/api/media/export", {"projectId": made["projectId"]})
    path = made_link.data["url"].removeprefix("https://studio.example")
    nobody = studio.browser("nobody@gmail.com")
    names = zipped(nobody.call(media_content.ROUTES, "GET", path)).namelist()
    assert made["fileName"] in names
    assert other["fileName"] not in names
    for wrong in (path.replace(made["projectId"], other["projectId"]), path[:-2], "/api/media/export?t=x"):
        assert nobody.call(media_content.ROUTES, "GET", wrong).error == "NOT_FOUND"
    assert nobody.call(media_content.ROUTES, "GET", "/api/media/export").error == "UNAUTHENTICATED"
    studio.clock.advance(3601)
    assert nobody.call(media_content.ROUTES, "GET", path).error == "NOT_FOUND"
    for method, body in (("GET", None), ("POST", {"projectId": made["projectId"]})):
        query = f"?projectId={made['projectId']}" if method == "GET" else ""
        assert budi.call(media_content.ROUTES, method, f"/api/media/export{query}", body).error == "NOT_FOUND"
    assert len(zipped(budi.call(media_content.ROUTES, "GET", "/api/media/export")).namelist()) == 1


def test_what_was_cut_off_is_asked_for_again() -> None:
    """From where it ended; what never begins is said."""
    studio = Studio()
    ana = studio.writer()
    made = ana.picture()["media"]
    data = studio.files.files[made["driveFileId"]].data
    download, asked = studio.files.download, []

    @contextmanager
    def cut(access: Any, file_id: str, first: int = 0, last: int | None = None, **more: Any) -> Iterator[Download]:
        asked.append(first)
        with download(access, file_id, first, last, **more) as whole:
            chunks = b"".join(whole.chunks)

            def broken() -> Iterator[bytes]:
                yield chunks[:10]
                if len(asked) < 3:
                    raise DriveUnavailable("cut off")
                yield chunks[10:]

            yield msgspec.structs.replace(whole, chunks=broken())

    studio.files.download = cut  # type: ignore[method-assign]  # a line that breaks
    answer = ana.call(media_content.ROUTES, "GET", f"/api/media/{made['id']}/content")
    assert answer.raw.get_data() == data
    assert asked == [0, 10, 20]
