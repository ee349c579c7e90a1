"""Objects through google-cloud-storage: written, read, found, deleted."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

import google_crc32c
import pytest
import requests
from google.api_core import exceptions
from google.cloud.storage.exceptions import DataCorruption

from infra.local.faults import Fault
from infra.local.storage.emulator import StorageEmulator
from tests.contract.storage.conftest import BUCKET, World

PICTURE = bytes(range(256)) * 100


def test_what_was_written_is_read_with_its_checksums(world: World) -> None:
    """The client compares them by itself; so do we."""
    written = world.put("jobs/1/0.png", PICTURE)
    assert written.md5_hash == base64.b64encode(hashlib.md5(PICTURE, usedforsecurity=False).digest()).decode()
    assert written.crc32c == base64.b64encode(google_crc32c.value(PICTURE).to_bytes(4, "big")).decode()
    found = world.bucket.get_blob("jobs/1/0.png")
    assert (found.size, found.content_type, found.metageneration) == (len(PICTURE), "image/png", 1)
    assert found.download_as_bytes() == PICTURE
    assert world.bucket.blob("jobs/1/0.png").download_as_bytes() == PICTURE


@pytest.mark.parametrize("name", ["a b/ü?#%2F+&.png", "a//b", "../x", "x" * 1024, "/lead"])
def test_any_name_is_kept_as_it_is(world: World, name: str) -> None:
    """Slashes, dots and reserved characters are a part of it."""
    world.put(name, b"1")
    assert [blob.name for blob in world.client.list_blobs(BUCKET)] == [name]
    assert world.bucket.blob(name).download_as_bytes() == b"1"
    world.bucket.blob(name).delete()
    assert not world.bucket.blob(name).exists()


@pytest.mark.parametrize("name", ["..", "a\nb", "x" * 1025])
def test_a_name_that_cannot_be_is_refused(world: World, name: str) -> None:
    """400, and nothing is stored."""
    with pytest.raises(exceptions.BadRequest):
        world.put(name)
    assert list(world.client.list_blobs(BUCKET)) == []


def test_metadata_travels_with_an_object_and_can_be_changed(world: World) -> None:
    """A change of metadata is a new metageneration of the same generation."""
    blob = world.bucket.blob("a")
    blob.metadata, blob.cache_control = {"owner": "u1"}, "no-store"
    blob.upload_from_string(b"1")
    generation = blob.generation
    blob.metadata = {"owner": "u2"}
    blob.patch()
    found = world.bucket.get_blob("a")
    assert (found.metadata, found.cache_control) == ({"owner": "u2"}, "no-store")
    assert (found.generation, found.metageneration) == (generation, 2)


def test_creating_only_what_is_not_there(world: World) -> None:
    """ifGenerationMatch=0: the second writer is told, and the first one's bytes stay."""
    world.bucket.blob("a").upload_from_string(b"first", if_generation_match=0)
    with pytest.raises(exceptions.PreconditionFailed, match="pre-conditions"):
        world.bucket.blob("a").upload_from_string(b"second", if_generation_match=0)
    assert world.bucket.blob("a").download_as_bytes() == b"first"


def test_replacing_and_deleting_only_what_was_read(world: World) -> None:
    """Each write is a new generation; conditions on the old one fail."""
    first = world.put("a", b"1").generation
    world.bucket.blob("a").upload_from_string(b"2", if_generation_match=first)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: world.bucket.blob("a").upload_from_string(b"3", if_generation_match=first),
        lambda: world.bucket.blob("a").delete(if_generation_match=first),
        lambda: world.bucket.blob("a").delete(if_metageneration_match=9),
        lambda: world.bucket.blob("a").reload(if_generation_match=first),
    )
    for attempt in attempts:
        with pytest.raises(exceptions.PreconditionFailed):
            attempt()
    assert world.bucket.blob("a").download_as_bytes() == b"2"
    with pytest.raises(exceptions.NotFound):
        world.bucket.blob("a", generation=first).download_as_bytes()


def test_a_part_of_an_object_can_be_read(world: World) -> None:
    """206 with the range; beyond the end 416."""
    blob = world.put("a", b"0123456789")
    assert blob.download_as_bytes(start=2, end=4) == b"234"
    assert blob.download_as_bytes(start=7) == b"789"
    with pytest.raises(exceptions.RequestRangeNotSatisfiable):
        blob.download_as_bytes(start=20)
    answer = requests.get(blob.media_link, headers={"Range": "bytes=2-4"}, timeout=10)
    assert (answer.status_code, answer.headers["Content-Range"]) == (206, "bytes 2-4/10")


