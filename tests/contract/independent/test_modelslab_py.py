"""modelslab-py, the vendor's own client, at the emulator: for the pictures and films that it knows.

It asks again every minute by itself, and takes a failure for something to wait for; both are told to be quick here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from modelslab_py.core.client import Client
from modelslab_py.providers.byteplus.api import BytePlusProvider
from modelslab_py.providers.byteplus.schemas import SeeDream45I2ISchema, SeeDream45Schema

from tests.contract.test_provider import KEY, Setup


@pytest.fixture
def setup(tmp_path: Path) -> Iterator[Setup]:
    """The emulator, and a host with a reference picture."""
    made = Setup(tmp_path)
    yield made
    made.serving.stop()
    made.emulator.close()
    made.receiver.stop()


def provider(setup: Setup, key: str = KEY) -> Any:
    """Its client."""
    client = Client(key, fetch_retry=200, fetch_timeout=0.02)
    client.base_url = f"{setup.serving.url}/api/"
    made = BytePlusProvider(client)
    made.base_url = f"{client.base_url}v7/images/"
    return made


def test_a_picture_is_asked_for_and_fetched(setup: Setup) -> None:
    """By its own schema, and its own polling."""
    api = provider(setup)
    accepted = api.seedream_45(SeeDream45Schema(prompt="a fox", aspect_ratio="16:9"))
    assert accepted["status"] == "processing"
    done = api.fetch(str(accepted["id"]))
    assert done["status"] == "success"
    assert requests.get(done["output"][0], timeout=10).content.startswith(b"\x89PNG")
    assert setup.charges() == 1


def test_a_picture_of_a_picture(setup: Setup) -> None:
    """A list of addresses, which are really fetched."""
    schema = SeeDream45I2ISchema(prompt="a fox", init_image=[f"{setup.receiver.url}/ref.png"], aspect_ratio="1:1")
    accepted = provider(setup).seedream_45_i2i(schema)
    assert provider(setup).fetch(str(accepted["id"]))["status"] == "success"


def test_a_wrong_key_and_a_missing_prompt_are_errors_to_it(setup: Setup) -> None:
    """It raises on any status but 200."""
    with pytest.raises(Exception, match="401"):
        provider(setup, "wrong").seedream_45(SeeDream45Schema(prompt="a fox", aspect_ratio="1:1"))
    with pytest.raises(Exception, match="Request failed"):
        provider(setup).seedream_45(SeeDream45Schema(prompt="", aspect_ratio="1:1"))
    assert setup.charges() == 0
