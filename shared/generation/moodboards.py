"""A moodboard's picture, made ready to be accepted: several characters, a scene, perhaps a universe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from shared.core.documents import Documents, Query
from shared.core.errors import CharacterHasNoImage, InvalidRequest
from shared.generation.catalogue import IMAGE_TO_IMAGE, checked_aspect_ratio, model_of
from shared.generation.model import Reference
from shared.generation.prompts import moodboard_prompt, require_length
from shared.generation.requests import Draft, of_user, owned, reference_to
from shared.media.model import Media, media_key
from shared.stories.model import Character, Moodboard, Project, Scene, Universe, entity_key

ReferenceMode = Literal["composite", "separate"]
LOOK_BACK = 50  #: pictures of a character that are looked through for one that can still be read


class MoodboardRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for pictures of a moodboard."""

    moodboard_id: str
    character_ids: tuple[str, ...]
    scene_id: str
    universe_id: str | None = None  #: None: the moodboard's own, if it has one
    pose: str = ""
    action: str = ""
    additional_prompt: str = ""
    aspect_ratio: str | None = None
    reference_mode: ReferenceMode = "composite"
    variations: int = 1


def draft_moodboard(documents: Documents, user_id: str, asked: MoodboardRequest) -> Draft:
    """The job of a moodboard's picture.

    Raises `NotFound` for what is not the user's, `CharacterHasNoImage` naming every character that has none,
    or `InvalidRequest`.
    """
    if len(set(asked.character_ids)) != len(asked.character_ids):
        raise InvalidRequest("a character twice", message="A character is named twice.", field="characterIds")
    moodboard = owned(documents, entity_key("moodboards", asked.moodboard_id), Moodboard, user_id)
    project, scene, universe, characters = _story(documents, user_id, asked, moodboard)
    references = _references(documents, user_id, characters)
    model = model_of(IMAGE_TO_IMAGE)
    who = _who(characters) if asked.reference_mode == "separate" else ""
    prompt = moodboard_prompt(
        characters,
        scene,
        universe=universe,
        pose=asked.pose,
        action=asked.action,
        style_preset=project.style_preset,
        additional=", ".join(filter(None, (who, asked.additional_prompt))),
    )
    return Draft(
        kind="moodboard",
        entity_type="moodboard",
        entity_id=moodboard.id,
        project_id=moodboard.project_id,
        subject=moodboard.title,
        model=model.id,
        prompt=require_length(prompt, model),
        params={
            "aspectRatio": checked_aspect_ratio(model, asked.aspect_ratio),
            "referenceMode": asked.reference_mode,
        },
        references=references,
        price=model.credits,
        price_version=model.price_version,
        variations=asked.variations,
    )


def _story(
    documents: Documents, user_id: str, asked: MoodboardRequest, moodboard: Moodboard
) -> tuple[Project, Scene, Universe | None, list[Character]]:
    """What the picture is about, read at once. Raises `NotFound`."""
    universe_id = asked.universe_id or moodboard.universe_id
    keys = [
        entity_key("projects", moodboard.project_id),
        entity_key("scenes", asked.scene_id),
        *([entity_key("universes", universe_id)] if universe_id else ()),
        *(entity_key("characters", name) for name in asked.character_ids),
    ]
    found = {snapshot.key: snapshot for snapshot in documents.get(keys)}
    project = of_user(found[keys[0]], Project, user_id)
    scene = of_user(found[keys[1]], Scene, user_id)
    universe = of_user(found[keys[2]], Universe, user_id) if universe_id else None
    characters = [of_user(found[entity_key("characters", name)], Character, user_id) for name in asked.character_ids]
    return project, scene, universe, characters


def _references(documents: Documents, user_id: str, characters: Sequence[Character]) -> tuple[Reference, ...]:
    """Each character's primary picture, else its latest that can be read. Raises `CharacterHasNoImage`."""
    primaries = [media_key(one.primary.image) for one in characters if one.primary.image]
    read = {snapshot.key.id: snapshot.read_or_none(Media) for snapshot in documents.get(primaries)} if primaries else {}
    found = [
        _usable(read.get(one.primary.image or ""), user_id) or _latest(documents, user_id, one) for one in characters
    ]
    without = [character.id for character, media in zip(characters, found, strict=True) if media is None]
    if without:
        raise CharacterHasNoImage(characterIds=without)
    return tuple(reference_to(media, role="character", index=index) for index, media in enumerate(filter(None, found)))


def _usable(media: Media | None, user_id: str) -> Media | None:
    return media if media and media.user_id == user_id and media.is_accessible else None


def _latest(documents: Documents, user_id: str, character: Character) -> Media | None:
    query = Query(
        "generated_media",
        where=(("userId", "==", user_id), ("entityId", "==", character.id)),
        order=(("createdAt", True),),
        limit=LOOK_BACK,
    )
    pictures = [snapshot.read(Media) for snapshot in documents.find(query)]
    return next((media for media in pictures if media.media_type == "image" and media.is_accessible), None)


def _who(characters: Sequence[Character]) -> str:
    """Which of the provider's pictures shows whom."""
    return ", ".join(f"image {number} is {character.name}" for number, character in enumerate(characters, 1))
