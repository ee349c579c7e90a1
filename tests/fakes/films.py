"""Small real films, each rendered once in a process."""

from __future__ import annotations

import functools
import hashlib
import io
import tempfile
from pathlib import Path

import av

from infra.local.modelslab.drawing import draw
from infra.local.modelslab.film import Film, render


@functools.cache
def film(
    seconds: int, fps: int, *, audio: bool = False, index_last: bool = False, size: tuple[int, int] = (64, 36)
) -> bytes:
    """An MP4 as the provider's emulator renders it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        render(draw("a film", size), Film(*size, fps, seconds, audio), path, index_last=index_last)
        return path.read_bytes()


def frames(data: bytes) -> list[str]:
    """A hash of each frame, decoded by FFmpeg, which shares no code with ours."""
    with av.open(io.BytesIO(data), "r") as container:
        decoded = container.decode(video=0)
        return [hashlib.sha256(b"".join(bytes(plane) for plane in frame.planes)).hexdigest() for frame in decoded]


def sound_seconds(data: bytes) -> float:
    """How long the decoded sound is; 0 when there is none."""
    with av.open(io.BytesIO(data), "r") as container:
        if not container.streams.audio:
            return 0.0
        return sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))


def shown_seconds(data: bytes) -> float:
    """How long a player says that it is."""
    with av.open(io.BytesIO(data), "r") as container:
        assert container.duration is not None
        return container.duration / 1_000_000
