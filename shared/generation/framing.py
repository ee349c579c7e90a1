"""A picture in a film's frame: whole with black beside it, or filling it and cut; never distorted. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Fit = Literal["pad", "crop"]
Box = tuple[int, int, int, int]  #: left, top, width, height in pixels


@dataclass(frozen=True)
class Framing:
    """How a picture comes into a frame of this size.

    `at`: for a cut picture, where along the side that is too long the kept part lies, 0 (left, top) to 1.
    """

    width: int
    height: int
    fit: Fit
    at: float = 0.5

    def kept(self, width: int, height: int) -> Box:
        """What of a picture of this size is seen."""
        if self.fit == "pad":
            return 0, 0, width, height
        wanted_width = min(width, max(1, round(height * self.width / self.height)))
        wanted_height = min(height, max(1, round(width * self.height / self.width)))
        return (
            round((width - wanted_width) * self.at),
            round((height - wanted_height) * self.at),
            wanted_width,
            wanted_height,
        )

    def place(self, width: int, height: int) -> Box:
        """Where in the frame what is seen stands, in the middle."""
        if self.fit == "crop":
            return 0, 0, self.width, self.height
        scale = min(self.width / width, self.height / height)
        small_width, small_height = max(1, round(width * scale)), max(1, round(height * scale))
        return (self.width - small_width) // 2, (self.height - small_height) // 2, small_width, small_height


def framing_of(params: Mapping[str, Any]) -> Framing:
    """How a film's source comes into its frame, from a job's parameters."""
    width, height = map(int, params["resolution"].split("x"))
    return Framing(width, height, params["source"]["fit"], params["source"]["cropAt"])
