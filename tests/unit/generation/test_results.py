"""A result, from wherever it comes: read no more than needed, whole or not at all."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from shared.generation.mp4.boxes import made
from shared.generation.ports import Body, ResultUnusable
from shared.generation.results import LOOK, Result, result_of
from tests.fakes.films import film, frames
from tests.simulation.world import World

URL = "https://provider.test/out/1"


class Host:
    """Serves bytes. `ranges`: from any position; `sized`: it says how many; `upto`: the connection ends there."""

    def __init__(self, data: bytes, *, ranges: bool = True, sized: bool = True, upto: int | None = None) -> None:
        self.data, self.ranges, self.sized, self.upto = data, ranges, sized, upto
        self.read = 0
        self.asked: list[int] = []

    @contextmanager
    def open(self, url: str, first: int = 0) -> Iterator[Body]:
        """See `Provider`."""
        self.asked.append(first)
        yield Body(chunks=self._chunks(first), total=len(self.data) if self.sized else None)

    def _chunks(self, first: int) -> Iterator[bytes]:
        end = len(self.data) if self.upto is None else self.upto
        for at in range(first if self.ranges else 0, end, 65536):
            chunk = self.data[at : min(at + 65536, end)]
            self.read += len(chunk)
            if at + len(chunk) > first:
                yield chunk[max(0, first - at) :]
        if end < len(self.data):
            raise ResultUnusable("cut off")


def result(host: Host, *, duration: int = 5) -> Result:
    """A film's result at a host."""
    world = World()
    world.add_user("ana")
    job = world.film("ana", duration=duration)
    world.provider.open = host.open  # type: ignore[method-assign] # the host is the fake
    return result_of(world.engine, world.ready(job, URL))


@pytest.mark.parametrize("index_last", [False, True])
@pytest.mark.parametrize("ranges", [False, True])
@pytest.mark.parametrize("sized", [False, True])
def test_a_film_is_found_and_cut_on_every_kind_of_host(index_last: bool, ranges: bool, sized: bool) -> None:
    """With and without ranges, with and without a length, the index first or last."""
    whole = film(6, 25, audio=True, index_last=index_last)
    made_ = result(Host(whole, ranges=ranges, sized=sized))
    for _ in range(2):
        data = b"".join(made_.chunks())
        assert (len(data), made_.duration_seconds, made_.mime_type) == (made_.size, 5.0, "video/mp4")
        assert frames(data) == frames(whole)[:125]


def test_a_large_film_is_not_read_to_learn_what_it_is() -> None:
    """Only its beginning and its end, where the host has ranges."""
    whole = film(6, 25)
    padded = whole + made("free", random.Random(1).randbytes(8 * LOOK)) + made("free")
    host = Host(padded)
    assert result(host, duration=6).size == len(padded)
    assert host.read <= 2 * LOOK + 65536


def test_a_film_that_ends_too_early_is_not_taken() -> None:
    """While it is looked at, or while it is read."""
    whole = film(6, 25, index_last=False)
    with pytest.raises(ResultUnusable):
        result(Host(whole, upto=len(whole) // 2))
    made_ = result(Host(whole + made("free", bytes(10 * LOOK)), upto=9 * LOOK, sized=True), duration=6)
    with pytest.raises(ResultUnusable):
        b"".join(made_.chunks())


@pytest.mark.parametrize(
    "data",
    [
        b"<html>busy</html>",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        film(6, 25)[:-1],
        made("ftyp", b"isom") + made("mdat", b"x"),
        made("moov") + film(6, 25),
        made("ftyp", b"isom") + made("free") * 2000,
    ],
)
def test_what_is_no_whole_film_is_refused(data: bytes) -> None:
    """A page, a picture, half a film, one without an index, boxes without end."""
    with pytest.raises(ResultUnusable):
        result(Host(data))
