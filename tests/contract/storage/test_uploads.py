"""Uploads: resumable ones through the client and by hand, and malformed ones."""

from __future__ import annotations

import io

import pytest
import requests

from tests.contract.storage.conftest import BUCKET, World

UNIT = 256 * 1024
DATA = bytes(range(256)) * 3 * 1024 + b"the end"


def begin(world: World, name: str = "film.mp4", **headers: str) -> str:
    """Start a session; its address."""
    answer = requests.post(
        world.upload_url, params={"uploadType": "resumable", "name": name}, headers=headers, json={}, timeout=10
    )
    answer.raise_for_status()
    return answer.headers["Location"]


def send(url: str, span: str, data: bytes = b"", **headers: str) -> requests.Response:
    """One PUT of a session."""
    return requests.put(url, data=data, headers={"Content-Range": f"bytes {span}", **headers}, timeout=10)


def test_the_client_uploads_in_chunks(world: World) -> None:
    """Its chunks are multiples of 256 KiB; it verifies the checksum at the end."""
    blob = world.bucket.blob("film.mp4", chunk_size=UNIT)
    blob.upload_from_file(io.BytesIO(DATA), content_type="video/mp4")
    found = world.bucket.get_blob("film.mp4")
    assert (found.size, found.content_type) == (len(DATA), "video/mp4")
    assert found.download_as_bytes() == DATA


def test_an_interrupted_upload_goes_on_where_it_was(world: World) -> None:
    """308 says what is kept; nothing is to be seen before the end, and the last answer can be had again."""
    url = begin(world)
    first = send(url, f"0-{UNIT - 1}/{len(DATA)}", DATA[:UNIT])
    assert (first.status_code, first.headers["Range"]) == (308, f"bytes=0-{UNIT - 1}")
    assert send(url, f"*/{len(DATA)}").headers["Range"] == f"bytes=0-{UNIT - 1}"
    assert world.bucket.get_blob("film.mp4") is None
    last = send(url, f"{UNIT}-{len(DATA) - 1}/{len(DATA)}", DATA[UNIT:])
    assert last.json()["size"] == str(len(DATA))
    assert send(url, f"*/{len(DATA)}").json()["generation"] == last.json()["generation"]
    assert world.bucket.blob("film.mp4").download_as_bytes() == DATA


def test_a_session_that_has_nothing_says_so_without_a_range(world: World) -> None:
    """308, and no Range header."""
    answer = send(begin(world), "*/100")
    assert answer.status_code == 308
    assert "Range" not in answer.headers


@pytest.mark.parametrize(
    ("span", "size"),
    [
        (f"0-99/{len(DATA)}", 100),
        (f"0-{UNIT}/{len(DATA)}", UNIT + 1),
        ("0-99/*", 100),
        (f"{UNIT}-{2 * UNIT - 1}/{len(DATA)}", UNIT),
        (f"0-{UNIT - 1}/{len(DATA)}", 5),
        (f"0-{UNIT - 1}/10", UNIT),
        ("0-x/10", 10),
    ],
)
def test_a_chunk_that_does_not_fit_is_refused(world: World, span: str, size: int) -> None:
    """Not a multiple of 256 KiB, not the next byte, not as long as it says: 400, and nothing of it is kept."""
    url = begin(world)
    assert send(url, span, DATA[:size]).status_code == 400
    assert "Range" not in send(url, f"*/{len(DATA)}").headers


def test_the_preconditions_of_the_start_hold_at_the_end(world: World) -> None:
    """Another writer came first: 412."""
    query = {"uploadType": "resumable", "name": "a", "ifGenerationMatch": "0"}
    url = requests.post(world.upload_url, params=query, json={}, timeout=10).headers["Location"]
    world.put("a", b"other")
    assert send(url, "0-0/1", b"1").status_code == 412
    assert world.bucket.blob("a").download_as_bytes() == b"other"
    assert requests.post(world.upload_url, params=query, json={}, timeout=10).status_code == 412


def test_a_checksum_of_the_last_chunk_is_verified(world: World) -> None:
    """400, and no object."""
    answer = send(begin(world, "a"), "0-0/1", b"1", **{"X-Goog-Hash": "crc32c=AAAAAA=="})
    assert answer.status_code == 400
    assert world.bucket.get_blob("a") is None


def test_an_announced_length_is_kept(world: World) -> None:
    """X-Upload-Content-Length binds."""
    assert send(begin(world, "a", **{"X-Upload-Content-Length": "5"}), "0-0/1", b"1").status_code == 400


def test_a_session_ends_after_a_week_or_when_it_is_cancelled(world: World) -> None:
    """410 and 404."""
    old, cancelled = begin(world), begin(world)
    assert requests.delete(cancelled, timeout=10).status_code == 499
    assert send(cancelled, "*/1").status_code == 404
    world.emulator.clock.advance(7 * 86400 + 1)
    assert send(old, "*/1").status_code == 410


def test_an_upload_of_bytes_alone_takes_its_type_from_the_header(world: World) -> None:
    """uploadType=media."""
    query = {"uploadType": "media", "name": "a"}
    requests.post(world.upload_url, params=query, data=b"1", headers={"Content-Type": "image/webp"}, timeout=10)
    assert world.bucket.get_blob("a").content_type == "image/webp"


@pytest.mark.parametrize(
    ("query", "headers", "data"),
    [
        ({"uploadType": "media"}, {}, b"1"),
        ({"name": "a"}, {}, b"1"),
        ({"uploadType": "multipart"}, {"Content-Type": "multipart/related; boundary=x"}, b"--x\r\n\r\n{}\r\n--x--"),
        ({"uploadType": "multipart"}, {"Content-Type": "text/plain"}, b"1"),
        ({"uploadType": "resumable"}, {}, b"not json"),
        ({"uploadType": "media", "name": "a", "ifGenerationMatch": "x"}, {}, b"1"),
    ],
)
def test_a_malformed_upload_is_refused(
    world: World, query: dict[str, str], headers: dict[str, str], data: bytes
) -> None:
    """400 with the API's error body."""
    answer = requests.post(world.upload_url, params=query, headers=headers, data=data, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == 400
    assert list(world.client.list_blobs(BUCKET)) == []
