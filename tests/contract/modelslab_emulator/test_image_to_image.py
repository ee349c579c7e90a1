"""Pictures from reference pictures: where they may be, and what they may be."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
import requests
from PIL import Image

from infra.local.modelslab.drawing import scaled
from tests.contract.modelslab_emulator.conftest import KEY, World, picture
from tests.contract.modelslab_emulator.pictures import Pictures, encoded

ROUTE = "/v7/images/image-to-image"
REDIRECTING = "The init_image is invalid. Make sure init_image is accessible without redirecting"
UNFETCHABLE = "Unable to fetch image from provided URL"


def ask(world: World, init_image: object, **changes: Any) -> requests.Response:
    """Ask for a picture with references."""
    body = {"key": KEY, "model_id": "seedream-4.5-i2i", "prompt": "both", "aspect_ratio": "21:9"} | changes
    return world.post(ROUTE, body | {"init_image": init_image})


def refusal(answer: requests.Response) -> str:
    """The message of an answer that refuses."""
    assert (answer.status_code, answer.json()["status"]) == (400, "error")
    return str(answer.json()["message"])


def test_references_are_downloaded_and_seen_in_the_picture(world: World, pictures: Pictures) -> None:
    """In the order of the array."""
    urls = [pictures.put("/red", encoded("red")), pictures.put("/blue", encoded("blue", kind="JPEG"))]
    answer = ask(world, urls)
    assert (answer.json()["status"], pictures.asked) == ("processing", ["GET /red", "GET /blue"])
    world.render()
    image = picture(requests.get(world.fetch(answer.json()["id"])["output"][0], timeout=10)).convert("RGB")
    assert image.size == scaled("21:9", 0.1)
    red, blue = image.getpixel((20, 20)), image.getpixel((50, 20))
    assert isinstance(red, tuple)
    assert isinstance(blue, tuple)
    assert red[0] > 250 > 5 > red[2]
    assert blue[2] > 250 > 5 > blue[0]


def test_a_redirecting_reference_is_refused(world: World, pictures: Pictures) -> None:
    """Also when the other end is fine."""
    there = pictures.put("/red", encoded())
    url = pictures.put("/moved", b"", 302, Location=there)
    assert refusal(ask(world, [url])) == REDIRECTING
    assert (pictures.asked, world.ledger()) == (["GET /moved"], [])


def test_a_reference_that_is_not_there_is_refused(world: World, pictures: Pictures) -> None:
    """404, a port where nobody listens, and addresses that may not be called."""
    for url in (
        f"{pictures.url}/none",
        "https://localhost:1/a.png",
        "http://localhost:1/a.png",
        "file:///etc/hosts",
        "https://.../",
        "x",
    ):
        assert refusal(ask(world, [url])) == UNFETCHABLE, url
    assert world.ledger() == []


def test_limits_of_references(world: World, pictures: Pictures) -> None:
    """Type, damage, bytes, pixels. At the limit a picture is fine."""
    webp = pictures.put("/webp", encoded(kind="WEBP"))
    assert refusal(ask(world, [webp])).endswith("must be a JPEG or PNG image")
    cut = pictures.put("/cut", encoded(size=(300, 300))[:-80])
    assert refusal(ask(world, [cut])).endswith("damaged")
    heavy = pictures.put("/heavy", encoded() + bytes(10_000_000))
    assert refusal(ask(world, [heavy])).endswith("larger than 10 MB")
    wide = pictures.put("/wide", encoded(size=(6001, 1)))
    assert refusal(ask(world, [wide])).endswith("larger than 6000x6000 pixels")
    assert ask(world, [pictures.put("/just", encoded(size=(6000, 1)))]).status_code == 200
    assert len(world.ledger()) == 1


@pytest.mark.parametrize("value", [None, "https://a.test/a.png", [], [1], [""], ["https://a.test/a.png"] * 11])
def test_init_image_is_an_array_of_one_to_ten_addresses(world: World, value: object) -> None:
    """A string is refused."""
    assert refusal(ask(world, value)).startswith("init_image must")


def test_the_ratio_may_be_spelt_in_two_ways(world: World, pictures: Pictures) -> None:
    """One of them is needed, and 3:4 is not taken."""
    url = pictures.put("/red", encoded())
    body = {"key": KEY, "model_id": "seedream-4.5-i2i", "prompt": "both", "init_image": [url]}
    assert world.post(ROUTE, body | {"aspect-ratio": "1:1"}).status_code == 200
    assert world.post(ROUTE, body | {"aspect-ratio": "1:1", "aspect_ratio": "1:1"}).status_code == 200
    assert refusal(world.post(ROUTE, body)) == "aspect_ratio is required"
    for key in ("aspect_ratio", "aspect-ratio"):
        assert refusal(world.post(ROUTE, body | {key: "3:4"})).startswith(f"{key} must be one of")


def test_a_head_probe_refuses_what_cannot_be_probed(world: World, pictures: Pictures) -> None:
    """As a signed URL, which is for GET only, answers 403."""
    url = pictures.put("/red", encoded())
    world.fault("head", match={"op": "image-to-image"})
    assert ask(world, [url]).status_code == 200
    assert pictures.asked == ["HEAD /red", "GET /red"]
    assert refusal(ask(world, [f"{pictures.url}/none"], prompt="modelslab:head")) == UNFETCHABLE


def upload(world: World, data: bytes, kind: str = "png") -> requests.Response:
    """Upload a picture as a data URI."""
    text = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    return world.post("/v6/base64_to_url", {"key": KEY, "base64_string": text})


def test_an_upload_is_a_reference_for_a_day(world: World) -> None:
    """Its address is the emulator's own."""
    answer = upload(world, encoded()).json()
    assert answer["status"] == "success"
    (url,) = answer["output"]
    assert requests.get(url, timeout=10).content == encoded()
    assert ask(world, [url]).json()["status"] == "processing"
    world.advance(86401)
    assert refusal(ask(world, [url])) == UNFETCHABLE


