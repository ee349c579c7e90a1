"""What is in a film: its tracks, its size, its length; and whether every frame lies within the file."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from shared.generation.mp4.boxes import Box, Malformed, content, every, only, unpacked
from shared.generation.mp4.tables import Samples, read_samples

MAX_INDEX = 8 * 1024 * 1024  #: bytes of `moov`: of a ten-minute film a tenth


@dataclass(frozen=True)
class Edit:
    """What of a track is shown: from `media_time` in its own units, after `delay` in the movie's units."""

    delay: int = 0
    media_time: int = 0
    duration: int | None = None  #: in the movie's units


@dataclass(frozen=True)
class Track:
    """One track. `kind`: video, audio, or something else; sizes in pixels."""

    box: Box
    kind: str
    timescale: int
    width: int
    height: int
    edit: Edit | None  #: None: more edits than one
    samples: Samples

    def shown(self, timescale: int) -> Fraction:
        """Seconds that it is shown; `timescale` is the movie's."""
        if self.edit and self.edit.duration is not None:
            return Fraction(self.edit.delay + self.edit.duration, timescale)
        return Fraction(sum(self.samples.durations), self.timescale)


@dataclass(frozen=True)
class Movie:
    """The index of a film, `moov`, as bytes and as what they say."""

    data: bytes
    timescale: int
    tracks: tuple[Track, ...]
    fragmented: bool  #: its samples are not in the index

    @property
    def video(self) -> Track:
        """The pictures."""
        return next(track for track in self.tracks if track.kind == "video")

    @property
    def seconds(self) -> Fraction:
        """How long the pictures are shown."""
        return self.video.shown(self.timescale)


def read_movie(moov: bytes, file_size: int) -> Movie:
    """The content of `moov`. Raises `Malformed` for a film without pictures, or with a sample outside of the file."""
    mvhd = content(moov, only(moov, "mvhd"))
    (timescale,) = unpacked("I", mvhd, 20 if mvhd[:1] == b"\1" else 12)
    fragmented = bool(every(moov, "mvex"))
    tracks = tuple(_track(moov, box) for box in every(moov, "trak"))
    movie = Movie(moov, timescale, tracks, fragmented)
    if timescale == 0 or not any(track.kind == "video" and track.width and track.height for track in tracks):
        raise Malformed("no pictures")
    if not fragmented:
        _require_whole(movie, file_size)
    return movie


def _require_whole(movie: Movie, file_size: int) -> None:
    if not movie.video.samples.sizes:
        raise Malformed("no frames")
    for track in movie.tracks:
        for position, length in track.samples.pieces(len(track.samples.sizes)):
            if position + length > file_size:
                raise Malformed(f"samples until {position + length} in a file of {file_size} bytes")


def _track(moov: bytes, box: Box) -> Track:
    tkhd = content(moov, only(moov, "tkhd", box))
    width, height = unpacked("II", tkhd, len(tkhd) - 8)
    mdia = only(moov, "mdia", box)
    mdhd = content(moov, only(moov, "mdhd", mdia))
    (timescale,) = unpacked("I", mdhd, 20 if mdhd[:1] == b"\1" else 12)
    if timescale == 0:
        raise Malformed("a track without a clock")
    handler = content(moov, only(moov, "hdlr", mdia))[8:12]
    stbl = only(moov, "stbl", only(moov, "minf", mdia))
    return Track(
        box=box,
        kind={b"vide": "video", b"soun": "audio"}.get(handler, "other"),
        timescale=timescale,
        width=width >> 16,
        height=height >> 16,
        edit=_edit(moov, box),
        samples=read_samples(moov, stbl),
    )


def _edit(moov: bytes, trak: Box) -> Edit | None:
    """Empty edits are a delay; then one, at normal speed, is what is shown."""
    lists = [only(moov, "elst", edts) for edts in every(moov, "edts", trak)]
    if not lists:
        return Edit()
    table = content(moov, lists[0])
    pattern, size = ("QqI", 20) if table[:1] == b"\1" else ("IiI", 12)
    (count,) = unpacked("I", table, 4)
    rows = [unpacked(pattern, table, 8 + size * row) for row in range(min(count, 16))]
    delay = 0
    while rows and rows[0][1] == -1:
        delay += rows.pop(0)[0]
    if len(rows) != 1 or rows[0][2] != 0x10000 or count > 16:
        return None
    duration, media_time, _ = rows[0]
    return Edit(delay, media_time, duration or None)
