"""Where the pictures of a reference grid stand."""

from __future__ import annotations

import itertools
import json
from dataclasses import astuple
from math import isclose
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.generation.layout import BOX, GUTTER, MAX_RATIO, grid

shapes = st.lists(st.floats(0.05, 20), min_size=1, max_size=10)


@given(shapes)
def test_every_picture_is_whole_of_equal_area_and_apart_from_the_others(ratios: list[float]) -> None:
    """Within the canvas, with a gutter on every side; the canvas is within the box."""
    made = grid(ratios)
    assert max(made.width, made.height) <= BOX
    assert len(made.places) == len(ratios)
    areas = [place.width * place.height for place in made.places]
    assert min(areas) >= 0.97 * max(areas)
    for place, ratio in zip(made.places, ratios, strict=True):
        assert GUTTER <= place.left <= made.width - GUTTER - place.width
        assert GUTTER <= place.top <= made.height - GUTTER - place.height
        kept = min(MAX_RATIO, max(1 / MAX_RATIO, ratio))
        assert isclose(place.width / place.height, kept, rel_tol=0.02)
    for one, other in itertools.combinations(made.places, 2):
        beside = one.left + one.width + GUTTER <= other.left or other.left + other.width + GUTTER <= one.left
        below = one.top + one.height <= other.top or other.top + other.height <= one.top
        assert beside or below


@pytest.mark.parametrize(
    ("count", "rows"), [(1, [1]), (2, [2]), (3, [2, 1]), (4, [2, 2]), (5, [3, 2]), (6, [3, 3]), (8, [3, 3, 2]),
                        (9, [3, 3, 3]), (10, [4, 3, 3])],
)  # fmt: skip
def test_square_pictures_stand_in_balanced_rows(count: int, rows: list[int]) -> None:
    """In the given order, the longer rows first."""
    tops = [place.top for place in grid([1.0] * count).places]
    assert [len(list(row)) for _, row in itertools.groupby(tops)] == rows


def test_a_grid_of_nothing_is_refused() -> None:
    """There is nothing to look at."""
    with pytest.raises(ValueError, match="no pictures"):
        grid([])


@pytest.mark.parametrize("name", ["portrait", "landscape", "mixed"])
def test_the_grids_are_those_that_were_looked_at(name: str) -> None:
    """Golden layouts of one to ten pictures: width, height, then the place of each."""
    ratios = {
        "portrait": [0.75] * 10,
        "landscape": [16 / 9] * 10,
        "mixed": [0.5625, 1.78, 1, 0.75, 1.5, 0.66, 2.33, 1, 0.5625, 1.78],
    }[name]
    golden = json.loads((Path(__file__).parent / "grids.json").read_text(encoding="utf-8"))[name]
    for count, expected in enumerate(golden, 1):
        made = grid(ratios[:count])
        assert [made.width, made.height, *(list(astuple(place)) for place in made.places)] == expected
