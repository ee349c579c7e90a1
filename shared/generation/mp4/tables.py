"""A track's samples: when each is shown, how large it is and where it lies (ISO/IEC 14496-12, §8.6 and §8.7).

Counts come from outside and are run lengths, so a few bytes can claim billions: nothing is expanded beyond `LIMIT`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, islice, repeat

from shared.generation.mp4.boxes import Box, Malformed, content, every, made, only, unpacked

LIMIT = 200_000  #: samples of a track: ten minutes at 50 fps are 30,000
Run = tuple[int, int]  #: how often, which value


@dataclass(frozen=True)
class Samples:
    """The samples of a track in decoding order, times in the track's own units, positions in bytes of the file."""

    durations: tuple[int, ...]
    offsets: tuple[int, ...]  #: from the time of decoding to the time of showing
    sizes: tuple[int, ...]
    chunks: tuple[tuple[int, int], ...]  #: position, number of samples

    @property
    def shown_at(self) -> list[int]:
        """When each is shown, before the edit list."""
        starts = accumulate(self.durations, initial=0)
        return [start + offset for start, offset in zip(starts, self.offsets, strict=False)]

    def pieces(self, keep: int) -> list[tuple[int, int]]:
        """Where the first samples lie: position and length, chunk by chunk."""
        found, first = [], 0
        for position, count in self.chunks:
            kept = self.sizes[first : min(first + count, keep)]
            if not kept:
                break
            found.append((position, sum(kept)))
            first += count
        return found


def read_samples(data: bytes, stbl: Box) -> Samples:
    """The tables of a track. Raises `Malformed`."""
    sizes = _sizes(content(data, only(data, "stsz", stbl)))
    count = len(sizes)
    durations = _expanded(_runs(content(data, only(data, "stts", stbl)), "I"), count)
    ctts = every(data, "ctts", stbl)
    offsets = _expanded(_offset_runs(content(data, ctts[0])), count) if ctts else (0,) * count
    return Samples(durations, offsets, sizes, _chunks(data, stbl, count))


def _sizes(table: bytes) -> tuple[int, ...]:
    uniform, count = unpacked("II", table, 4)
    if count > LIMIT:
        raise Malformed(f"{count} samples")
    return (uniform,) * count if uniform else unpacked(f"{count}I", table, 12)


def _runs(table: bytes, value: str) -> Iterator[Run]:
    (count,) = unpacked("I", table, 4)
    for entry in range(min(count, LIMIT)):
        times, what = unpacked(f"I{value}", table, 8 + 8 * entry)
        yield times, what


def _offset_runs(table: bytes) -> Iterator[Run]:
    """Signed in both versions: encoders write negative ones in version 0 too."""
    return _runs(table, "i")


def _expanded(runs: Iterator[Run], count: int) -> tuple[int, ...]:
    values = tuple(islice((value for times, value in runs for value in repeat(value, times)), count))
    if len(values) != count:
        raise Malformed(f"{len(values)} of {count} samples have a time")
    return values


def _chunks(data: bytes, stbl: Box, count: int) -> tuple[tuple[int, int], ...]:
    positions = _positions(data, stbl)
    table = content(data, only(data, "stsc", stbl))
    (entries,) = unpacked("I", table, 4)
    rows = [unpacked("III", table, 8 + 12 * entry) for entry in range(min(entries, LIMIT))]
    firsts = [first for first, _, _ in rows]
    if firsts != sorted(set(firsts)) or firsts[:1] not in ([], [1]) or firsts[-1:] > [len(positions)]:
        raise Malformed("chunks out of order")
    ends = [*firsts[1:], len(positions) + 1]
    counts = [size for (first, size, _), end in zip(rows, ends, strict=False) for _ in range(first, end)]
    if len(counts) != len(positions) or 0 in counts or sum(counts) != count:
        raise Malformed(f"{sum(counts)} of {count} samples are in chunks")
    return tuple(zip(positions, counts, strict=True))


def _positions(data: bytes, stbl: Box) -> tuple[int, ...]:
    short = every(data, "stco", stbl)
    table = content(data, short[0] if short else only(data, "co64", stbl))
    (count,) = unpacked("I", table, 4)
    if count > LIMIT:
        raise Malformed(f"{count} chunks")
    return unpacked(f"{count}{'I' if short else 'Q'}", table, 8)


def time_box(kind: str, head: bytes, values: Sequence[int]) -> bytes:
    """`stts` or `ctts` again, from the values of the samples; `head` is version and flags."""
    runs = [(len(list(group)), value) for value, group in groupby(values)]
    pattern = ">Ii" if kind == "ctts" else ">II"
    return made(kind, head, struct.pack(">I", len(runs)), *(struct.pack(pattern, *run) for run in runs))


def size_box(sizes: Sequence[int]) -> bytes:
    """`stsz` again."""
    return made("stsz", struct.pack(f">III{len(sizes)}I", 0, 0, len(sizes), *sizes))


def chunk_boxes(counts: Sequence[int], positions: Sequence[int]) -> bytes:
    """`stsc` and `stco` again: how many samples each chunk has, and where it is. All are of the first description."""
    rows: list[bytes] = []
    number = 1
    for count, group in groupby(counts):
        rows.append(struct.pack(">III", number, count, 1))
        number += len(list(group))
    stsc = made("stsc", bytes(4), struct.pack(">I", len(rows)), *rows)
    return stsc + made("stco", struct.pack(f">II{len(positions)}I", 0, len(positions), *positions))
