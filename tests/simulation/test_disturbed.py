"""Random histories on the real adapters, with calls of Drive and of the provider disturbed from outside."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulation.emulated import EmulatedWorld

GOOGLE, MODELSLAB = "google", "modelslab"
WAYS: tuple[dict[str, Any], ...] = (
    {"when": "before"}, {"when": "after"}, {"when": "answer", "status": 503, "body": "<html>"},
    {"when": "answer", "status": 502, "body": ""}, {"when": "cut", "bytes": 20},
)  # fmt: skip
CALLS = (
    (MODELSLAB, "POST", "/image-to-image$"), (MODELSLAB, "POST", "/text-to-image$"), (MODELSLAB, "POST", "/fetch/"),
    (MODELSLAB, "GET", "^/generations/"), (GOOGLE, "POST", "^/upload/"), (GOOGLE, "PUT", "^/upload/"),
    (GOOGLE, "POST", "^/drive/v3/files$"), (GOOGLE, "POST", "/permissions$"), (GOOGLE, "GET", "^/drive/v3/files"),
)  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> Iterator[EmulatedWorld]:
    """Two people."""
    made = EmulatedWorld(tmp_path)
    for name in ("ana", "budi"):
        made.add_user(name)
    yield made
    made.close()


def test_undisturbed_everything_arrives(world: EmulatedWorld) -> None:
    """Or the histories would prove little: from text, and from the result as a reference."""
    first = world.ask("ana", "one")[0]
    world.run()
    second = world.ask("ana", "two", image_reference_id=world.job(first.id).media_id)[0]
    world.run()
    assert [world.job(job.id).state for job in (first, second)] == ["SUCCEEDED"] * 2
    assert (world.violations(), world.open_jobs()) == ([], [])


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_disturbed_nothing_is_lost_or_paid_twice(world: EmulatedWorld, seed: int) -> None:
    """Six jobs, and up to eight calls that are cut, lost, refused or broken off, once or a few times."""
    dice = random.Random(seed)
    for _ in range(dice.randint(3, 8)):
        (part, method, path), way = dice.choice(CALLS), dice.choice(WAYS)
        first = dice.randint(1, 6)
        world.disturb(part, {**way, "method": method, "path": path, "first": first,
                             "last": first + dice.choice((0, 0, 2))})  # fmt: skip
    for number in range(6):
        user = dice.choice(("ana", "budi"))
        done = [job.media_id for job in world.jobs() if job.user_id == user and job.state == "SUCCEEDED"]
        more = {"image_reference_id": dice.choice(done)} if done and dice.random() < 0.5 else {}
        world.ask(user, f"{number}", **more)
        world.run(webhooks=dice.random() < 0.7, hours=dice.choice((0.01, 24 * 9)))
    world.run()
    assert (world.violations(), world.open_jobs()) == ([], [])
