"""What a user asks for, made ready to be accepted: the prompt, the model, the references and the price, all frozen.

Nothing is held and nothing is written here, so `validateOnly` is this and no more.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, Literal, TypeVar

import msgspec

from shared.core.documents import Documents, Key, Query, Snapshot
from shared.core.errors import NotFound, ReferenceNotUsable
from shared.generation.catalogue import IMAGE_TO_IMAGE, TEXT_TO_IMAGE, Model, checked_aspect_ratio, model_of
from shared.generation.model import Reference
from shared.generation.prompts import character_prompt, require_length
from shared.media.model import EntityType, Media, media_key
from shared.stories.model import Character, Entity, Project, entity_key

E = TypeVar("E", bound=Entity)
MAX_REFERENCE_BYTES = 25 * 1024 * 1024
_UNSAFE = re.compile(r"[^\w-]+")


class CharacterRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for pictures of a character."""

    character_id: str
    image_reference_id: str | None = None  #: a media id, or a Drive file id of the user's
    additional_prompt: str = ""
    aspect_ratio: str | None = None
    variations: int = 1


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A job that could be accepted, without an id."""

    kind: Literal["character", "moodboard", "animation"]
    entity_type: EntityType
    entity_id: str
    project_id: str
    subject: str  #: a word for the file's name
    model: str
    prompt: str
    params: dict[str, Any]
    references: tuple[Reference, ...]
    price: int
    price_version: str
    variations: int = 1

    def payload_hash(self, retry_of: str | None) -> str:
        """Tells whether two requests ask for the same; a changed price does not make another request."""
        frozen = msgspec.to_builtins(msgspec.structs.replace(self, price=0, price_version=""))
        return hashlib.sha256(msgspec.json.encode([frozen, retry_of], order="sorted")).hexdigest()


def draft_character(documents: Documents, user_id: str, asked: CharacterRequest) -> Draft:
    """The job of a character's picture.

    Raises `NotFound` for a character that is not the user's, `ReferenceNotUsable`, or `InvalidRequest` for what the
    model does not do.
    """
    character = owned(documents, entity_key("characters", asked.character_id), Character, user_id)
    project = owned(documents, entity_key("projects", character.project_id), Project, user_id)
    references = _references(documents, user_id, asked.image_reference_id)
    model = model_of(IMAGE_TO_IMAGE if references else TEXT_TO_IMAGE)
    prompt = character_prompt(character, style_preset=project.style_preset, additional=asked.additional_prompt)
    return Draft(
        kind="character",
        entity_type="character",
        entity_id=character.id,
        project_id=character.project_id,
        subject=character.name,
        model=model.id,
        prompt=require_length(prompt, model),
        params={"aspectRatio": checked_aspect_ratio(model, asked.aspect_ratio)},
        references=references,
        price=model.credits,
        price_version=model.price_version,
        variations=asked.variations,
    )


def _references(documents: Documents, user_id: str, media_id: str | None) -> tuple[Reference, ...]:
    if media_id is None:
        return ()
    return (reference_to(usable_image(documents, user_id, media_id, field="imageReferenceId"), role="character"),)


def reference_to(media: Media, *, role: str, index: int = 0) -> Reference:
    """A reference to exactly the present version of a picture."""
    return Reference(
        media_id=media.id,
        role=role,
        index=index,
        drive_file_id=media.drive_file_id,
        version=media.version,
        ratio=media.width / media.height if media.width and media.height else 1.0,
        resource_key=media.resource_key,
        owned=media.source().owned,
        public=media.source().public,
    )


def file_name(draft_subject: str, kind: str, job_id: str) -> str:
    """A name that tells a person what the file is: kind, subject, and enough of the job's id to be unique."""
    subject = _UNSAFE.sub("_", draft_subject).strip("_")[:60] or "untitled"
    return f"{kind}_{subject}_{job_id[:8]}"


def model_for(draft: Draft) -> Model:
    """The catalogue's entry of a draft."""
    return model_of(draft.model)


def usable_image(documents: Documents, user_id: str, reference: str, *, field: str) -> Media:
    """The user's picture that a media id or a Drive file id names. Raises `ReferenceNotUsable`."""
    media = _find_media(documents, user_id, reference)
    reason = (
        "not_found"
        if media is None
        else "not_an_image"
        if media.media_type != "image"
        else "not_accessible"
        if not media.is_accessible
        else "too_large"
        if media.file_size_bytes > MAX_REFERENCE_BYTES
        else None
    )
    if media is None or reason:
        raise ReferenceNotUsable(field=field, mediaId=reference, reason=reason)
    return media


def _find_media(documents: Documents, user_id: str, reference: str) -> Media | None:
    try:
        media = documents.get([media_key(reference)])[0].read_or_none(Media)
    except NotFound:
        return None
    if media is not None:
        return media if media.user_id == user_id else None
    query = Query("generated_media", where=(("userId", "==", user_id), ("driveFileId", "==", reference)), limit=1)
    found = documents.find(query)
    return found[0].read(Media) if found else None


def owned(documents: Documents, key: Key, kind: type[E], user_id: str) -> E:
    """An entity of the user's. Raises `NotFound` for anybody else's."""
    return of_user(documents.get([key])[0], kind, user_id)


def of_user(found: Snapshot, kind: type[E], user_id: str) -> E:
    """An entity that was read. Raises `NotFound` when it is not there, or anybody else's."""
    entity = found.read(kind)
    if entity.user_id != user_id:
        raise NotFound(f"{found.key.collection} of another user")
    return entity
