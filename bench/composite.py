"""A grid of eight pictures of 2048 × 2048, against decoding them alone."""

from __future__ import annotations

import io
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from bench.measure import measured, report, verdict
from infra.local.modelslab.drawing import draw
from shared.adapters.pillow_pictures import PillowPictures
from shared.generation.layout import grid

COUNT, SIDE, AHEAD = 8, 2048, 2
BOUNDS = {"JPEG": (1.15, 64.0), "PNG": (1.25, 96.0), "WEBP": (1.25, 96.0)}  #: ratio of time, MiB above idle


def main(words: list[str]) -> bool:
    """Measure, or be measured."""
    if words:
        folder, which = Path(words[0]), words[1]
        report(lambda: _decoded(folder) if which == "floor" else _composed(folder))
        return True
    good = True
    for kind, (ratio, mib) in BOUNDS.items():
        with tempfile.TemporaryDirectory() as place:
            _write(Path(place), kind)
            floor, ours = measured("bench.composite", place)
        seconds = ours["seconds"] / floor["seconds"]
        title = f"composite of {COUNT} {kind} of {SIDE}², {ours['seconds']:.2f} s"
        good &= verdict(title, [("× decoding alone", seconds, ratio, True), ("MiB above idle", ours["mib"], mib, True)])
    return good


def _write(folder: Path, kind: str) -> None:
    """Pictures with the grain of a photograph."""
    grain = Image.effect_noise((SIDE, SIDE), 24).convert("RGB")
    for number in range(COUNT):
        with Image.open(io.BytesIO(draw(f"picture {number}", (SIDE, SIDE)))) as drawn:
            image = Image.blend(drawn.convert("RGB"), grain, 0.15)
        image.save(folder / f"{number}", kind, **({"compress_level": 6} if kind == "PNG" else {"quality": 90}))


def _decoded(folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        with Image.open(io.BytesIO(path.read_bytes())) as image:
            image.load()


def _composed(folder: Path) -> None:
    PillowPictures().composite(_ahead(folder), grid([1.0] * COUNT))


def _ahead(folder: Path) -> Iterator[bytes]:
    """As they come from Drive: two more than the one that is drawn."""
    waiting: deque[bytes] = deque()
    for path in sorted(folder.iterdir()):
        waiting.append(path.read_bytes())
        if len(waiting) > AHEAD:
            yield waiting.popleft()
    yield from waiting


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
