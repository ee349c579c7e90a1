"""The plan's prompt builders, string by string."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.errors import InvalidRequest
from shared.generation.catalogue import TEXT_TO_IMAGE, model_of
from shared.generation.prompts import character_prompt, moodboard_prompt, require_length
from shared.stories.model import Character, Scene, Universe

NOW = datetime(2026, 11, 25, tzinfo=UTC)
OWNED: dict[str, Any] = {
    "id": "x",
    "user_id": "u",
    "tenant_id": "t",
    "project_id": "p",
    "created_at": NOW,
    "updated_at": NOW,
}
ALL = {
    "name": "Sari",
    "appearance": "tall, grey eyes",
    "clothing": "a red batik coat",
    "accessories": "a brass compass",
    "visual_style": "watercolour",
}
END = "high quality, detailed, professional"


def character(**fields: Any) -> Character:
    """A character with these fields."""
    return Character(**OWNED, **fields)


@pytest.mark.parametrize(
    ("fields", "beyond", "prompt"),
    [
        (ALL, {}, f"Sari, tall, grey eyes, wearing a red batik coat, with a brass compass, watercolour, {END}"),
        ({**ALL, "appearance": ""}, {}, f"Sari, wearing a red batik coat, with a brass compass, watercolour, {END}"),
        ({**ALL, "clothing": ""}, {}, f"Sari, tall, grey eyes, with a brass compass, watercolour, {END}"),
        ({**ALL, "accessories": ""}, {}, f"Sari, tall, grey eyes, wearing a red batik coat, watercolour, {END}"),
        (
            {**ALL, "visual_style": ""},
            {},
            f"Sari, tall, grey eyes, wearing a red batik coat, with a brass compass, {END}",
        ),
        ({"name": "Sari"}, {}, f"Sari, {END}"),
        ({"name": "Sari"}, {"style_preset": "ink wash"}, f"Sari, ink wash, {END}"),
        ({"name": "Sari"}, {"additional": "smiling"}, f"Sari, smiling, {END}"),
        (
            ALL,
            {"style_preset": "ink wash", "additional": "smiling"},
            "Sari, tall, grey eyes, wearing a red batik coat, with a brass compass, watercolour, "
            f"ink wash, smiling, {END}",
        ),
        ({"name": " Sari\n"}, {"additional": "at\r\nnight\x00"}, f"Sari, at night, {END}"),
        ({"name": "Sari", "clothing": " \t"}, {}, f"Sari, {END}"),
    ],
)
def test_a_character_prompt_is_the_plans(fields: dict[str, str], beyond: dict[str, str], prompt: str) -> None:
    """Parts in the plan's order, joined by a comma, empty ones left out."""
    assert character_prompt(character(**fields), **beyond) == prompt


MOODBOARD_END = "cinematic composition, detailed background"


@pytest.mark.parametrize(
    ("names", "description", "setting", "given_", "prompt"),
    [
        (["Sari", "Budi"], "a night market", "a floating city", {"pose": "back to back", "action": "running"},
         f"Sari and Budi, running, back to back, in a night market, a floating city, {MOODBOARD_END}"),
        (["Sari"], "a night market", None, {}, f"Sari, in a night market, {MOODBOARD_END}"),
        (["Sari"], "", None, {}, f"Sari, {MOODBOARD_END}"),
        (["Sari"], "", "a floating city", {}, f"Sari, a floating city, {MOODBOARD_END}"),
        (["Sari"], "", None, {"pose": "seated"}, f"Sari, seated, {MOODBOARD_END}"),
        (["Sari"], "", None, {"action": "running"}, f"Sari, running, {MOODBOARD_END}"),
        (["A", "B", "C"], "", None, {}, f"A and B and C, {MOODBOARD_END}"),
        (["Sari"], "", None, {"style_preset": "ink", "additional": "rain"}, f"Sari, ink, rain, {MOODBOARD_END}"),
    ],
)  # fmt: skip
def test_a_moodboard_prompt_is_the_plans(
    names: list[str], description: str, setting: str | None, given_: dict[str, str], prompt: str
) -> None:
    """Names, action, pose, scene, setting, in the plan's order."""
    characters = [character(name=name) for name in names]
    scene = Scene(**OWNED, title="Market", description=description)
    universe = None if setting is None else Universe(**OWNED, name="Sky", setting=setting)

    assert moodboard_prompt(characters, scene, universe=universe, **given_) == prompt


@given(st.builds(character, **{name: st.text(max_size=40) for name in ALL}), st.text(max_size=40))
def test_no_field_can_smuggle_a_line_or_a_control_character(sari: Character, additional: str) -> None:
    """What is stored and shown is what the provider gets: one line of visible text."""
    prompt = character_prompt(sari, additional=additional)

    assert prompt.splitlines() == [prompt]
    assert all(ord(mark) >= 32 for mark in prompt)
    assert prompt.endswith(END)


def test_a_prompt_longer_than_the_provider_takes_is_refused_with_what_to_do() -> None:
    """Before anything is held."""
    model = model_of(TEXT_TO_IMAGE)
    assert require_length("x" * 4000, model) == "x" * 4000

    with pytest.raises(InvalidRequest) as refused:
        require_length("x" * 4001, model)

    assert "takes 4000" in refused.value.message
