"""An emulator whose time is moved by hand, and calls as a client makes them."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from infra.local.modelslab.emulator import ModelsLabEmulator
from infra.local.modelslab.more_rules import MORE_RULES
from infra.local.modelslab.rules import RULES
from infra.local.modelslab.switch_rules import SWITCHES
from infra.local.strictness import loosened_by_env
from tests.contract.modelslab_emulator.pictures import Pictures, serving

KEY = "a-key-for-tests"
RENDER_SECONDS = 60
FOX: dict[str, Any] = {"key": KEY, "model_id": "seedream-4.5", "prompt": "a fox in the snow", "aspect_ratio": "16:9"}


class World:
    """An emulator that paints small pictures, its server, and a client."""

    def __init__(self, state: Path, **options: Any) -> None:
        choices: dict[str, Any] = {"api_key": KEY, "render_seconds": RENDER_SECONDS, "scale": 0.1} | options
        self.emulator = ModelsLabEmulator(state, **choices)
        loosened_by_env("modelslab", (*RULES, *MORE_RULES, *SWITCHES), self.emulator)
        self.serving = self.emulator.serve()
        self.url = self.serving.url

    def post(self, path: str, body: object = None, **more: Any) -> requests.Response:
        """A call of the API."""
        return requests.post(f"{self.url}/api{path}", json={"key": KEY} if body is None else body, timeout=20, **more)

    def submit(self, **changes: Any) -> requests.Response:
        """Ask for a fox; a change to None leaves a field out."""
        body = {name: value for name, value in (FOX | changes).items() if value is not None}
        return self.post("/v7/images/text-to-image", body)

    def accepted(self, **changes: Any) -> dict[str, Any]:
        """The answer of a submit that was accepted."""
        answer = self.submit(**changes)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def fetch(self, job_id: object) -> dict[str, Any]:
        """One poll."""
        return dict(self.post(f"/v7/images/fetch/{job_id}").json())

    def fault(self, name: str, value: object = None, **order: Any) -> None:
        """Switch on."""
        params = {} if value is None else {"value": value}
        answer = requests.post(
            f"{self.url}/_emulator/faults", json={"name": name, "params": params, **order}, timeout=10
        )
        assert answer.status_code == 201, answer.text

    def render(self, jobs: int = 1) -> None:
        """Let time pass until the next jobs have ended."""
        before = len(self.emulator.journal.events("job"))
        self.advance(RENDER_SECONDS * jobs)
        wait_until(lambda: len(self.emulator.journal.events("job")) >= before + jobs)

    def advance(self, seconds: float) -> None:
        """Move the emulator's time."""
        requests.post(f"{self.url}/_emulator/clock", json={"advance": seconds}, timeout=10).raise_for_status()

    def ledger(self) -> list[dict[str, Any]]:
        """What was charged."""
        return list(requests.get(f"{self.url}/_emulator/ledger", timeout=10).json()["entries"])

    def close(self) -> None:
        """Stop."""
        self.serving.stop()
        self.emulator.close()


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Look again and again until it is so. Raises AssertionError when it takes too long."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it did not happen in time")


def picture(answer: requests.Response) -> Image.Image:
    """A download as a picture, decoded in full."""
    assert answer.status_code == 200, answer.status_code
    image = Image.open(io.BytesIO(answer.content))
    image.load()
    return image


@pytest.fixture
def pictures() -> Iterator[Pictures]:
    """A server of pictures."""
    with serving() as pictures:
        yield pictures


@pytest.fixture
def world(tmp_path: Path, pictures: Pictures) -> Iterator[World]:
    """An emulator that admits the server of pictures; a picture takes a minute of its time."""
    world = World(tmp_path, admit_origins=frozenset({pictures.url}))
    yield world
    world.close()
