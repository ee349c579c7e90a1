"""Real films from a picture: a slow zoom in H.264, with B-frames, groups of ten seconds, and AAC when asked.

The index (`moov`) comes first or last, as real ones have it either way.
"""

from __future__ import annotations

import array
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.filter
from PIL import Image, ImageOps

RESOLUTIONS = {"1920x1080": (1920, 1080), "2560x1440": (2560, 1440), "3840x2160": (3840, 2160)}
ZOOM = 0.25  # the last frame is enlarged by this much
GROUP_SECONDS = 10  # between two frames that stand for themselves
SAMPLE_RATE = 48000
SAMPLES = 1024  # what an AAC frame takes
TONE_HZ = 220
VOLUME = 0.05


@dataclass(frozen=True)
class Film:
    """What was asked for. `seconds` and `fps` are whole numbers; the size in pixels is even."""

    width: int
    height: int
    fps: int
    seconds: int
    audio: bool

    @property
    def frames(self) -> int:
        """How many there are."""
        return self.fps * self.seconds

    def scaled(self, scale: float) -> Film:
        """The same, smaller: at least 32 pixels, and even, as the codec wants it."""
        width, height = (max(32, round(side * scale / 2) * 2) for side in (self.width, self.height))
        return Film(width, height, self.fps, self.seconds, self.audio)


def render(picture: bytes, film: Film, path: Path, *, index_last: bool) -> None:
    """Write an MP4 whose first frame is the picture."""
    with Image.open(io.BytesIO(picture)) as opened:
        image = ImageOps.fit(opened.convert("RGB"), (film.width, film.height))
    options = {} if index_last else {"movflags": "+faststart"}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        video = container.add_stream("libx264", rate=film.fps, options=_encoding(film))
        video.width, video.height, video.pix_fmt = film.width, film.height, "yuv420p"
        audio = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo") if film.audio else None
        sounds = _tone(film.seconds)
        for frame in _zoom(image, film):
            container.mux(video.encode(frame))
            while audio and (sound := next(sounds, None)):
                container.mux(audio.encode(sound))
                if sound.pts is not None and sound.pts * film.fps >= (frame.pts or 0) * SAMPLE_RATE:
                    break  # the two streams side by side, as a real film has them
        container.mux(video.encode())
        if audio:
            for sound in sounds:
                container.mux(audio.encode(sound))
            container.mux(audio.encode())


def _encoding(film: Film) -> dict[str, str]:
    group = film.fps * GROUP_SECONDS
    return {
        "preset": "ultrafast",
        "crf": "26",
        "bf": "3",
        "g": str(group),
        "keyint_min": str(group // 2),
        "sc_threshold": "0",
        "threads": "2",
    }


def _zoom(image: Image.Image, film: Film) -> Iterator[av.VideoFrame]:
    graph = av.filter.Graph()
    rate = Fraction(1, film.fps)
    source = graph.add_buffer(width=image.width, height=image.height, format=av.VideoFormat("rgb24"), time_base=rate)
    window = f"z='1+{ZOOM}*on/{film.frames}':x='(iw-iw/zoom)*0.6':y='(ih-ih/zoom)/2'"
    zoom = graph.add("zoompan", f"{window}:d={film.frames}:s={film.width}x{film.height}:fps={film.fps}")
    plain, sink = graph.add("format", "yuv420p"), graph.add("buffersink")
    source.link_to(zoom)
    zoom.link_to(plain)
    plain.link_to(sink)
    graph.configure()
    still = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
    still.pts, still.time_base = 0, rate
    graph.push(still)
    for number in range(film.frames):
        frame = graph.pull()
        assert isinstance(frame, av.VideoFrame)
        frame.pts, frame.time_base = number, rate
        frame.pict_type = 0  # the encoder decides
        yield frame


def _tone(seconds: int) -> Iterator[av.AudioFrame]:
    """A quiet sine in stereo."""
    for start in range(0, SAMPLE_RATE * seconds, SAMPLES):
        wave = array.array("f")
        for sample in range(start, start + SAMPLES):
            wave.append(VOLUME * math.sin(2 * math.pi * TONE_HZ * sample / SAMPLE_RATE))
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=SAMPLES)
        for plane in frame.planes:
            plane.update(wave.tobytes())
        frame.sample_rate, frame.pts = SAMPLE_RATE, start
        yield frame
