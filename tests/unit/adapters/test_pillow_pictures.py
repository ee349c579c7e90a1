"""Pictures: verified, made small, made ready for the provider, put into a grid; within limits whatever comes."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from shared.adapters.pillow_pictures import PillowPictures
from shared.generation.layout import grid
from shared.generation.ports import UPLOAD_BYTES, ResultUnusable

PICTURES = PillowPictures()
RED, BLUE = (200, 30, 30), (30, 30, 200)


def halves(mode: str = "RGB", kind: str = "PNG", size: tuple[int, int] = (400, 200), **options: Any) -> bytes:
    """A picture that is red on its left and blue on its right."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, size[0], size[1]))
    out = io.BytesIO()
    image.convert(mode).save(out, kind, **options)
    return out.getvalue()


def noise(size: tuple[int, int]) -> bytes:
    """A PNG that does not compress."""
    out = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(out, "PNG")
    return out.getvalue()


def lying(orientation: int) -> bytes:
    """The same picture as `halves`, stored turned, with a tag that says so."""
    upright = Image.open(io.BytesIO(halves()))
    turned = upright.transpose({6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    turned.save(out, "JPEG", quality=95, exif=exif)
    return out.getvalue()


def deep() -> bytes:
    """Sixteen bits a pixel: black on the left, white on the right."""
    image = Image.new("I;16", (400, 200))
    image.paste(65535, (200, 0, 400, 200))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def animated(kind: str) -> bytes:
    """Two frames, the first as `halves`."""
    frames = [Image.open(io.BytesIO(halves())), Image.new("RGB", (400, 200), "green")]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of a few bytes that says it has ten gigapixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


HOSTILE = {
    "bomb": bomb(),
    "truncated": halves()[:-40],
    "truncated jpeg": halves(kind="JPEG")[:-200],
    "html": b"<html>",
    "empty": b"",
    "polyglot": b"GIF89a" + halves(),
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "tiff": halves(kind="TIFF"),
}
KINDS = {
    "png": halves(),
    "jpeg": halves(kind="JPEG", quality=95),
    "webp": halves(kind="WEBP", lossless=True),
    "gif": halves(kind="GIF"),
    "grey": halves("L"),
    "palette": halves("P"),
    "alpha": halves("RGBA"),
    "cmyk": halves("CMYK", "JPEG", quality=95),
    "lying on its left": lying(6),
    "lying on its right": lying(8),
    "animated webp": animated("WEBP"),
    "animated gif": animated("GIF"),
    "16 bit": deep(),
    "huge": halves(kind="JPEG", size=(6000, 3000)),
    "tiny": halves(size=(4, 2)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_whole_picture_is_refused_before_it_costs_memory(name: str) -> None:
    """By each use, with the picture's place in a composite."""
    for use in (PICTURES.verify, PICTURES.preview, PICTURES.reference):
        with pytest.raises(ResultUnusable):
            use(HOSTILE[name])
    with pytest.raises(ResultUnusable) as error:
        PICTURES.composite(iter([halves(), HOSTILE[name]]), grid([2.0, 2.0]))
    assert error.value.details["index"] == 1


@pytest.mark.parametrize("name", KINDS)
def test_a_picture_of_any_kind_is_whole_and_upright_in_the_grid(name: str) -> None:
    """Its left half on the left, its right half on the right, gutters around."""
    layout = grid([2.0, 2.0])
    made = Image.open(io.BytesIO(PICTURES.composite(iter([KINDS[name], halves()]), layout)))
    place = layout.places[0]
    middle = place.top + place.height // 2
    left = made.getpixel((place.left + place.width // 4, middle))
    right = made.getpixel((place.left + place.width * 3 // 4, middle))

    assert (made.format, made.mode, made.size) == ("JPEG", "RGB", (layout.width, layout.height))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    if name in ("grey", "16 bit"):
        assert left != right
        assert max(left) - min(left) < 12
    else:
        assert left[0] > left[2] + 100
        assert right[2] > right[0] + 100
    assert made.getpixel((2, 2)) == made.getpixel((made.width - 3, made.height - 3))


def test_the_same_pictures_make_the_same_grid() -> None:
    """Byte by byte."""
    layout = grid([2.0] * 3)
    parts = [KINDS["png"], KINDS["jpeg"], KINDS["alpha"]]
    assert PICTURES.composite(iter(parts), layout) == PICTURES.composite(iter(parts), layout)


@pytest.mark.parametrize("size", [(2048, 2048), (3000, 2000)])
def test_an_upload_is_a_jpeg_that_the_endpoint_takes(size: tuple[int, int]) -> None:
    """However large the picture is; without a limit it stays what it is."""
    data = noise(size)
    jpeg, kind = PICTURES.reference(data, jpeg_limit=UPLOAD_BYTES)
    assert len(jpeg) <= UPLOAD_BYTES
    assert (kind, PICTURES.verify(jpeg).mime_type) == ("image/jpeg", "image/jpeg")
    assert PICTURES.reference(halves()) == (halves(), "image/png")


def test_a_preview_is_a_small_webp() -> None:
    """At most 40 KB, whatever the picture."""
    for data in (noise((1500, 1500)), KINDS["huge"], lying(6)):
        preview = PICTURES.preview(data)
        assert len(preview) <= 40 * 1024
        assert Image.open(io.BytesIO(preview)).format == "WEBP"
