"""Where each picture of a reference grid stands: pure arithmetic in pixels.

Balanced rows in the given order; every picture whole, all of (nearly) the same area, gutters between them. Of all
numbers of rows the one is taken that makes the pictures largest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

BOX = 2048  #: pixels of a side at most: what the provider renders from anyway
GUTTER = 24
MAX_RATIO = 4.0  #: a narrower picture than 1:4 gets a place of 1:4


@dataclass(frozen=True)
class Place:
    """A picture's place, from the upper left corner."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class Grid:
    """The canvas, and a place for each picture."""

    width: int
    height: int
    places: tuple[Place, ...]


def grid(ratios: Sequence[float]) -> Grid:
    """Places for pictures of these aspect ratios (width by height), within `BOX`. Raises ValueError for none."""
    if not ratios:
        raise ValueError("a grid of no pictures")
    shapes = [min(MAX_RATIO, max(1 / MAX_RATIO, ratio)) for ratio in ratios]
    scale, rows = max((_scale(rows), rows) for rows in (_rows(shapes, n) for n in range(1, len(shapes) + 1)))
    return _placed(rows, scale)


def _rows(shapes: Sequence[float], count: int) -> list[list[float]]:
    """The shapes in so many rows, whose lengths differ by one at most."""
    short, longer = divmod(len(shapes), count)
    rows, begin = [], 0
    for number in range(count):
        end = begin + short + (number < longer)
        rows.append(list(shapes[begin:end]))
        begin = end
    return rows


def _scale(rows: Sequence[Sequence[float]]) -> float:
    """How large pictures of area 1 may become in these rows."""
    across = min((BOX - GUTTER * (len(row) + 1)) / sum(map(math.sqrt, row)) for row in rows)
    down = (BOX - GUTTER * (len(rows) + 1)) / sum(_row_height(row) for row in rows)
    return min(across, down)


def _row_height(row: Sequence[float]) -> float:
    return max(1 / math.sqrt(shape) for shape in row)


def _placed(rows: Sequence[Sequence[float]], scale: float) -> Grid:
    """Rows centred below each other, pictures centred in their row."""
    sizes = [[(int(scale * math.sqrt(s)), int(scale / math.sqrt(s))) for s in row] for row in rows]
    width = max(sum(w for w, _ in row) + GUTTER * (len(row) + 1) for row in sizes)
    places, top = [], GUTTER
    for row in sizes:
        height = max(h for _, h in row)
        left = (width - sum(w for w, _ in row) - GUTTER * (len(row) - 1)) // 2
        for w, h in row:
            places.append(Place(left, top + (height - h) // 2, w, h))
            left += w + GUTTER
        top += height + GUTTER
    return Grid(width, top, tuple(places))
