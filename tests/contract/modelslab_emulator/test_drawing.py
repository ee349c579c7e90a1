"""The pictures: real ones, of the right size, and different for what was asked."""

from __future__ import annotations

import io
import time

import pytest
from PIL import Image, ImageChops

from infra.local.modelslab.drawing import SIZES, blank, draw, png, scaled

SMALL = (256, 144)


def opened(data: bytes) -> Image.Image:
    """The picture, decoded in full."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def test_the_same_order_gives_the_same_bytes() -> None:
    """Also for prompts that no font has letters for."""
    for prompt in ("a fox in the snow", "🦊 狐狸", "", "x" * 4000):
        assert draw(prompt, SMALL) == draw(prompt, SMALL)


def test_another_prompt_gives_another_picture() -> None:
    """Most pixels differ, not the caption only."""
    difference = ImageChops.difference(opened(draw("a fox", SMALL)), opened(draw("an owl", SMALL))).convert("L")
    changed = sum(difference.histogram()[8:])
    assert changed > 0.5 * SMALL[0] * SMALL[1]


@pytest.mark.parametrize("ratio", sorted(SIZES))
def test_a_picture_has_the_presets_size(ratio: str) -> None:
    """The size stands for the ratio that was asked for, also when it is scaled down."""
    width, height = (int(number) for number in ratio.split(":"))
    assert opened(draw("a fox", scaled(ratio, 0.1))).size == scaled(ratio, 0.1)
    assert scaled(ratio, 1) == SIZES[ratio]
    assert SIZES[ratio][0] / SIZES[ratio][1] == pytest.approx(width / height, rel=0.01)


def test_references_are_seen_in_their_order() -> None:
    """Red left of blue; the other way round for the other order."""
    red, blue = (png(Image.new("RGB", (40, 30), colour)) for colour in ("red", "blue"))
    image = opened(draw("both", (1100, 400), [red, blue]))
    assert [image.getpixel((75, 75)), image.getpixel((180, 75))] == [(255, 0, 0), (0, 0, 255)]
    image = opened(draw("both", (1100, 400), [blue, red]))
    assert [image.getpixel((75, 75)), image.getpixel((180, 75))] == [(0, 0, 255), (255, 0, 0)]


def test_a_full_size_picture_is_quick() -> None:
    """Under half a second of processor time, so that a render is as long as it is configured to be."""
    started = time.process_time()
    assert opened(draw("a fox in the snow, watercolour", SIZES["16:9"])).size == (2560, 1440)
    assert time.process_time() - started < 0.5


def test_a_blank_picture_is_black() -> None:
    """And nothing else."""
    assert opened(blank(SMALL)).getextrema() == ((0, 0), (0, 0), (0, 0))
