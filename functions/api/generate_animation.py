"""Ask for a film of a picture."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from functions.api.generate_wire import GENERATION_ERRORS, Prompt, Quote, answer_generation
from functions.api.jobs_wire import JobView
from functions.api.media_wire import MediaView
from functions.api.stories_wire import Id
from functions.routing import Answer, Call, Route, Routes
from shared.core.errors import ReferenceNotUsable
from shared.generation.animations import AnimationRequest, draft_animation


class GenerateAnimation(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`sourceImageId`: a media id, or a Drive file id of the user's. `motionType`: of the catalogue, or own words.

    `duration` in seconds. `sourceFit`: a source of another shape than the film is padded, or cropped where `cropAt`
    says (0: left or top, 1: right or bottom).
    """

    moodboard_id: Id
    source_image_id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    duration: Literal[3, 5, 6, 8, 10] = 5
    motion_type: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] = "none"
    additional_prompt: Prompt = ""
    resolution: Literal["1920x1080", "2560x1440", "3840x2160"] = "1920x1080"
    fps: Literal[25, 50] = 25
    generate_audio: bool = True
    source_fit: Literal["pad", "crop"] = "pad"
    crop_at: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5
    validate_only: bool = False


def generate(call: Call) -> Answer:
    """Accept, or only say what it would be."""
    asked = msgspec.convert(call.body, AnimationRequest, from_attributes=True)
    return answer_generation(call, draft_animation(call.app.documents, call.user_id, asked))


ROUTES: Routes = (
    Route("POST", "/api/generate/animation", generate, "Ask for a film of a picture", body=GenerateAnimation,
          answer=JobView, status=202, also={200: Quote, 201: MediaView}, idempotent=True, waits=True,
          errors=(*GENERATION_ERRORS, ReferenceNotUsable)),
)  # fmt: skip
