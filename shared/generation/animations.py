"""A film of a picture, made ready to be accepted: motion, length, size and sound."""

from __future__ import annotations

from typing import Any

import msgspec

from shared.core.documents import Documents
from shared.core.errors import InvalidRequest
from shared.generation.catalogue import IMAGE_TO_VIDEO, FilmChoices, Resolution, model_of, price_of
from shared.generation.framing import Fit, Framing
from shared.generation.prompts import animation_prompt, require_length
from shared.generation.requests import Draft, owned, reference_to, usable_image
from shared.media.model import Media
from shared.stories.model import Moodboard, Scene, entity_key


class AnimationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for a film. `motion_type` is one of the catalogue's motions, or the user's own words for one."""

    moodboard_id: str
    source_image_id: str
    duration: int  #: seconds
    motion_type: str
    additional_prompt: str = ""
    resolution: str
    fps: int
    generate_audio: bool
    source_fit: Fit
    crop_at: float


def draft_animation(documents: Documents, user_id: str, asked: AnimationRequest) -> Draft:
    """The job of a film.

    Raises `NotFound` for a moodboard that is not the user's, `ReferenceNotUsable` for a source that is no accessible
    picture of theirs, or `InvalidRequest` for what the model does not do.
    """
    moodboard = owned(documents, entity_key("moodboards", asked.moodboard_id), Moodboard, user_id)
    source = usable_image(documents, user_id, asked.source_image_id, field="sourceImageId")
    model = model_of(IMAGE_TO_VIDEO)
    assert model.film, "it makes films"
    resolution = _resolution(model.film, asked.resolution)
    params = _params(model.film, resolution, asked) | {"source": _framed(resolution, asked, source)}
    prompt = animation_prompt(
        model.film.motions.get(asked.motion_type, asked.motion_type),
        source.prompt_used or _shown(documents, user_id, moodboard),
        additional=asked.additional_prompt,
        limit=model.max_prompt_characters,
    )
    return Draft(
        kind="animation",
        entity_type="animation",
        entity_id=moodboard.id,
        project_id=moodboard.project_id,
        subject=moodboard.title,
        model=model.id,
        prompt=require_length(prompt, model),
        params=params,
        references=(reference_to(source, role="source"),),
        price=price_of(model, params),
        price_version=model.price_version,
    )


def _params(film: FilmChoices, resolution: Resolution, asked: AnimationRequest) -> dict[str, Any]:
    return {
        "duration": _one_of(film.durations, asked.duration, "duration"),
        "renderedSeconds": film.rendered_seconds(asked.duration),
        "resolution": resolution.name,
        "fps": _one_of(film.fps, asked.fps, "fps"),
        "generateAudio": asked.generate_audio and film.audio,
        "motionType": asked.motion_type,
    }


def _one_of(values: tuple[int, ...], asked: int, field: str) -> int:
    if asked not in values:
        raise InvalidRequest(message=f"{field} is one of {', '.join(map(str, values))}.", field=field)
    return asked


def _resolution(film: FilmChoices, asked: str) -> Resolution:
    for one in film.resolutions:
        if asked == one.name:
            return one
    names = ", ".join(one.name for one in film.resolutions)
    raise InvalidRequest(message=f"resolution is one of {names}.", field="resolution")


def _framed(resolution: Resolution, asked: AnimationRequest, source: Media) -> dict[str, Any]:
    """What is done to the source, as far as its size is known: what is kept of it, and where in the frame it is."""
    at = asked.crop_at
    done: dict[str, Any] = {"fit": asked.source_fit, "cropAt": at}
    if source.width and source.height:
        framing = Framing(resolution.width, resolution.height, asked.source_fit, at)
        size = source.width, source.height
        done |= {"size": list(size), "kept": list(framing.kept(*size)), "place": list(framing.place(*size))}
    return done


def _shown(documents: Documents, user_id: str, moodboard: Moodboard) -> str:
    """What a source without a prompt shows: the moodboard's title, and its scene if it has one."""
    parts = [moodboard.title]
    if moodboard.scene_id:
        scene = documents.get([entity_key("scenes", moodboard.scene_id)])[0].read_or_none(Scene)
        if scene and scene.user_id == user_id:
            parts.append(scene.description or scene.title)
    return ", ".join(filter(None, parts))
