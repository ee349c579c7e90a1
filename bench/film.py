"""A film in 4K of ten seconds with sound, cut to three: against copying its bytes, and every frame is the same."""

from __future__ import annotations

import sys
import tempfile
from fractions import Fraction
from pathlib import Path

from bench.measure import measured, report, verdict
from shared.generation.mp4.boxes import children, content
from shared.generation.mp4.cut import cut
from shared.generation.mp4.movie import read_movie
from tests.fakes.films import film, frames

SECONDS, SIZE = 3, (3840, 2160)


def main(words: list[str]) -> bool:
    """Measure, or be measured."""
    if words:
        data = Path(words[0]).read_bytes()
        report(lambda: _copied(data) if words[1] == "floor" else shorter(data))
        return True
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        path.write_bytes(film(10, 25, audio=True, index_last=True, size=SIZE))
        same = frames(shorter(path.read_bytes())) == frames(path.read_bytes())[: SECONDS * 25]
        floor, ours = measured("bench.film", str(path))
    took, copied = ours["seconds"] * 1000, floor["seconds"] * 1000
    title = f"a 4K film of 10 s cut to {SECONDS} s, {took:.1f} ms, copied {copied:.1f} ms"
    return verdict(title, [("frames that are not the same", float(not same), 0.0, True)])


def shorter(data: bytes) -> bytes:
    """The film's beginning."""
    boxes = {box.kind: box for box in children(data)}
    plan = cut(data[: boxes["ftyp"].end], read_movie(content(data, boxes["moov"]), len(data)), Fraction(SECONDS))
    return plan.head + b"".join(data[start:end] for start, end in plan.spans)


def _copied(data: bytes) -> bytes:
    return bytes(bytearray(data))


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
