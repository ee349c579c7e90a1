"""Pictures with Pillow, within limits.

A picture of a few kilobytes can have gigapixels, so the limits are checked on the header, before anything is decoded;
Pillow's own limit is only a warning up to twice its size. Decoding is the memory of a function: a few at a time.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageOps, UnidentifiedImageError

from shared.generation.ports import Picture, ResultUnusable

MAX_BYTES = 25 * 1024 * 1024
MAX_PIXELS = 50_000_000
FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
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
            upright = _flat(ImageOps.exif_transpose(image))
            for side, quality in ((512, 80), (512, 60), (384, 60), (256, 50), (128, 40)):
                small = upright.copy()
                small.thumbnail((side, side))
                webp = _encoded(small, "WEBP", quality=quality)
                if len(webp) <= PREVIEW_BYTES:
                    return webp
        raise ResultUnusable("no preview of 40 KB can be made")

    def reference(self, data: bytes) -> tuple[bytes, str]:
        """See `Pictures`: as it is when the provider takes it so, else a JPEG."""
        with _opened(data) as image:
            image.load()
            as_it_is = image.format in ("PNG", "JPEG") and image.mode in ("RGB", "RGBA", "L")
            fits = max(image.size) <= REFERENCE_SIDE and len(data) <= REFERENCE_BYTES
            if as_it_is and fits and not image.getexif().get(0x0112, 1) > 1:
                return data, FORMATS[str(image.format)]
            flat = _flat(ImageOps.exif_transpose(image))
            for side in (REFERENCE_SIDE, 4096, 2048):
                flat.thumbnail((side, side))
                jpeg = _encoded(flat, "JPEG", quality=90)
                if len(jpeg) <= REFERENCE_BYTES:
                    return jpeg, "image/jpeg"
        raise ResultUnusable("no reference of 10 MB can be made")


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """The picture, if its header is within the limits. Whatever goes wrong while it is used means: not usable."""
    if len(data) > MAX_BYTES:
        raise ResultUnusable(f"{len(data)} bytes")
    with _decoding, warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            with Image.open(io.BytesIO(data), formats=tuple(FORMATS)) as image:
                _require_limits(image)
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


def _require_limits(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise ResultUnusable(f"{image.width}×{image.height} pixels")
    if getattr(image, "n_frames", 1) > 1:
        raise ResultUnusable("more than one frame")


def _flat(image: Image.Image) -> Image.Image:
    """RGB on white: previews and references have no transparency."""
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
