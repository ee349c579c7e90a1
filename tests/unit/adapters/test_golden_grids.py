"""The grids of one to ten pictures that were looked at. To look again: `python -m tests.unit.adapters.test_golden_grids`."""

from __future__ import annotations

import colorsys
import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from shared.adapters.pillow_pictures import PillowPictures
from shared.generation.layout import grid

GOLDEN = Path(__file__).parent / "golden"
CELL = 96  #: pixels of a small copy of each grid
MIXED = [(540, 960), (1600, 900), (800, 800), (600, 800), (1200, 800), (660, 1000), (2100, 900), (800, 800)]
SHAPES = {
    "portrait": [(600, 800)] * 10,
    "landscape": [(1600, 900)] * 10,
    "mixed": [*MIXED, (540, 960), (1600, 900)],
}


def picture(number: int, size: tuple[int, int]) -> bytes:
    """A colour of its own, a white frame at its very edge and a black corner: a cut or a turn is seen."""
    colour = tuple(round(255 * part) for part in colorsys.hsv_to_rgb(number / 10, 0.7, 0.8))
    image = Image.new("RGB", size, colour)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, size[0] - 1, size[1] - 1), outline="white", width=max(size) // 20)
    pen.rectangle((0, 0, size[0] // 4, size[1] // 4), fill="black")
    out = io.BytesIO()
    image.save(out, ("PNG", "JPEG", "WEBP")[number % 3])
    return out.getvalue()


def sheet(shape: str) -> Image.Image:
    """Small copies of the grids of one to ten pictures, side by side."""
    sizes = SHAPES[shape]
    pictures = [picture(number, size) for number, size in enumerate(sizes)]
    made = Image.new("RGB", (10 * CELL, CELL), "white")
    for count in range(1, 11):
        layout = grid([width / height for width, height in sizes[:count]])
        with Image.open(io.BytesIO(PillowPictures().composite(iter(pictures[:count]), layout))) as composite:
            composite.thumbnail((CELL, CELL))
            made.paste(composite, ((count - 1) * CELL, 0))
    return made


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_the_grids_look_as_they_did(shape: str) -> None:
    """Nothing is cut, turned, stretched or elsewhere; another encoder's last bits are no matter."""
    with Image.open(GOLDEN / f"{shape}.png") as golden:
        difference = ImageChops.difference(sheet(shape), golden.convert("RGB"))
    assert max(ImageStat.Stat(difference).mean) < 1.0
    tiles = [difference.crop((x, y, x + 8, y + 8)) for x in range(0, 10 * CELL, 8) for y in range(0, CELL, 8)]
    assert max(max(ImageStat.Stat(tile).mean) for tile in tiles) < 12


if __name__ == "__main__":
    for name in SHAPES:
        sheet(name).save(GOLDEN / f"{name}.png", optimize=True)
