"""Ask for pictures of a character."""

from __future__ import annotations

import msgspec

from functions.api.generate_wire import (
    GENERATION_ERRORS,
    AspectRatio,
    Jobs,
    Prompt,
    Quote,
    Variations,
    answer_generation,
)
from functions.api.jobs_wire import JobView
from functions.api.media_wire import MediaView
from functions.api.stories_wire import Id
from functions.routing import Answer, Call, Route, Routes
from shared.core.errors import ReferenceNotUsable
from shared.generation.requests import CharacterRequest, draft_character


class GenerateCharacter(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`imageReferenceId`: a media id, or a Drive file id of yours; without one the picture is made from text."""

    character_id: Id
    image_reference_id: Id | None = None
    additional_prompt: Prompt = ""
    aspect_ratio: AspectRatio | None = None
    variations: Variations = 1
    validate_only: bool = False


def generate(call: Call) -> Answer:
    """Accept, or only say what it would be."""
    asked = msgspec.convert(call.body, CharacterRequest, from_attributes=True)
    return answer_generation(call, draft_character(call.app.documents, call.user_id, asked))


ROUTES: Routes = (
    Route("POST", "/api/generate/character", generate, "Ask for pictures of a character", body=GenerateCharacter,
          answer=JobView | Jobs, status=202, also={200: Quote, 201: MediaView}, idempotent=True, waits=True,
          errors=(*GENERATION_ERRORS, ReferenceNotUsable)),
)  # fmt: skip