def test_what_is_not_there_is_not_found(world: World) -> None:
    """In the shape that the client understands."""
    with pytest.raises(exceptions.NotFound, match="No such object"):
        world.bucket.blob("none").download_as_bytes()
    with pytest.raises(exceptions.NotFound, match="No such object"):
        world.bucket.blob("none").delete()
    with pytest.raises(exceptions.NotFound, match="bucket does not exist"):
        world.client.bucket("other-bucket").blob("a").upload_from_string(b"1")
    answer = requests.get(f"{world.serving.url}/storage/v1/b/{BUCKET}/o/none", timeout=10)
    assert answer.json()["error"]["errors"][0]["reason"] == "notFound"
    assert world.bucket.get_blob("none") is None


def test_objects_are_listed_by_prefix_in_pages(world: World) -> None:
    """With a delimiter, what is below it is one prefix."""
    for name in ("a/1", "a/2", "a/b/3", "a/b/4", "c"):
        world.put(name)
    assert [blob.name for blob in world.client.list_blobs(BUCKET, prefix="a/", page_size=1)] == [
        "a/1",
        "a/2",
        "a/b/3",
        "a/b/4",
    ]
    rolled = world.client.list_blobs(BUCKET, prefix="a/", delimiter="/", page_size=2)
    assert [blob.name for blob in rolled] == ["a/1", "a/2"]
    assert rolled.prefixes == {"a/b/"}


def test_an_object_is_deleted_when_it_is_seven_days_old(world: World) -> None:
    """By the bucket's lifecycle rule; a rewrite starts anew."""
    world.put("old")
    world.emulator.clock.advance(6 * 86400)
    world.put("new")
    world.emulator.clock.advance(86400 + 1)
    assert [blob.name for blob in world.client.list_blobs(BUCKET)] == ["new"]
    assert not world.bucket.blob("old").exists()
    world.emulator.clock.advance(6 * 86400)
    assert not world.bucket.blob("new").exists()


def test_a_wrong_checksum_is_refused(world: World) -> None:
    """400, and no object; as text and as bytes of a multipart upload."""
    blob = world.bucket.blob("a")
    blob.md5_hash = base64.b64encode(b"x" * 16).decode()
    with pytest.raises(exceptions.BadRequest, match="doesn't match"):
        blob.upload_from_string(b"1")
    assert not world.bucket.blob("a").exists()


def test_the_bytes_are_removed_from_the_disk(tmp_path: Path) -> None:
    """Replaced and deleted objects leave no file; nor do uploads that were refused, after a restart."""
    emulator = StorageEmulator(tmp_path, buckets={BUCKET: None})
    client = emulator.app.test_client()
    for data in (b"1", b"2"):
        client.post(f"/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name=a", data=data)
    assert len(list((tmp_path / "objects").iterdir())) == 1
    wrong = {"X-Goog-Hash": "crc32c=AAAAAA=="}
    refused = client.post(f"/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name=b", data=b"3", headers=wrong)
    assert refused.status_code == 400
    client.delete(f"/storage/v1/b/{BUCKET}/o/a")
    emulator.close()
    StorageEmulator(tmp_path).close()
    assert list((tmp_path / "objects").iterdir()) == []


def test_a_damaged_download_is_noticed_by_the_client(world: World) -> None:
    """The checksum in the header is that of the object."""
    world.put("a")
    world.emulator.faults.add(Fault("corrupt", match={"bucket": BUCKET}))
    with pytest.raises(DataCorruption):
        world.bucket.blob("a").download_as_bytes()
    assert world.bucket.blob("a").download_as_bytes() == b"picture"


def test_an_upload_whose_answer_was_lost_is_there(world: World) -> None:
    """The client's own retry of a conditional upload then fails with 412."""
    world.emulator.faults.add(Fault("answer_lost", match={"op": "POST upload"}))
    with pytest.raises(exceptions.PreconditionFailed):
        world.bucket.blob("a").upload_from_string(b"1", if_generation_match=0)
    assert world.bucket.blob("a").download_as_bytes() == b"1"


def test_what_is_not_emulated_says_so(world: World) -> None:
    """501, never a made-up success."""
    blob = world.put("a")
    with pytest.raises(exceptions.MethodNotImplemented):
        world.bucket.copy_blob(blob, world.bucket, "b", retry=None)
    with pytest.raises(exceptions.MethodNotImplemented):
        list(world.client.list_blobs(BUCKET, versions=True, retry=None))
