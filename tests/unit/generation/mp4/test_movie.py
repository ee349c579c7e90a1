"""What is in a film; and whatever bytes come, an answer or `Malformed`, soon."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.generation.mp4.boxes import Malformed, children, content, header, made
from shared.generation.mp4.cut import Uncuttable, cut
from shared.generation.mp4.movie import read_movie
from shared.generation.mp4.tables import read_samples
from tests.fakes.films import film


def index(data: bytes) -> bytes:
    """The content of `moov`."""
    return next(content(data, box) for box in children(data) if box.kind == "moov")


@pytest.mark.parametrize(("fps", "audio"), [(25, True), (50, False)])
def test_size_length_and_sound_are_read(fps: int, audio: bool) -> None:
    """As it was rendered."""
    data = film(8, fps, audio=audio)
    movie = read_movie(index(data), len(data))
    assert (movie.video.width, movie.video.height, float(movie.seconds), movie.fragmented) == (64, 36, 8.0, False)
    assert len(movie.video.samples.sizes) == 8 * fps
    assert [track.kind for track in movie.tracks] == (["video", "audio"] if audio else ["video"])


@pytest.mark.parametrize("lost", [1, 1000])
def test_a_film_whose_end_is_missing_is_not_whole(lost: int) -> None:
    """The index knows where the last frame would be."""
    data = film(6, 25)
    with pytest.raises(Malformed, match="samples until"):
        read_movie(index(data), len(data) - lost)


@settings(max_examples=300)
@given(st.data())
def test_damaged_indexes_are_refused_and_nothing_else_happens(data: st.DataObject) -> None:
    """Any few bytes changed, or cut off anywhere: it is read, refused, or not cut."""
    whole = film(6, 25, audio=True)
    moov = bytearray(index(whole))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(moov) - 4))
        moov[at : at + 4] = data.draw(
            st.sampled_from([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\0\0\0\1", b"\x7f\xff\xff\xff"])
        )
    damaged = bytes(moov[: data.draw(st.sampled_from([len(moov), len(moov) // 2, len(moov) - 1]))])
    try:
        plan = cut(b"", read_movie(damaged, len(whole)), read_movie(index(whole), len(whole)).seconds / 2)
    except (Malformed, Uncuttable):
        return
    assert plan.size <= 2 * len(whole)


def test_a_claim_of_billions_costs_nothing() -> None:
    """Run lengths are not expanded beyond the samples that there are."""
    data = film(6, 25)
    moov = index(data)
    at = moov.index(b"stts") + 12
    claimed = moov[:at] + struct.pack(">I", 0xFFFFFFFF) + moov[at + 4 :]
    assert len(read_movie(claimed, len(data)).video.samples.durations) == 150
    at = moov.index(b"stsz") + 8
    uniform = moov[:at] + struct.pack(">II", 1, 0xFFFFFFFF) + moov[at + 8 :]
    with pytest.raises(Malformed, match="4294967295 samples"):
        read_movie(uniform, len(data))


def test_a_chunk_beyond_the_last_one_is_refused_before_it_is_counted() -> None:
    """A second run of chunks that would begin at the four billionth."""
    tables = (
        made("stsz", struct.pack(">III", 0, 1, 3)),
        made("stts", struct.pack(">IIII", 0, 1, 3, 1)),
        made("stsc", struct.pack(">IIIIIIII", 0, 2, 1, 1, 1, 0xFFFFFFFE, 1, 1)),
        made("stco", struct.pack(">III", 0, 1, 0)),
    )
    stbl = made("stbl", *tables)
    with pytest.raises(Malformed, match="out of order"):
        read_samples(stbl, header(stbl, 0, len(stbl)))


@pytest.mark.parametrize(
    "data", [b"", b"\0\0\0", b"\0\0\0\7ftyp", b"\0\0\1\0ftyp", b"\0\0\0\1mdat", b"\0\0\0\1mdat\xff" + b"\xff" * 7]
)
def test_a_box_is_within_its_surroundings(data: bytes) -> None:
    """Or it is none."""
    with pytest.raises(Malformed):
        header(data, 0, len(data))


def test_long_sizes_and_to_the_end_are_understood() -> None:
    """A film of more than 4 GiB has them."""
    long = b"\0\0\0\1mdat" + struct.pack(">Q", 20) + b"abcd"
    assert (header(long, 0, 20).start, header(long, 0, 20).end) == (16, 20)
    assert header(b"\0\0\0\0mdat", 0, 99).end == 99
