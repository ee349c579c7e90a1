"""Pictures with Pillow, within limits.

A picture of a few kilobytes can have gigapixels, so the limits are checked on the header, before anything is decoded;
Pillow's own limit is only a warning up to twice its size. Decoding is the memory of a function: a few at a time.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from PIL import Image, ImageDraw, ImageOps, UnidentifiedImageError

from shared.generation.framing import Framing
from shared.generation.layout import Grid
from shared.generation.ports import Picture, ResultUnusable

MAX_BYTES = 25 * 1024 * 1024
MAX_PIXELS = 50_000_000
FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
INPUTS = {**FORMATS, "GIF": "image/gif"}  #: what may be a part of a composite
REDUCIBLE = ("RGB", "RGBA", "L", "LA")
ORIENTATION = 0x0112
GROUND = (236, 236, 236)
FIGURE = (168, 168, 176)
PREVIEW_BYTES = 40 * 1024
REFERENCE_BYTES = 10 * 1024 * 1024  #: what the provider takes
REFERENCE_SIDE = 6000
_decoding = threading.BoundedSemaphore(2)  #: 50 megapixels are 200 MB decoded; a function has 1 GiB


class PillowPictures:
    """See `Pictures`."""

    def verify(self, data: bytes) -> Picture:
        """See `Pictures`."""
        with _opened(data) as image:
            image.load()
            return Picture(mime_type=FORMATS[str(image.format)], width=image.width, height=image.height)

    def preview(self, data: bytes) -> bytes:
        """See `Pictures`: smaller, then coarser, until it fits."""
        with _opened(data) as image:
            small = _flat(_upright(image))
            for side, quality in ((512, 80), (512, 60), (384, 60), (256, 50), (128, 40)):
                small.thumbnail((side, side))
                webp = _encoded(small, "WEBP", quality=quality)
                if len(webp) <= PREVIEW_BYTES:
                    return webp
        raise ResultUnusable("no preview of 40 KB can be made")

    def placeholder(self, media_type: str) -> bytes:
        """See `Pictures`: a triangle for a film, a hill for a picture."""
        card = Image.new("RGB", (512, 288), GROUND)
        draw = ImageDraw.Draw(card)
        if media_type == "video":
            draw.polygon([(216, 94), (216, 194), (306, 144)], fill=FIGURE)
        else:
            draw.polygon([(156, 204), (236, 104), (286, 164), (316, 134), (356, 204)], fill=FIGURE)
            draw.ellipse((306, 84, 336, 114), fill=FIGURE)
        return _encoded(card, "WEBP", quality=80)

    def composite(self, pictures: Iterator[bytes], layout: Grid) -> bytes:
        """See `Pictures`: decoded at reduced scale where the format can, and reduced before anything else."""
        canvas = Image.new("RGB", (layout.width, layout.height), GROUND)
        for index, (place, data) in enumerate(zip(layout.places, pictures, strict=True)):
            try:
                with _opened(data, INPUTS, still=False) as image:
                    small = _fitted(image, place.width, place.height)
            except ResultUnusable as error:
                raise ResultUnusable(str(error), index=index) from error
            left, top = place.left + (place.width - small.width) // 2, place.top + (place.height - small.height) // 2
            canvas.paste(small, (left, top))
        return _encoded(canvas, "JPEG", quality=90)

    def framed(self, data: bytes, framing: Framing) -> bytes:
        """See `Pictures`."""
        with _opened(data, INPUTS, still=False) as image:
            image.draft("RGB", (framing.width, framing.height))
            upright = _flat(_upright(image))
            left, top, width, height = framing.kept(*upright.size)
            place = framing.place(*upright.size)
            box = (left, top, left + width, top + height)
            small = upright.resize(place[2:], Image.Resampling.LANCZOS, box, reducing_gap=3.0)
        frame = Image.new("RGB", (framing.width, framing.height))
        frame.paste(small, place[:2])
        for quality in (92, 80, 60, 40):
            jpeg = _encoded(frame, "JPEG", quality=quality)
            if len(jpeg) <= REFERENCE_BYTES:
                return jpeg
        raise ResultUnusable(f"no frame of {REFERENCE_BYTES} bytes can be made")

    def reference(self, data: bytes, *, jpeg_limit: int | None = None) -> tuple[bytes, str]:
        """See `Pictures`: as it is when the provider takes it so, else a JPEG."""
        with _opened(data) as image:
            image.load()
            formats = ("JPEG",) if jpeg_limit else ("PNG", "JPEG")
            limit = jpeg_limit or REFERENCE_BYTES
            as_it_is = image.format in formats and image.mode in ("RGB", "RGBA", "L")
            fits = max(image.size) <= REFERENCE_SIDE and len(data) <= limit
            if as_it_is and fits and not image.getexif().get(ORIENTATION, 1) > 1:
                return data, FORMATS[str(image.format)]
            flat = _flat(_upright(image))
            for side in (REFERENCE_SIDE, 4096, 2048, 1024):
                flat.thumbnail((side, side))
                jpeg = _encoded(flat, "JPEG", quality=90)
                if len(jpeg) <= limit:
                    return jpeg, "image/jpeg"
        raise ResultUnusable(f"no reference of {limit} bytes can be made")


@contextmanager
def _opened(data: bytes, formats: Mapping[str, str] = FORMATS, *, still: bool = True) -> Iterator[Image.Image]:
    """The picture, if its header is within the limits. Whatever goes wrong while it is used means: not usable."""
    if len(data) > MAX_BYTES:
        raise ResultUnusable(f"{len(data)} bytes")
    with _decoding, warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            with Image.open(io.BytesIO(data), formats=tuple(formats)) as image:
                _require_limits(image, still=still)
                yield image
        except (
            UnidentifiedImageError,
            OSError,
            SyntaxError,
            ValueError,
            Warning,
            Image.DecompressionBombError,
        ) as error:
            raise ResultUnusable(f"not a whole picture: {type(error).__name__}") from error


def _require_limits(image: Image.Image, *, still: bool) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise ResultUnusable(f"{image.width}×{image.height} pixels")
    if still and getattr(image, "n_frames", 1) > 1:
        raise ResultUnusable("more than one frame")


def _fitted(image: Image.Image, width: int, height: int) -> Image.Image:
    """Upright, whole, within width × height, on white; without a second picture of the full size where possible."""
    turned = image.getexif().get(ORIENTATION, 1) >= 5  # lies on its side
    box = (height, width) if turned else (width, height)
    image.draft("RGB", box)  # JPEG: the decoder itself gives an eighth, a quarter or a half
    image.load()
    factor = int(max(1, min(image.width / box[0], image.height / box[1])))
    plain = image if image.mode in REDUCIBLE else _flat(image)
    reduced = plain.reduce(factor) if factor > 1 else plain
    upright = _flat(_upright(reduced))
    scale = min(width / upright.width, height / upright.height)
    size = (max(1, round(upright.width * scale)), max(1, round(upright.height * scale)))
    return upright.resize(size, Image.Resampling.HAMMING)  # as sharp, and half the time


def _upright(image: Image.Image) -> Image.Image:
    """As its EXIF orientation says; itself when it says nothing."""
    return ImageOps.exif_transpose(image) if image.getexif().get(ORIENTATION, 1) > 1 else image


def _flat(image: Image.Image) -> Image.Image:
    """RGB on white, itself if it is: previews and references have no transparency."""
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode in ("I", "I;16", "I;16B", "F"):
        image = image.convert("L") if image.mode == "F" else image.point(lambda value: value / 256).convert("L")
    if "A" in image.getbands() or "transparency" in image.info:
        layered = image.convert("RGBA")
        ground = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(ground, layered).convert("RGB")
    return image.convert("RGB")


def _encoded(image: Image.Image, kind: str, **options: int) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
