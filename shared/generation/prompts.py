"""The prompts, exactly as the plan says: parts joined by a comma, empty parts left out.

Beyond the plan: a project's style preset and the writer's additional prompt come before the quality tags. Newlines and
control characters become spaces, so that what is stored and shown is what the provider got.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from shared.core.errors import InvalidRequest
from shared.generation.catalogue import Model
from shared.stories.model import Character, Scene, Universe

CHARACTER_QUALITY = "high quality, detailed, professional"
MOODBOARD_QUALITY = "cinematic composition, detailed background"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def character_prompt(character: Character, *, style_preset: str = "", additional: str = "") -> str:
    """Name, appearance, wearing …, with …, visual style, then what goes beyond the plan, then quality."""
    return _joined(
        character.name,
        character.appearance,
        _prefixed("wearing", character.clothing),
        _prefixed("with", character.accessories),
        character.visual_style,
        style_preset,
        additional,
        CHARACTER_QUALITY,
    )


def moodboard_prompt(
    characters: Sequence[Character],
    scene: Scene,
    *,
    universe: Universe | None = None,
    pose: str = "",
    action: str = "",
    style_preset: str = "",
    additional: str = "",
) -> str:
    """Names joined by "and", action, pose, in {scene}, the universe's setting, then quality."""
    return _joined(
        " and ".join(filter(None, (_clean(character.name) for character in characters))),
        action,
        pose,
        _prefixed("in", scene.description),
        universe.setting if universe else "",
        style_preset,
        additional,
        MOODBOARD_QUALITY,
    )


def animation_prompt(motion: str, shows: str, *, additional: str = "", limit: int) -> str:
    """The motion, what the source shows, then what goes beyond. What it shows may be long, and is cut at a comma."""
    room = limit - len(_joined(motion, "", additional)) - 4
    shown = _clean(shows)
    if len(shown) > room:
        shown = shown[: max(0, room)].rpartition(",")[0]
    return _joined(motion, shown, additional)


def require_length(prompt: str, model: Model) -> str:
    """The prompt, if the provider takes one so long. Raises `InvalidRequest` before anything is held."""
    if len(prompt) > model.max_prompt_characters:
        limit = model.max_prompt_characters
        message = f"The prompt has {len(prompt)} characters; {model.id} takes {limit}. Shorten the descriptions."
        raise InvalidRequest(message=message, field="additionalPrompt")
    return prompt


def _joined(*parts: str) -> str:
    return ", ".join(_present(map(_clean, parts)))


def _prefixed(word: str, text: str) -> str:
    cleaned = _clean(text)
    return f"{word} {cleaned}" if cleaned else ""


def _present(parts: Iterable[str]) -> list[str]:
    return [part for part in parts if part]


def _clean(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()