def test_an_upload_is_a_picture_of_at_most_5_mb(world: World) -> None:
    """In a data URI."""
    large = io.BytesIO()
    Image.effect_noise((2000, 2000), 90).save(large, "PNG")
    assert refusal(upload(world, large.getvalue() * 2)) == "base64_string must not be larger than 5 MB"
    assert refusal(upload(world, b"no picture")).endswith("must be a JPEG or PNG image")
    for text in (None, "abc", "data:image/png;base64,%%%", "data:text/html;base64,AAAA"):
        assert "base64" in refusal(world.post("/v6/base64_to_url", {"key": KEY, "base64_string": text}))


def test_both_forms_of_the_older_fetch_know_the_job(world: World) -> None:
    """With the id in the path or in the body."""
    job = world.accepted()["id"]
    by_path = world.post(f"/v6/images/fetch/{job}").json()
    for value in (job, str(job)):
        by_body = world.post("/v6/images/fetch", {"key": KEY, "request_id": value}).json()
        assert by_body["id"] == by_path["id"] == job
    assert world.post("/v6/images/fetch").json()["message"] == "Request not found"


def test_results_are_listed_and_can_be_deleted(world: World) -> None:
    """A deleted one is neither listed, nor found, nor downloadable; its charge stays."""
    first, second = world.accepted()["id"], world.accepted()["id"]
    world.render(2)
    (link,) = world.fetch(first)["output"]
    listed = world.post("/assets_generated").json()
    assert [asset["id"] for asset in listed["data"]] == [second, first]
    assert (listed["data"][1]["output"], listed["pagination"]["total"]) == ([link], 2)
    order = {"key": KEY, "request_id": first, "type": "image"}
    assert world.post("/v3/delete_image", order).json() == {
        "status": "success",
        "messege": "Image deleted successfully",
    }
    assert world.post("/v3/delete_image", order).json()["status"] == "error"
    assert world.fetch(first)["message"] == "Request not found"
    assert requests.get(link, timeout=10).status_code == 404
    assert [asset["id"] for asset in world.post("/assets_generated").json()["data"]] == [second]
    assert world.post("/assets_generated", {"key": KEY, "page": 2}).json()["data"] == []
    assert len(world.ledger()) == 2


def test_the_depth_of_the_queue_can_be_asked_thirty_times_a_minute(world: World) -> None:
    """429 then, until the minute is over."""
    count = "/v6/processing/request_count"
    assert {world.post(count).status_code for _ in range(30)} == {200}
    assert world.post(count).status_code == 429
    world.advance(61)
    assert world.post(count).status_code == 200
