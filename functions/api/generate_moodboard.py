"""Ask for pictures of a moodboard: several characters in a scene."""

from __future__ import annotations

from typing import Annotated, Literal

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
from shared.core.errors import CharacterHasNoImage
from shared.generation.moodboards import MoodboardRequest, draft_moodboard

Words = Annotated[str, msgspec.Meta(max_length=1000)]


class GenerateMoodboard(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`universeId`: else the moodboard's own. `referenceMode`: how the provider gets the characters' pictures.

    `composite`: all in one grid; `separate`: each by itself, and the prompt says which is who.
    """

    moodboard_id: Id
    character_ids: Annotated[list[Id], msgspec.Meta(min_length=1, max_length=10)]
    scene_id: Id
    universe_id: Id | None = None
    pose: Words = ""
    action: Words = ""
    additional_prompt: Prompt = ""
    aspect_ratio: AspectRatio | None = None
    reference_mode: Literal["composite", "separate"] = "composite"
    variations: Variations = 1
    validate_only: bool = False


def generate(call: Call) -> Answer:
    """Accept, or only say what it would be."""
    asked = msgspec.convert(call.body, MoodboardRequest, from_attributes=True)
    return answer_generation(call, draft_moodboard(call.app.documents, call.user_id, asked))


ROUTES: Routes = (
    Route("POST", "/api/generate/moodboard", generate, "Ask for pictures of a moodboard", body=GenerateMoodboard,
          answer=JobView | Jobs, status=202, also={200: Quote, 201: MediaView}, idempotent=True, waits=True,
          errors=(*GENERATION_ERRORS, CharacterHasNoImage)),
)  # fmt: skip
