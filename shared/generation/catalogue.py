"""The catalogue: what the provider can do and what we sell, in one table.

Sources: the provider's SDK and model pages; sizes are the model vendor's 2K presets. `seedream-4.5-i2i` lists no 3:4 in
the SDK, probably by omission; what is not confirmed is not sold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from shared.core.errors import InvalidRequest

SIZES: Mapping[str, tuple[int, int]] = {
    "1:1": (2048, 2048),
    "4:3": (2304, 1728),
    "3:4": (1728, 2304),
    "16:9": (2560, 1440),
    "9:16": (1440, 2560),
    "3:2": (2496, 1664),
    "2:3": (1664, 2496),
    "21:9": (3024, 1296),
}  #: pixels of a picture of each aspect ratio


class Resolution(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A film's size in pixels; `price_factor`: how much more a second costs than in the smallest one."""

    name: str
    width: int
    height: int
    price_factor: int


class FilmChoices(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What may be asked of a film. Seconds that the model does not render are cut from longer ones."""

    durations: tuple[int, ...]
    default_duration: int
    rendered: tuple[int, ...]  #: seconds that the model renders; these are paid
    resolutions: tuple[Resolution, ...]
    fps: tuple[int, ...]
    audio: bool  #: whether it can make sound
    motions: Mapping[str, str]  #: a motion's name, and the words for it in the prompt

    def rendered_seconds(self, duration: int) -> int:
        """The shortest film that the model renders and that is long enough."""
        return min(seconds for seconds in self.rendered if seconds >= duration)


class Model(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One model. Prices in credits, times in seconds."""

    id: str
    kind: Literal["image", "video"]
    use: str  #: what it is for, in words
    aspect_ratios: tuple[str, ...]
    default_aspect_ratio: str
    min_references: int
    max_references: int
    max_prompt_characters: int
    credits: int  #: of a picture, or of a second of film in the smallest resolution
    price_version: str
    typical_seconds: float  #: until jobs of our own have taught better
    p90_seconds: float
    film: FilmChoices | None = None
    render_deadline_seconds: int  #: counted from the submit; after it the job is given up and the credits are released


TEXT_TO_IMAGE = "seedream-4.5"
IMAGE_TO_IMAGE = "seedream-4.5-i2i"
IMAGE_TO_VIDEO = "ltx-2-pro-i2v"
MOTIONS: Mapping[str, str] = {
    "none": "static camera, subtle natural movement",
    "zoom_in": "the camera slowly zooms in",
    "zoom_out": "the camera slowly zooms out",
    "pan_left": "the camera pans to the left",
    "pan_right": "the camera pans to the right",
    "tilt_up": "the camera tilts up",
    "tilt_down": "the camera tilts down",
    "orbit": "the camera orbits around the subject",
    "dolly_in": "the camera moves forward towards the subject",
    "handheld": "handheld camera with slight movement",
    "walk": "the characters walk naturally",
    "wind": "hair and clothes move in the wind",
}

MODELS: tuple[Model, ...] = (
    Model(
        id=TEXT_TO_IMAGE,
        kind="image",
        use="A picture from a description",
        aspect_ratios=tuple(SIZES),
        default_aspect_ratio="1:1",
        min_references=0,
        max_references=0,
        max_prompt_characters=4000,
        credits=5,
        price_version="2026-11",
        typical_seconds=25,
        p90_seconds=60,
        render_deadline_seconds=600,
    ),
    Model(
        id=IMAGE_TO_IMAGE,
        kind="image",
        use="A picture from a description and reference pictures",
        aspect_ratios=tuple(ratio for ratio in SIZES if ratio != "3:4"),
        default_aspect_ratio="1:1",
        min_references=1,
        max_references=10,
        max_prompt_characters=4000,
        credits=5,
        price_version="2026-11",
        typical_seconds=35,
        p90_seconds=80,
        render_deadline_seconds=600,
    ),
    Model(
        id=IMAGE_TO_VIDEO,
        kind="video",
        use="A film that begins with a picture",
        aspect_ratios=("16:9",),
        default_aspect_ratio="16:9",
        min_references=1,
        max_references=1,
        max_prompt_characters=4000,
        credits=5,
        price_version="2026-11",
        typical_seconds=90,
        p90_seconds=180,
        film=FilmChoices(
            durations=(3, 5, 6, 8, 10),
            default_duration=5,
            rendered=(6, 8, 10),
            resolutions=(
                Resolution(name="1920x1080", width=1920, height=1080, price_factor=1),
                Resolution(name="2560x1440", width=2560, height=1440, price_factor=2),
                Resolution(name="3840x2160", width=3840, height=2160, price_factor=4),
            ),
            fps=(25, 50),
            audio=True,
            motions=MOTIONS,
        ),
        render_deadline_seconds=900,
    ),
)
_BY_ID: Mapping[str, Model] = {model.id: model for model in MODELS}


def model_of(model_id: str) -> Model:
    """A model by its id. Raises KeyError for one that is not in the catalogue."""
    return _BY_ID[model_id]


def price_of(model: Model, params: Mapping[str, Any]) -> int:
    """Credits of a job with these parameters: a picture's price, or that of the seconds that are rendered."""
    if model.film is None:
        return model.credits
    factor = next(one.price_factor for one in model.film.resolutions if one.name == params["resolution"])
    return model.credits * model.film.rendered_seconds(params["duration"]) * factor


def checked_aspect_ratio(model: Model, asked: str | None) -> str:
    """The aspect ratio to render. Raises `InvalidRequest` for one that the model does not have."""
    if asked is None:
        return model.default_aspect_ratio
    if asked not in model.aspect_ratios:
        allowed = ", ".join(model.aspect_ratios)
        raise InvalidRequest(message=f"{model.id} renders {allowed}.", field="aspectRatio")
    return asked
