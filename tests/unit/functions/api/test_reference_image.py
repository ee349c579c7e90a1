"""Reference pictures for the provider, by a signed address that expires."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

from PIL import Image

from functions.api import reference_image
from tests.fakes.app import Response, call
from tests.fakes.studio import Studio


def staged(studio: Studio) -> str:
    """The path that the provider got for a reference."""
    ana = studio.writer()
    ana.picture(imageReferenceId=ana.picture()["media"]["id"])
    (address,) = studio.provider.asked[-1].init_images
    return urlsplit(address).path


def fetch(studio: Studio, path: str, method: str = "GET") -> Response:
    """As the provider does: without any session."""
    return call(studio.app, reference_image.ROUTES, method, path)


def test_the_provider_fetches_the_picture_without_redirects() -> None:
    """GET gives the bytes, HEAD their size and type."""
    studio = Studio(REFERENCE_DELIVERY="url")
    path = staged(studio)
    answer, head = fetch(studio, path), fetch(studio, path, "HEAD")
    data = answer.raw.get_data()

    assert Image.open(io.BytesIO(data)).size == (16, 16)
    assert answer.status == head.status == 200
    assert head.headers["Content-Length"] == str(len(data))
    assert head.headers["Content-Type"] == answer.headers["Content-Type"]


def test_an_address_expires_and_cannot_be_made_up() -> None:
    """A picture of somebody's is behind it."""
    studio = Studio(REFERENCE_DELIVERY="url")
    path = staged(studio)
    for wrong in (f"{path}0", path.replace(".", ".0"), "/api/references/made-up", "/api/references/%F0%9F.x"):
        assert fetch(studio, wrong).error == "NOT_FOUND"
    studio.clock.advance(25 * 3600)
    assert fetch(studio, path).error == "NOT_FOUND"


def test_where_we_cannot_be_reached_the_provider_gets_its_own_copy() -> None:
    """REFERENCE_DELIVERY=upload."""
    studio = Studio(REFERENCE_DELIVERY="upload")
    ana = studio.writer()
    job = ana.picture(imageReferenceId=ana.picture()["media"]["id"])
    assert job["state"] == "SUCCEEDED"
    assert studio.provider.asked[-1].init_images[0].startswith("https://provider.test/uploads/")
