"""Several emulators in one process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import requests

from infra.local.together import groups

ROOT = Path(__file__).parents[3]


def test_options_belong_to_the_emulator_before_the_plus() -> None:
    """Each gets its own."""
    words = ["infra.local.issuer", "--port", "1", "+", "infra.local.vault", "--key", "k"]
    assert groups(words) == [["infra.local.issuer", "--port", "1"], ["infra.local.vault", "--key", "k"]]


def test_each_answers_and_all_end_together(tmp_path: Path) -> None:
    """By one signal."""
    options = ["infra.local.issuer", "--state", f"{tmp_path}/i", "+", "infra.local.storage", "--state", f"{tmp_path}/s"]
    command = [sys.executable, "-u", "-m", "infra.local.together", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        _, issuer, storage = process.stdout.readline().split()
        for url in (issuer, storage):
            assert requests.get(f"{url}/healthz", timeout=10).json() == {"status": "ok"}
        process.terminate()
        assert process.wait(20) == 0
