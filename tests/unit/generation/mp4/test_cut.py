"""A film's beginning as a film: exactly the frames that were asked for, each the same as in the whole one."""

from __future__ import annotations

import functools
import io
import struct
from fractions import Fraction

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.generation.mp4.boxes import children, content, made
from shared.generation.mp4.cut import Cut, Uncuttable, cut
from shared.generation.mp4.movie import Movie, read_movie
from tests.fakes.films import film, frames, shown_seconds, sound_seconds


@functools.cache
def whole_frames(fps: int, *, audio: bool) -> list[str]:
    """Of a film of six seconds."""
    return frames(film(6, fps, audio=audio))


def parts(data: bytes) -> tuple[bytes, Movie]:
    """The first box and the index."""
    boxes = {box.kind: box for box in children(data)}
    return data[: boxes["ftyp"].end], read_movie(content(data, boxes["moov"]), len(data))


def cut_off(data: bytes, seconds: Fraction) -> tuple[Cut, bytes]:
    """The plan, and the shorter film."""
    plan = cut(*parts(data), seconds)
    shorter = plan.head + b"".join(data[start:end] for start, end in plan.spans)
    assert len(shorter) == plan.size
    return plan, shorter


@settings(max_examples=30)
@given(st.sampled_from([25, 50]), st.booleans(), st.booleans(), st.integers(1, 149))
def test_any_number_of_frames_is_exactly_that_many_and_each_is_the_same(
    fps: int, audio: bool, index_last: bool, count: int
) -> None:
    """Whatever frame it ends on, with B-frames before it and behind it; sound ends at the same point."""
    seconds = Fraction(count, fps)
    plan, shorter = cut_off(film(6, fps, audio=audio, index_last=index_last), seconds)
    assert (plan.frames, plan.seconds) == (count, seconds)
    assert frames(shorter) == whole_frames(fps, audio=audio)[:count]
    assert abs(shown_seconds(shorter) - seconds) <= Fraction(1, fps)
    assert last_shown(shorter) < seconds
    if audio:
        assert abs(sound_seconds(shorter) - seconds) <= 2 * Fraction(1024, 48000)


def last_shown(data: bytes) -> float:
    """When the last frame begins for a player that goes by the samples' times and not by the edit list's end."""
    with av.open(io.BytesIO(data), "r", options={"advanced_editlist": "0"}) as container:
        times = [packet.pts * packet.time_base for packet in container.demux(video=0) if packet.pts is not None]
    return float(max(times))


def test_a_shorter_film_is_smaller_and_its_index_comes_first() -> None:
    """What is not shown is not kept, but for the few frames that shown ones need."""
    data = film(6, 25, audio=True, index_last=True, size=(320, 180))
    _, shorter = cut_off(data, Fraction(3))
    assert len(shorter) < 0.75 * len(data)
    assert [box.kind for box in children(shorter)] == ["ftyp", "moov", "mdat"]
    with av.open(io.BytesIO(shorter), "r") as container:
        kept = sum(1 for packet in container.demux(video=0) if packet.size)
    assert 75 <= kept <= 75 + 4, "a group of B-frames at most"
    assert parts(shorter)[1].seconds == 3


def remuxed(data: bytes, **flags: str) -> bytes:
    """The same packets in another kind of file."""
    out = io.BytesIO()
    with av.open(io.BytesIO(data), "r") as source, av.open(out, "w", format="mp4", options=flags) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return out.getvalue()


def test_a_film_without_an_edit_list_is_cut_too() -> None:
    """It gets one, that hides what is too much."""
    data = remuxed(film(6, 25), use_editlist="0")
    assert b"elst" not in data
    plan, shorter = cut_off(data, Fraction(3))
    assert plan.frames in (73, 75), "the first frame may be shown later"
    assert frames(shorter) == whole_frames(25, audio=False)[: plan.frames]


def test_a_film_in_fragments_is_whole_and_is_not_cut() -> None:
    """Its samples are not in the index."""
    data = remuxed(film(6, 25), movflags="frag_keyframe+empty_moov")
    ftyp, movie = parts(data)
    assert (movie.fragmented, movie.video.width, movie.video.height) == (True, 64, 36)
    with pytest.raises(Uncuttable):
        cut(ftyp, movie, Fraction(3))


@pytest.mark.parametrize("seconds", [6, 7])
def test_a_film_that_is_not_longer_is_not_cut(seconds: int) -> None:
    """There is nothing to cut off."""
    with pytest.raises(Uncuttable):
        cut(*parts(film(6, 25)), Fraction(seconds))


def patched(moov: bytes, kind: bytes, change: bytes, at: int) -> bytes:
    """Other bytes in the first box of a kind; `at`: behind the kind."""
    where = moov.index(kind) + 4 + at
    return moov[:where] + change + moov[where + len(change) :]


def test_a_film_of_several_edits_or_an_unknown_table_is_not_cut() -> None:
    """We would not know what we do."""
    data = film(6, 25)
    ftyp, movie = parts(data)
    faster = patched(movie.data, b"elst", struct.pack(">I", 0x20000), 8 + 8)
    unknown = patched(movie.data, b"stss", b"", 0).replace(b"stss", b"xxxx", 1)
    for moov in (faster, unknown):
        with pytest.raises(Uncuttable):
            cut(ftyp, read_movie(moov, len(data)), Fraction(3))


def test_tracks_that_share_bytes_are_not_cut() -> None:
    """Else a small file could claim a large result."""
    data = film(6, 25, audio=True)
    ftyp, movie = parts(data)
    first, second = (movie.data.index(b"stco"), movie.data.rindex(b"stco"))
    shared = movie.data[first + 12 : first + 16]
    moov = movie.data[: second + 12] + shared + movie.data[second + 16 :]
    with pytest.raises(Uncuttable):
        cut(ftyp, read_movie(moov, len(data)), Fraction(3))


def test_boxes_are_made_as_they_are_read() -> None:
    """A size, four letters, the content."""
    assert made("free", b"ab", b"c") == b"\0\0\0\x0bfreeabc"
