"""What may be asked of each model. Strict where the service is not known: unknown fields and types are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from infra.local.modelslab.drawing import SIZES
from infra.local.modelslab.film import RESOLUTIONS, Film
from infra.local.modelslab.refusals import Refusal

PROMPT_LENGTH = 4000  # characters
REFERENCES = 10
ASPECT_KEYS = ("aspect_ratio", "aspect-ratio")


@dataclass(frozen=True)
class Model:
    """`price` in thousandths of a dollar, of a picture or a film's second in the smallest size.

    `ratios`: the aspect ratios that it takes, none for a film.
    """

    name: str
    route: str
    price: int
    fields: frozenset[str]
    ratios: frozenset[str] = frozenset()


COMMON = frozenset({"key", "model_id", "prompt", "webhook", "track_id"})
MODELS = (
    Model("seedream-4.5", "images/text-to-image", 60, COMMON | {"aspect_ratio"}, frozenset(SIZES)),
    # 3:4 is missing in the official SDK's list for this model, so it is refused here.
    Model(
        "seedream-4.5-i2i",
        "images/image-to-image",
        60,
        COMMON | {"aspect_ratio", "aspect-ratio", "init_image"},
        frozenset(SIZES) - {"3:4"},
    ),
    Model(
        "ltx-2-pro-i2v",
        "video-fusion/image-to-video",
        60,
        COMMON | {"init_image", "resolution", "duration", "fps", "generate_audio"},
    ),
)
#: What v6 renders whatever other model is asked for, without a word.
SUBSTITUTE = Model("wan2.2", "video/img2video", 20, MODELS[-1].fields)
SUBSTITUTED = Film(832, 480, 25, 5, audio=False)
DEARER = {2560: 2, 3840: 4}  # a film's price by its width
DURATIONS, RATES = ("6", "8", "10"), ("25", "50")


@dataclass(frozen=True)
class Order:
    """A valid request. `aspects`: the ratio by each of the two spellings that was sent; `film`: what film, if one."""

    model: Model
    prompt: str
    aspects: dict[str, str]
    film: Film | None
    references: tuple[str, ...]
    webhook: str
    track_id: str | int | None
    meta: dict[str, Any]

    @property
    def price(self) -> int:
        """In thousandths of a dollar: films by their seconds and pixels."""
        if not self.film:
            return self.model.price
        return self.model.price * self.film.seconds * DEARER.get(self.film.width, 1)


def read_order(route: str, body: dict[str, Any], admitted: Callable[[str], bool]) -> Order:
    """A request's body as an order. `admitted`: whether an address may be called. Raises Refusal."""
    model = _model(route, body.get("model_id"))
    for field in body.keys() - model.fields:
        raise Refusal(400, f"The {field} field is not allowed for {model.name}", field)
    return Order(
        model=model,
        prompt=_prompt(body.get("prompt")),
        aspects=_aspects(model, body) if model.ratios else {},
        film=None if model.ratios else _film(model, body),
        references=_references(model, body.get("init_image")) if "init_image" in model.fields else (),
        webhook=_webhook(body, admitted),
        track_id=_track_id(body),
        meta={field: value for field, value in body.items() if field != "key"},
    )


def _model(route: str, name: object) -> Model:
    if not isinstance(name, str) or not name:
        raise Refusal(400, "model_id is required", "model_id")
    if route == SUBSTITUTE.route:
        return SUBSTITUTE
    for model in MODELS:
        if (model.route, model.name) == (route, name):
            return model
    raise Refusal(404, f"Model not found: {name}", "model_id")


def _prompt(value: object) -> str:
    if value is None or value == "":
        raise Refusal(400, "prompt is required", "prompt")
    if not isinstance(value, str):
        raise Refusal(400, "prompt must be a string", "prompt")
    if not value.strip():
        raise Refusal(400, "prompt is required", "prompt")
    if len(value) > PROMPT_LENGTH:
        raise Refusal(400, f"prompt must not be greater than {PROMPT_LENGTH} characters", "prompt")
    return value


def _aspects(model: Model, body: dict[str, Any]) -> dict[str, str]:
    aspects = {key: body[key] for key in ASPECT_KEYS if key in body}
    if not aspects:
        raise Refusal(400, "aspect_ratio is required", "aspect_ratio")
    for key, value in aspects.items():
        if not isinstance(value, str) or value not in model.ratios:
            raise Refusal(400, f"{key} must be one of {', '.join(sorted(model.ratios))}", key)
    return aspects


def _film(model: Model, body: dict[str, Any]) -> Film:
    if model is SUBSTITUTE:
        return SUBSTITUTED
    width, height = RESOLUTIONS[_chosen(body, "resolution", tuple(RESOLUTIONS))]
    audio = body.get("generate_audio", True)
    if not isinstance(audio, bool):
        raise Refusal(400, "generate_audio must be a boolean", "generate_audio")
    seconds, fps = int(_chosen(body, "duration", DURATIONS)), int(_chosen(body, "fps", RATES))
    return Film(width, height, fps, seconds, audio)


def _chosen(body: dict[str, Any], field: str, values: tuple[str, ...]) -> str:
    """One of the listed strings: a number is refused, as no client is known to have had one accepted."""
    value = body.get(field)
    if not isinstance(value, str) or value not in values:
        raise Refusal(400, f"{field} must be one of {', '.join(values)}", field)
    return value


def _references(model: Model, value: object) -> tuple[str, ...]:
    if not model.ratios:
        if not isinstance(value, str) or not value:
            raise Refusal(400, "init_image must be the URL of an image", "init_image")
        return (value,)
    if not isinstance(value, list) or not all(isinstance(url, str) and url for url in value):
        raise Refusal(400, "init_image must be an array of image URLs", "init_image")
    if not 1 <= len(value) <= REFERENCES:
        raise Refusal(400, f"init_image must have between 1 and {REFERENCES} items", "init_image")
    return tuple(value)


def _webhook(body: dict[str, Any], admitted: Callable[[str], bool]) -> str:
    url = body.get("webhook", "")
    if "webhook" in body and not (isinstance(url, str) and admitted(url)):
        raise Refusal(400, "webhook must be a valid https URL", "webhook")
    return str(url)


def _track_id(body: dict[str, Any]) -> str | int | None:
    value = body.get("track_id")
    if "track_id" in body and (isinstance(value, bool) or not isinstance(value, str | int)):
        raise Refusal(400, "track_id must be a string", "track_id")
    return value


class Admission:
    """Which addresses the emulator may call: https ones, and the origins of this machine that it was told."""

    def __init__(self, origins: frozenset[str]) -> None:
        self._origins = origins

    def allows(self, url: str, own: str = "") -> bool:
        """Whether it may; `own`: the emulator's own origin, where uploads are."""
        try:
            parts = urlsplit(url)
            origin = f"{parts.scheme}://{parts.netloc}"
            return bool(parts.hostname) and (parts.scheme == "https" or origin in self._origins or origin == own)
        except ValueError:  # a malformed host
            return False
