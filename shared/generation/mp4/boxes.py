"""Boxes: a size, a kind of four letters, a content; some contain others (ISO/IEC 14496-12, §4.2).

Sizes come from outside: whatever does not fit into its surroundings raises `Malformed`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

HEADER = 16  #: bytes that are enough for any header


class Malformed(ValueError):
    """Not an MP4, or not a whole one."""


@dataclass(frozen=True)
class Box:
    """Where a box is: its content is from `start` to `end`, its header before it."""

    kind: str
    start: int
    end: int


def header(data: bytes, at: int, end: int) -> Box:
    """The box at a position, of which `data` has the beginning; `end` is where its surroundings end.

    `data` begins at the position itself.
    """
    if len(data) < 8:
        raise Malformed(f"no box at {at}")
    size, kind = struct.unpack_from(">I4s", data)
    start = at + 8
    if size == 1:
        if len(data) < HEADER:
            raise Malformed(f"no size of the box at {at}")
        (size,) = struct.unpack_from(">Q", data, 8)
        start = at + HEADER
    stop = end if size == 0 else at + size
    if stop < start or stop > end:
        raise Malformed(f"the box {kind!r} at {at} ends at {stop}, outside of {end}")
    return Box(kind.decode("latin-1"), start, stop)


def children(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes between two positions of `data`."""
    end = len(data) if end is None else end
    at = start
    while at < end:
        box = header(data[at : min(at + HEADER, end)], at, end)
        yield box
        at = box.end


def only(data: bytes, kind: str, inside: Box | None = None) -> Box:
    """The one box of a kind. Raises `Malformed` when it is not there, or there twice."""
    found = every(data, kind, inside)
    if len(found) != 1:
        raise Malformed(f"{len(found)} boxes {kind}")
    return found[0]


def every(data: bytes, kind: str, inside: Box | None = None) -> list[Box]:
    """The boxes of a kind."""
    start, end = (inside.start, inside.end) if inside else (0, len(data))
    return [box for box in children(data, start, end) if box.kind == kind]


def content(data: bytes, box: Box) -> bytes:
    """What is in a box."""
    return data[box.start : box.end]


def made(kind: str, *parts: bytes) -> bytes:
    """A box as bytes."""
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind.encode("latin-1")) + body


def unpacked(pattern: str, data: bytes, at: int = 0) -> tuple[int, ...]:
    """Fields, big-endian. Raises `Malformed` when they are not there."""
    try:
        return struct.unpack_from(f">{pattern}", data, at)
    except struct.error as error:
        raise Malformed(f"a box is too short: {error}") from error
