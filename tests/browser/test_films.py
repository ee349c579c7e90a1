"""Cut films at full size: every frame by FFmpeg's decoder, and length and end as Chromium sees them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from fractions import Fraction

import flask
import pytest
from playwright.sync_api import Browser
from werkzeug.wrappers import Response

from infra.local.serving import Serving
from shared.generation.mp4.boxes import children, content
from shared.generation.mp4.cut import cut
from shared.generation.mp4.movie import read_movie
from tests.fakes.films import film, frames, sound_seconds

FULL = (1920, 1080)
PLAYED = """async () => {
  const video = document.querySelector('video');
  const next = (name) => new Promise((done, fail) => {
    video.addEventListener(name, done, {once: true});
    video.addEventListener('error', () => fail(video.error.message), {once: true});
  });
  if (video.readyState < 1) await next('loadedmetadata');
  const seeked = next('seeked');
  video.currentTime = video.duration - 0.1;
  await seeked;
  const ended = next('ended');
  await video.play();
  await ended;
  return [video.duration, video.videoWidth, video.videoHeight, video.currentTime];
}"""


@functools.cache
def whole(fps: int, audio: bool) -> bytes:
    """Six seconds at full size; the index last at 25 fps and first at 50."""
    return film(6, fps, audio=audio, index_last=fps == 25, size=FULL)


@functools.cache
def whole_frames(fps: int, audio: bool) -> list[str]:
    """Of the same."""
    return frames(whole(fps, audio))


def beginning(data: bytes, seconds: int) -> bytes:
    """The film's first seconds."""
    boxes = {box.kind: box for box in children(data)}
    plan = cut(data[: boxes["ftyp"].end], read_movie(content(data, boxes["moov"]), len(data)), Fraction(seconds))
    return plan.head + b"".join(data[start:end] for start, end in plan.spans)


class Site:
    """A page with a film on it."""

    def __init__(self) -> None:
        self.film = b""
        app = flask.Flask(__name__)
        app.add_url_rule("/", view_func=lambda: "<video src=film.mp4 preload=auto muted></video>")
        app.add_url_rule("/film.mp4", view_func=self._film)
        self.serving = Serving(app)

    def _film(self) -> Response:
        response = Response(self.film, content_type="video/mp4")
        return response.make_conditional(flask.request, accept_ranges=True, complete_length=len(self.film))


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Served on this machine."""
    made = Site()
    yield made
    made.serving.stop()


@pytest.mark.parametrize("seconds", [3, 5])
@pytest.mark.parametrize("audio", [False, True])
@pytest.mark.parametrize("fps", [25, 50])
def test_a_cut_film_has_its_frames_and_plays_to_its_end(
    chromium: Browser, site: Site, fps: int, audio: bool, seconds: int
) -> None:
    """Exactly the frames that were asked for, each as in the whole film; the browser agrees within one frame."""
    site.film = beginning(whole(fps, audio), seconds)
    assert frames(site.film) == whole_frames(fps, audio)[: seconds * fps]
    assert (abs(sound_seconds(site.film) - seconds) <= 1 / fps) == audio

    page = chromium.new_page()
    page.goto(site.serving.url)
    duration, width, height, ended_at = page.evaluate(PLAYED)
    page.close()
    assert (width, height) == FULL
    assert abs(duration - seconds) <= 1 / fps
    assert abs(ended_at - seconds) <= 1 / fps
