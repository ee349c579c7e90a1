"""Reference pictures: downloaded when they are asked for, as the service does it, and refused as it does it."""

from __future__ import annotations

import io

import requests
from PIL import Image, UnidentifiedImageError

from infra.local.modelslab.drawing import png
from infra.local.modelslab.orders import Admission
from infra.local.modelslab.refusals import REDIRECTING, UNFETCHABLE, Refusal

LIMIT = 10_000_000  # bytes
SIDE = 6000  # pixels
FORMATS = ("JPEG", "PNG")
KEPT_SIDE = 512  # pixels: an inset needs no more
TIMEOUT = 20.0  # seconds
CHUNK = 65536


class References:
    """Downloads. `admission`: from where."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    def collect(self, urls: tuple[str, ...], own: str, probe: bool, side: int) -> list[bytes]:
        """All pictures, of `side` pixels at most. `own`: our own origin; `probe`: with HEAD first. Raises Refusal."""
        return [self._one(url, own, probe, side) for url in urls]

    def _one(self, url: str, own: str, probe: bool, side: int) -> bytes:
        if not self._admission.allows(url, own):
            raise _unfetchable()
        try:
            if probe:
                _check(requests.head(url, allow_redirects=False, timeout=TIMEOUT))
            with requests.get(url, allow_redirects=False, stream=True, timeout=TIMEOUT) as answer:
                _check(answer)
                data = _bounded(answer)
        except (requests.RequestException, UnicodeError) as error:  # requests lets a malformed host's error through
            raise _unfetchable() from error
        return smaller(data, side)


def smaller(data: bytes, side: int = KEPT_SIDE) -> bytes:
    """Decode a picture in full, and give a small PNG of it. Raises Refusal for what the service does not take."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if max(image.size) > SIDE:
                raise Refusal(400, f"The init_image is invalid. It is larger than {SIDE}x{SIDE} pixels", "init_image")
            small = image.convert("RGB")
    except UnidentifiedImageError as error:
        raise Refusal(400, "The init_image is invalid. It must be a JPEG or PNG image", "init_image") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:  # Pillow's words for damaged
        raise Refusal(400, "The init_image is invalid. It is damaged", "init_image") from error
    small.thumbnail((side, side))
    return png(small)


def _check(answer: requests.Response) -> None:
    if answer.is_redirect or 300 <= answer.status_code < 400:
        raise Refusal(400, REDIRECTING, "init_image")
    if answer.status_code != 200:
        raise _unfetchable()


def _bounded(answer: requests.Response) -> bytes:
    data = bytearray()
    for chunk in answer.iter_content(CHUNK):
        data += chunk
        if len(data) > LIMIT:
            raise Refusal(400, "The init_image is invalid. It is larger than 10 MB", "init_image")
    return bytes(data)


def _unfetchable() -> Refusal:
    return Refusal(400, UNFETCHABLE, "init_image")
