"""The bytes of media from the user's Drive, with Range; and the small previews."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

import pytest
from PIL import Image

from functions.api import media_content
from shared.core.errors import DriveUnavailable
from tests.fakes.app import Response, call
from tests.fakes.studio import Browser, Studio


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
