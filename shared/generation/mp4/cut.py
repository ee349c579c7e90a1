"""A film's beginning as a film of its own: the same frames and sound, bit for bit, and nothing is decoded.

Frames that are shown early may need later ones to be decoded (B-frames), so the packets are kept up to the last one
that a shown frame needs. The edit list hides what is too much; and as some players show what comes after its end
(Chromium does), those frames are given a time before the beginning, which none shows. The index comes first in the
result. Dropping packets alone would leave the last frames damaged, and no decoder says so.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, count

from shared.generation.mp4.boxes import Box, Malformed, children, content, every, made, only, unpacked
from shared.generation.mp4.movie import Edit, Movie, Track
from shared.generation.mp4.tables import Samples, chunk_boxes, size_box, time_box

NORMAL_SPEED = 0x10000
SIGNED = b"\1\0\0\0"  #: version and flags of a `ctts` with negative offsets
COPIED = ("stsd", "sgpd", "cslg")  #: in a sample table: they do not count samples


class Uncuttable(ValueError):
    """A film that is none of the usual kind: it is kept as it is."""


@dataclass(frozen=True)
class Cut:
    """A shorter film: `head`, then these `spans` of the source, from the first byte to before the second."""

    head: bytes
    spans: tuple[tuple[int, int], ...]
    frames: int
    seconds: Fraction

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.head) + sum(end - start for start, end in self.spans)


@dataclass(frozen=True)
class _Kept:
    """What is kept of a track: the first `count` samples, of which so many are shown."""

    track: Track
    count: int
    shown: int
    end: Fraction  #: in the track's units
    duration: int  #: of the whole track in the movie's units
    media_duration: int  #: of what is shown in the track's units: players that know no edit lists go by it

    @property
    def offsets(self) -> list[int]:
        """From decoding to showing. What is not shown is moved to before the beginning, where no player shows it."""
        samples, edit = self.track.samples, self.track.edit or Edit()
        starts = accumulate(samples.durations, initial=0)
        hidden = count(1)
        return [
            offset if start + offset < self.end else edit.media_time - next(hidden) - start
            for start, offset, _ in zip(starts, samples.offsets, range(self.count), strict=False)
        ]

    @property
    def pieces(self) -> list[tuple[int, int]]:
        return self.track.samples.pieces(self.count)


def cut(ftyp: bytes, movie: Movie, seconds: Fraction) -> Cut:
    """The first so many seconds; `ftyp` is the whole box. Raises `Uncuttable`."""
    if movie.fragmented or seconds >= movie.seconds:
        raise Uncuttable("in fragments, or not longer than asked")
    kept = [_kept(movie, track, seconds) for track in movie.tracks]
    spans, moved = _laid_out(kept)
    total = sum(end - start for start, end in spans)
    try:
        length = len(_moov(movie, kept, seconds, lambda _: 0))
        base = len(ftyp) + length + 8
        moov = _moov(movie, kept, seconds, lambda position: base + moved[position])
        head = ftyp + moov + struct.pack(">I4s", total + 8, b"mdat")
    except (Malformed, struct.error) as error:
        raise Uncuttable(str(error)) from error
    video = next(one for one in kept if one.track is movie.video)
    return Cut(head, spans, video.shown, seconds)


def _kept(movie: Movie, track: Track, seconds: Fraction) -> _Kept:
    if track.edit is None:
        raise Uncuttable("several edits")
    delay = Fraction(track.edit.delay, movie.timescale)
    end = track.edit.media_time + (seconds - delay) * track.timescale
    shown = [number for number, at in enumerate(track.samples.shown_at) if at < end]
    visible = sum(track.samples.shown_at[number] >= track.edit.media_time for number in shown)
    whole = int(seconds * movie.timescale)
    duration = min(whole, int(track.shown(movie.timescale) * movie.timescale))
    count = shown[-1] + 1 if shown else 0
    media = min(int((seconds - delay) * track.timescale), sum(track.samples.durations[:count]))
    return _Kept(track, count, visible, end, duration, media)


def _laid_out(kept: list[_Kept]) -> tuple[tuple[tuple[int, int], ...], dict[int, int]]:
    """The kept bytes in the order of the source, and where each chunk comes to lie in the new `mdat`."""
    spans: list[tuple[int, int]] = []
    moved: dict[int, int] = {}
    written = 0
    for position, length in sorted(piece for one in kept for piece in one.pieces):
        if spans and position < spans[-1][1]:
            raise Uncuttable("tracks share bytes")
        moved[position] = written
        written += length
        if spans and position == spans[-1][1]:
            spans[-1] = (spans[-1][0], position + length)
        else:
            spans.append((position, position + length))
    return tuple(spans), moved


def _moov(movie: Movie, kept: list[_Kept], seconds: Fraction, place: Callable[[int], int]) -> bytes:
    data = movie.data
    tracks = {one.track.box: one for one in kept}
    parts = []
    for box in children(data):
        if box in tracks:
            parts.append(made("trak", *_trak(movie, tracks[box], place)))
        elif box.kind == "mvhd":
            parts.append(_with_duration(data, box, int(seconds * movie.timescale), gap=4))
        else:
            parts.append(_whole(data, box))
    return made("moov", *parts)


def _trak(movie: Movie, kept: _Kept, place: Callable[[int], int]) -> list[bytes]:
    data, parts = movie.data, []
    for box in children(data, kept.track.box.start, kept.track.box.end):
        if box.kind == "tkhd":
            parts.append(_with_duration(data, box, kept.duration, gap=8))
            parts.append(_edits(kept))
        elif box.kind == "mdia":
            parts.append(made("mdia", *_mdia(data, box, kept, place)))
        elif box.kind != "edts":
            parts.append(_whole(data, box))
    return parts


def _edits(kept: _Kept) -> bytes:
    edit = kept.track.edit or Edit()
    rows = [(edit.delay, -1)] if edit.delay else []
    rows.append((kept.duration - edit.delay, edit.media_time))
    table = b"".join(struct.pack(">IiI", duration, at, NORMAL_SPEED) for duration, at in rows)
    return made("edts", made("elst", struct.pack(">II", 0, len(rows)), table))


def _mdia(data: bytes, mdia: Box, kept: _Kept, place: Callable[[int], int]) -> list[bytes]:
    parts = []
    for box in children(data, mdia.start, mdia.end):
        if box.kind == "mdhd":
            parts.append(_with_duration(data, box, kept.media_duration, gap=4))
        elif box.kind == "minf":
            inner = children(data, box.start, box.end)
            parts.append(made("minf", *(_minf(data, one, kept, place) for one in inner)))
        else:
            parts.append(_whole(data, box))
    return parts


def _minf(data: bytes, box: Box, kept: _Kept, place: Callable[[int], int]) -> bytes:
    if box.kind != "stbl":
        return _whole(data, box)
    samples, count = kept.track.samples, kept.count
    parts = [_table(data, table, kept) for table in children(data, box.start, box.end)]
    _require_one_description(data, box)
    pieces = kept.pieces
    counts = _counts(samples, count, len(pieces))
    parts.append(chunk_boxes(counts, [place(position) for position, _ in pieces]))
    return made("stbl", *parts)


def _table(data: bytes, box: Box, kept: _Kept) -> bytes:
    """One table of the samples, for those that are kept."""
    samples, count = kept.track.samples, kept.count
    body = content(data, box)
    match box.kind:
        case "stts":
            return time_box("stts", body[:4], samples.durations[:count])
        case "ctts":
            return time_box("ctts", SIGNED, kept.offsets)
        case "stsz":
            return size_box(samples.sizes[:count])
        case "stsc" | "stco" | "co64":
            return b""  # come last, together
        case "stss":
            (entries,) = unpacked("I", body, 4)
            keys = [number for number in unpacked(f"{entries}I", body, 8) if number <= count]
            return made("stss", body[:4], struct.pack(f">I{len(keys)}I", len(keys), *keys))
        case "sdtp":
            return made("sdtp", body[: 4 + count])
        case "sbgp":
            return _groups(body, count)
        case kind if kind in COPIED:
            return _whole(data, box)
    raise Uncuttable(f"a table {box.kind}")


def _groups(body: bytes, count: int) -> bytes:
    """`sbgp`: runs of samples that belong to a group."""
    start = 12 if body[:1] == b"\1" else 8
    (entries,) = unpacked("I", body, start)
    rows, left = [], count
    for entry in range(entries):
        if left <= 0:
            break
        length, group = unpacked("II", body, start + 4 + 8 * entry)
        rows.append(struct.pack(">II", min(length, left), group))
        left -= length
    return made("sbgp", body[:start], struct.pack(">I", len(rows)), *rows)


def _counts(samples: Samples, count: int, chunks: int) -> list[int]:
    """How many kept samples each kept chunk has: only the last one may have fewer than before."""
    counts = [size for _, size in samples.chunks[:chunks]]
    if counts:
        counts[-1] -= sum(counts) - count
    return counts


def _require_one_description(data: bytes, stbl: Box) -> None:
    table = content(data, only(data, "stsc", stbl))
    (entries,) = unpacked("I", table, 4)
    if any(unpacked("III", table, 8 + 12 * entry)[2] != 1 for entry in range(entries)):
        raise Uncuttable("several descriptions of samples")
    if len(every(data, "stsd", stbl)) != 1:
        raise Uncuttable("no description of samples")


def _with_duration(data: bytes, box: Box, duration: int, *, gap: int) -> bytes:
    """A header with another duration, which stands `gap` bytes behind its two times, 32 or 64 bits wide each."""
    body = bytearray(content(data, box))
    wide = body[:1] == b"\1"
    at = 4 + (16 if wide else 8) + gap
    struct.pack_into(">Q" if wide else ">I", body, at, duration)
    return made(box.kind, bytes(body))


def _whole(data: bytes, box: Box) -> bytes:
    return made(box.kind, content(data, box))
