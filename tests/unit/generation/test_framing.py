"""A picture in a film's frame."""

from __future__ import annotations

from math import isclose

from hypothesis import given
from hypothesis import strategies as st

from shared.generation.framing import Framing

side = st.integers(1, 8000)


@given(side, side)
def test_a_padded_picture_is_whole_undistorted_and_touches_two_edges(width: int, height: int) -> None:
    """In the middle, within the frame."""
    framing = Framing(1920, 1080, "pad")
    assert framing.kept(width, height) == (0, 0, width, height)
    left, top, shown_width, shown_height = framing.place(width, height)
    assert left >= 0
    assert top >= 0
    assert (shown_width, shown_height) in {(1920, shown_height), (shown_width, 1080)}
    assert abs(2 * left + shown_width - 1920) <= 1
    assert abs(2 * top + shown_height - 1080) <= 1
    scale = min(1920 / width, 1080 / height)
    assert abs(shown_width - width * scale) <= 1
    assert abs(shown_height - height * scale) <= 1


@given(st.integers(16, 8000), st.integers(9, 8000), st.floats(0, 1))
def test_a_cropped_picture_fills_the_frame_and_what_is_kept_lies_where_it_was_asked(
    width: int, height: int, at: float
) -> None:
    """As much as possible of it, within the picture, in the frame's shape."""
    framing = Framing(1920, 1080, "crop", at)
    left, top, kept_width, kept_height = framing.kept(width, height)
    assert framing.place(width, height) == (0, 0, 1920, 1080)
    assert kept_width == width or kept_height == height
    assert 0 <= left <= width - kept_width
    assert 0 <= top <= height - kept_height
    assert isclose(kept_width / kept_height, 16 / 9, rel_tol=1 / min(kept_width, kept_height) + 1e-9)
    assert abs(left - (width - kept_width) * at) <= 0.5
