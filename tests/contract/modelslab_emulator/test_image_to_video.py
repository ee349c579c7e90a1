"""Films from a picture: what may be asked for, and that the result is one."""

from __future__ import annotations

import io
from typing import Any

import av
import pytest
import requests

from tests.contract.modelslab_emulator.conftest import KEY, World
from tests.contract.modelslab_emulator.pictures import Pictures, encoded

ROUTE = "/v7/video-fusion/image-to-video"
ASKED: dict[str, Any] = {
    "key": KEY, "model_id": "ltx-2-pro-i2v", "prompt": "slow zoom", "resolution": "1920x1080", "duration": "6",
    "fps": "25", "generate_audio": False,
}  # fmt: skip


@pytest.fixture
def source(pictures: Pictures) -> str:
    """A red picture's address."""
    return pictures.put("/red", encoded("red", (320, 180)))


def ask(world: World, source: object, route: str = ROUTE, **changes: Any) -> requests.Response:
    """Ask for a film; a change to None leaves a field out."""
    body = {name: value for name, value in (ASKED | {"init_image": source} | changes).items() if value is not None}
    return world.post(route, body)


def film(world: World, source: str, **changes: Any) -> bytes:
    """A finished film's bytes."""
    accepted = ask(world, source, **changes).json()
    assert accepted["status"] == "processing", accepted
    assert accepted["fetch_result"].endswith(f"/v7/video-fusion/fetch/{accepted['id']}")
    world.render()
    done = world.post(f"/v7/video-fusion/fetch/{accepted['id']}").json()
    answer = requests.get(done["output"][0], timeout=20)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "video/mp4")
    return answer.content


@pytest.mark.parametrize(("fps", "duration", "audio"), [("25", "6", True), ("50", "8", False), ("25", "10", None)])
def test_a_film_is_what_was_asked_for(world: World, source: str, fps: str, duration: str, audio: bool | None) -> None:
    """Its size, rate, number of frames and sound; B-frames, one group of five seconds or more; sound is the default."""
    data = film(world, source, fps=fps, duration=duration, generate_audio=audio)
    with av.open(io.BytesIO(data), "r") as container:
        video = container.streams.video[0]
        assert (video.codec_context.name, video.width, video.height) == ("h264", 192, 108)
        assert (str(video.average_rate), bool(container.streams.audio)) == (fps, audio is not False)
        packets = [packet for packet in container.demux(video) if packet.size]
        keys = [number for number, packet in enumerate(packets) if packet.is_keyframe]
        assert len(packets) == int(fps) * int(duration)
        assert any(packet.pts != packet.dts for packet in packets), "B-frames"
        assert keys[0] == 0
        assert all(key >= 5 * int(fps) for key in keys[1:])
    with av.open(io.BytesIO(data), "r") as container:
        first = next(container.decode(video=0)).to_image()  # type: ignore[no-untyped-call]
    red, green, _ = first.getpixel((90, 50))
    assert (red > 200, green < 60) == (True, True), "the film begins with the picture"


def test_half_of_the_films_have_their_index_last(world: World, source: str) -> None:
    """A client that reads on must find it either way."""
    orders = [data.index(b"moov") < data.index(b"mdat") for data in (film(world, source) for _ in range(4))]
    assert sorted(orders) == [False, False, True, True]
    assert film(world, source, prompt="modelslab:moov=last").index(b"mdat") < 100


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("resolution", "1280x720", "resolution must be one of 1920x1080, 2560x1440, 3840x2160"),
        ("init_image", None, "init_image must be the URL of an image"),
        ("duration", "5", "duration must be one of 6, 8, 10"),
        ("duration", 6, "duration must be one of 6, 8, 10"),
        ("fps", 25, "fps must be one of 25, 50"),
        ("fps", "24", "fps must be one of 25, 50"),
        ("generate_audio", "true", "generate_audio must be a boolean"),
        ("init_image", ["http://localhost/red"], "init_image must be the URL of an image"),
        ("init_image", "", "init_image must be the URL of an image"),
        ("aspect_ratio", "16:9", "The aspect_ratio field is not allowed for ltx-2-pro-i2v"),
        ("negative_prompt", "blur", "The negative_prompt field is not allowed for ltx-2-pro-i2v"),
    ],
)
def test_what_the_model_does_not_do_is_refused(
    world: World, source: str, field: str, value: object, message: str
) -> None:
    """In its words, and nothing is charged."""
    answer = world.post(ROUTE, {**ASKED, "init_image": source, field: value} if value is not None else ASKED)
    assert (answer.status_code, answer.json()["message"], world.ledger()) == (400, message, [])


def test_a_films_picture_is_one_address_as_text(world: World, source: str) -> None:
    """Not an array, as it is for pictures."""
    assert ask(world, [source]).json()["message"] == "init_image must be the URL of an image"
    assert ask(world, source).json()["status"] == "processing"


def test_a_model_is_only_at_its_own_route(world: World, source: str) -> None:
    """Pictures are not made where films are."""
    assert ask(world, source, model_id="seedream-4.5").json()["message"] == "Model not found: seedream-4.5"
    assert ask(world, source, "/v7/images/text-to-image").json()["message"] == "Model not found: ltx-2-pro-i2v"


def test_version_6_renders_another_model_without_a_word(world: World, source: str) -> None:
    """The documented trap."""
    accepted = ask(world, source, "/v6/video/img2video").json()
    assert (accepted["status"], world.ledger()[0]["model"]) == ("processing", "wan2.2")


def test_films_are_fetched_where_films_are(world: World, source: str) -> None:
    """A picture's route does not know them."""
    job = ask(world, source).json()["id"]
    assert world.fetch(job)["message"] == "Request not found"
    assert world.post(f"/v6/video/fetch/{job}").json()["status"] == "processing"


@pytest.mark.parametrize(("resolution", "seconds", "price"), [("1920x1080", "6", 0.36), ("3840x2160", "10", 2.4)])
def test_a_film_costs_by_seconds_and_size(
    world: World, source: str, resolution: str, seconds: str, price: float
) -> None:
    """And counts in the account's queue."""
    assert ask(world, source, resolution=resolution, duration=seconds).status_code == 200
    assert [entry["amount"] for entry in world.ledger()] == [price]
    assert [ask(world, source).status_code for _ in range(5)] == [200] * 4 + [429]


def test_a_part_of_a_film_is_given_unless_its_host_cannot(world: World, source: str) -> None:
    """Range, as storage hosts have it; by a switch not."""
    for prompt, status in (("zoom", 206), ("modelslab:link=no_range", 200)):
        accepted = ask(world, source, prompt=prompt).json()
        world.render()
        link = world.post(f"/v7/video-fusion/fetch/{accepted['id']}").json()["output"][0]
        answer = requests.get(link, headers={"Range": "bytes=4-7"}, timeout=10)
        assert (answer.status_code, answer.content == b"ftyp") == (status, status == 206)
