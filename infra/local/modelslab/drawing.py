"""Real pictures without a model: a prompt decides palette and shapes, and is the caption; references are inset.

The same prompt, size and references give the same bytes, whenever and wherever: no clock, no seeded global.
"""

from __future__ import annotations

import hashlib
import io
import random
import textwrap
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont, ImageOps

#: Seedream 4.5's preset sizes at 2K, in pixels.
SIZES = {
    "1:1": (2048, 2048),
    "4:3": (2304, 1728),
    "3:4": (1728, 2304),
    "16:9": (2560, 1440),
    "9:16": (1440, 2560),
    "3:2": (2496, 1664),
    "2:3": (1664, 2496),
    "21:9": (3024, 1296),
}
SHAPES = 24
CAPTION_LINES = 3
PNG_LEVEL = 1  # the fastest

Size = tuple[int, int]
Colour = tuple[int, int, int]


def scaled(ratio: str, scale: float) -> Size:
    """A preset's size times a scale (at least 16 pixels), so that tests need not paint millions of pixels."""
    width, height = SIZES[ratio]
    return max(16, round(width * scale)), max(16, round(height * scale))


def draw(prompt: str, size: Size, references: Sequence[bytes] = ()) -> bytes:
    """A PNG. `references`: encoded pictures, shown in their order along the top."""
    seed = hashlib.sha256(b"\0".join([prompt.encode(), *references])).digest()
    dice = random.Random(seed)  # noqa: S311 a picture, not a secret
    image = _sky(size, _colour(dice), _colour(dice))
    pen = ImageDraw.Draw(image, "RGBA")
    for _ in range(SHAPES):
        _shape(pen, dice, size)
    _inset(image, references)
    _caption(pen, prompt, size)
    return png(image)


def blank(size: Size) -> bytes:
    """A black PNG: what is left of a picture that was judged indecent."""
    return png(Image.new("RGB", size))


def png(image: Image.Image) -> bytes:
    """Encode."""
    data = io.BytesIO()
    image.save(data, "PNG", compress_level=PNG_LEVEL)
    return data.getvalue()


def _colour(dice: random.Random) -> Colour:
    return dice.randrange(256), dice.randrange(256), dice.randrange(256)


def _sky(size: Size, top: Colour, bottom: Colour) -> Image.Image:
    downwards = Image.linear_gradient("L").resize((1, size[1])).resize(size)
    return ImageOps.colorize(downwards, top, bottom)


def _shape(pen: ImageDraw.ImageDraw, dice: random.Random, size: Size) -> None:
    """A translucent disc, box or triangle."""
    x, y, radius = dice.randrange(size[0]), dice.randrange(size[1]), dice.randint(1, max(2, min(size) // 6))
    fill = (*_colour(dice), 90)
    kind = dice.randrange(3)
    if kind == 0:
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill)
    elif kind == 1:
        pen.rectangle((x - radius, y - radius // 2, x + radius, y + radius // 2), fill)
    else:
        pen.polygon(((x, y - radius), (x - radius, y + radius), (x + radius, y + radius)), fill)


def _inset(image: Image.Image, references: Sequence[bytes]) -> None:
    """References with a white frame, side by side: at most ten fit into the width."""
    side = min(image.width // 11, image.height // 4)
    for index, reference in enumerate(references):
        with Image.open(io.BytesIO(reference)) as picture:
            small = ImageOps.fit(picture.convert("RGB"), (side, side))
        framed = ImageOps.expand(small, max(1, side // 24), "white")
        image.paste(framed, (side // 4 + index * (side + side // 16), side // 4))


def _caption(pen: ImageDraw.ImageDraw, prompt: str, size: Size) -> None:
    """The prompt's beginning, white on a dark band at the bottom."""
    letters = max(8, min(size) // 32)
    lines = textwrap.wrap(prompt, max(8, int(size[0] / letters * 1.7)))[:CAPTION_LINES]
    top = size[1] - int(letters * 1.4 * (len(lines) + 1))
    pen.rectangle((0, top, *size), (0, 0, 0, 140))
    for index, line in enumerate(lines):
        place = (letters, top + letters * (0.6 + 1.3 * index))
        pen.text(place, line, fill="white", font=ImageFont.load_default(letters))
