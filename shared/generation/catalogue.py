"""The catalogue: what the provider can do and what we sell, in one table.

Sources: the provider's SDK and model pages; sizes are the model vendor's 2K presets. `seedream-4.5-i2i` lists no 3:4 in
the SDK, probably by omission; what is not confirmed is not sold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

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
    credits: int
    price_version: str
    typical_seconds: float  #: until jobs of our own have taught better
    p90_seconds: float
    render_deadline_seconds: int  #: counted from the submit; after it the job is given up and the credits are released


TEXT_TO_IMAGE = "seedream-4.5"
IMAGE_TO_IMAGE = "seedream-4.5-i2i"

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
)
_BY_ID: Mapping[str, Model] = {model.id: model for model in MODELS}


def model_of(model_id: str) -> Model:
    """A model by its id. Raises KeyError for one that is not in the catalogue."""
    return _BY_ID[model_id]


def checked_aspect_ratio(model: Model, asked: str | None) -> str:
    """The aspect ratio to render. Raises `InvalidRequest` for one that the model does not have."""
    if asked is None:
        return model.default_aspect_ratio
    if asked not in model.aspect_ratios:
        allowed = ", ".join(model.aspect_ratios)
        raise InvalidRequest(message=f"{model.id} renders {allowed}.", field="aspectRatio")
    return asked
