"""What was recorded is what the emulator answers and what our adapter understands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from infra.local.google.emulator import API_KEY
from infra.record.drive import record
from infra.record.exchanges import SECRET, Exchange, Recording, Redactor, differences
from shared.adapters.google_drive_errors import drive_error, reason_of
from shared.adapters.google_drive_upload import described
from shared.core.errors import AppError
from tests.contract.google.conftest import Google

ROOT = Path(__file__).parents[2]
RECORDINGS = sorted((ROOT / "recordings").glob("*.json"))
each = pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)


@pytest.fixture
def google(tmp_path: Path) -> Iterator[Google]:
    """Google on this machine."""
    made = Google(tmp_path / "google")
    yield made
    made.close()


def read(path: Path) -> Recording:
    """A recording."""
    return msgspec.json.decode(path.read_bytes(), type=Recording)


@each
def test_the_emulator_answers_what_was_recorded(google: Google, path: Path) -> None:
    """Status, protocol headers, names, types and reasons, step by step."""
    emulated = record(google.url, google.tokens()["access_token"], API_KEY, "the emulator")
    assert differences(read(path), emulated) == []


@each
def test_our_adapter_understands_what_was_recorded(path: Path) -> None:
    """Every file becomes a value, every refusal an error with its reason, every chunk's answer an offset."""
    for exchange in read(path).exchanges:
        body = msgspec.json.encode(exchange.answer) if exchange.answer is not None else b""
        if exchange.status >= 400:
            error: AppError = drive_error(exchange.status, body)
            assert reason_of(body), exchange.step
            assert str(error), exchange.step
        for file in _files(exchange):
            assert described(file).id.startswith("<id"), exchange.step
        if exchange.status == 308 and "range" in exchange.headers:
            assert exchange.headers["range"].rpartition("-")[2].isdecimal(), exchange.step


def _files(exchange: Exchange) -> list[dict[str, Any]]:
    answer = exchange.answer if isinstance(exchange.answer, dict) else {}
    listed = [*answer.get("files", []), *(change["file"] for change in answer.get("changes", []) if "file" in change)]
    return [*listed, *([answer] if {"id", "mimeType"} <= answer.keys() else [])]


@each
def test_nothing_of_anybody_is_in_a_recording(path: Path) -> None:
    """No token, key, address or id."""
    text = path.read_text(encoding="utf-8")
    assert not SECRET.search(text)
    assert "@" not in text
    assert Redactor().text(text) == text


def test_the_command_makes_a_recording_and_says_what_it_needs(google: Google, tmp_path: Path) -> None:
    """As a person with an account runs it; here against the emulator."""
    out, command = tmp_path / "drive.json", [sys.executable, "-m", "infra.record"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("GOOGLE_")}
    nothing = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert nothing.returncode == 2
    assert "GOOGLE_ACCESS_TOKEN" in nothing.stderr
    env |= {"GOOGLE_ACCESS_TOKEN": google.tokens()["access_token"], "GOOGLE_API_KEY": API_KEY}
    options = ["--origin", google.url, "--out", str(out)]
    made = subprocess.run([*command, *options], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    assert [exchange.step for exchange in read(out).exchanges] == [
        exchange.step for exchange in read(RECORDINGS[0]).exchanges
    ]
    assert env["GOOGLE_ACCESS_TOKEN"] not in out.read_text()
    assert google.drives()["ana@gmail.com"] == []


def test_every_kind_of_difference_is_seen() -> None:
    """The judge is judged."""
    one = Exchange(step="a", method="GET", path="/", status=200, headers={"range": "bytes=0-1"},
                   answer={"id": "x", "n": 1, "files": [{"id": "y"}], "errors": [{"reason": "notFound"}]})  # fmt: skip
    real = Recording(scenario="s", source="real", exchanges=[one])

    def judged(**changes: Any) -> list[str]:
        other = msgspec.structs.replace(one, **changes)
        return differences(real, Recording(scenario="s", source="other", exchanges=[other]))

    assert judged() == []
    assert judged(step="b") == ["a: not there"]
    assert judged(status=404) == ["a: 404 instead of 200"]
    assert judged(headers={}) == ["a: header range"]
    changed = {"id": 5, "files": [], "errors": [{"reason": "other"}], "more": 1}
    assert judged(answer=changed) == [
        "a: .more is on one side only",
        "a: .n is on one side only",
        "a: .errors[].reason is other instead of notFound",
        "a: .files is empty on one side only",
        "a: .id is int instead of str",
    ]
