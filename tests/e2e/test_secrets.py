"""No secret is seen anywhere, after each was really used. Every module of these tests ends with the same look."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from infra.local.cloud import LocalCloud
from infra.local.demo.writer import ApiError
from tests.e2e.conftest import CHOICES, Cloud, finished
from tests.e2e.leaks import unused
from tests.e2e.test_assets import by_hand, link, png


def use_everything(cloud: Cloud) -> None:
    """Sign in, link, make two pictures with a refreshed token in between, get errors of the provider and of Drive."""
    ana = cloud.signed_in("ana")
    character = ana.make_character("Sari")
    link(ana, character, by_hand(cloud, png((9, 9, 9)), public=True))
    with pytest.raises(ApiError, match="ASSET_NOT_ACCESSIBLE"):
        link(ana, character, by_hand(cloud, png((9, 9, 9))))
    sari = character["id"]
    first = finished(ana, ana.generate(sari))
    clock = f"{cloud.local.ports.url('google')}/_emulator/clock"
    requests.post(clock, json={"advance": 3700}, timeout=10).raise_for_status()
    finished(ana, ana.generate(sari, imageReferenceId=first["media"]["id"], additionalPrompt="modelslab:answer_html"))
    finished(ana, ana.generate(sari, additionalPrompt="modelslab:error=400"))


def test_every_secret_was_used_and_none_is_seen(cloud: Cloud) -> None:
    """In no log, answer, task or document; the emulators' journals know each of them by its fingerprint."""
    use_everything(cloud)
    journals = json.dumps([cloud.journal(part) for part in ("google", "modelslab")])
    assert unused(cloud.local, journals) == []
    assert cloud.leaks() == []


@pytest.fixture
def unredacted(tmp_path: Path) -> Iterator[Cloud]:
    """A cloud whose logs do not redact."""
    choices = replace(CHOICES, extra_env={**CHOICES.extra_env, "UNREDACTED_LOGS": "true"})
    local = LocalCloud(tmp_path / "cloud", choices=choices)
    try:
        local.start()
        yield Cloud(local)
    finally:
        local.stop()


def test_without_the_redactor_this_would_be_seen(unredacted: Cloud) -> None:
    """So it is redaction that keeps secrets out, and the search that finds them."""
    use_everything(unredacted)
    found = unredacted.leaks()
    for what in ("provider key", "client secret", "access token", "refresh token"):
        assert any(what in leak and "gateway.log" in leak for leak in found), (what, found)
