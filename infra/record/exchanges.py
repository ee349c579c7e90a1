"""What was said, without a secret: requests and answers, with placeholders for whatever belongs to somebody.

A recording keeps what a client can be broken by: status, the headers that carry the protocol, names and types. Ids,
tokens, keys, addresses and times are replaced, the same value always by the same placeholder, so that a recording of
the real service and one of an emulator can be laid side by side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

HEADERS = ("content-type", "content-range", "range", "location", "retry-after", "www-authenticate", "accept-ranges")
SECRET = re.compile(r"ya29\.[\w.-]+|1//[\w-]+|AIza[\w-]{20,}|GOCSPX-[\w-]+|eyJ[\w-]+\.[\w-]+\.[\w-]+|Bearer \S+")
PERSONAL = (
    ("email", re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")),
    ("time", re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")),
    ("session", re.compile(r"upload_id=[\w.%-]+|session_crd=[\w.%-]+")),
    ("sum", re.compile(r"\b[0-9a-f]{32,64}\b")),
    ("id", re.compile(r"\b[\w-]{25,100}\b|\b\d{15,30}\b")),
)
FREE_TEXT = frozenset(
    {"message", "displayName", "photoLink", "iconLink", "webViewLink", "webContentLink", "thumbnailLink"}
)


class Exchange(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One step of a scenario. Bodies are JSON values, or None where there was none or other bytes."""

    step: str
    method: str
    path: str
    request: Any = None
    status: int
    headers: dict[str, str] = {}
    answer: Any = None


class Recording(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A file of `recordings/`. `source`: which service, and when."""

    scenario: str
    source: str
    exchanges: list[Exchange]


class Redactor:
    """Replaces what belongs to somebody. One for a recording."""

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._places: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        for value, name in (known or {}).items():
            self._places[value] = f"<{name}>"

    def text(self, text: str) -> str:
        """With placeholders."""
        text = SECRET.sub("<secret>", text)
        for value, place in sorted(self._places.items(), key=lambda item: -len(item[0])):
            text = text.replace(value, place)
        for kind, pattern in PERSONAL:
            text = pattern.sub(lambda found, kind=kind: self._place(kind, found.group()), text)  # type: ignore[misc]
        return text

    def value(self, value: Any, name: str = "") -> Any:
        """A JSON value, with placeholders; texts for people are not kept at all."""
        if isinstance(value, dict):
            return {self.text(key): self.value(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, name) for item in value]
        if isinstance(value, str):
            return "<text>" if name in FREE_TEXT else self.text(value)
        return value

    def _place(self, kind: str, value: str) -> str:
        if value not in self._places:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._places[value] = f"<{kind} {self._counts[kind]}>"
        return self._places[value]


def differences(real: Recording, other: Recording) -> list[str]:
    """Where another service answers otherwise than the real one: steps, statuses, headers, reasons, names, types."""
    found = []
    others = {exchange.step: exchange for exchange in other.exchanges}
    for exchange in real.exchanges:
        mine = others.get(exchange.step)
        if mine is None:
            found.append(f"{exchange.step}: not there")
            continue
        if mine.status != exchange.status:
            found.append(f"{exchange.step}: {mine.status} instead of {exchange.status}")
        told = (name for name in ("range", "content-range", "location"))
        found += [
            f"{exchange.step}: header {name}" for name in told if (name in exchange.headers) != (name in mine.headers)
        ]
        found += [f"{exchange.step}: {problem}" for problem in _shapes(exchange.answer, mine.answer, "")]
    return found


def _shapes(real: Any, mine: Any, path: str) -> list[str]:
    """Names that are on one side only, other types, and another `reason`."""
    if isinstance(real, dict) and isinstance(mine, dict):
        odd = [f"{path}.{name} is on one side only" for name in sorted(real.keys() ^ mine.keys())]
        shared = sorted(real.keys() & mine.keys())
        return odd + [problem for name in shared for problem in _shapes(real[name], mine[name], f"{path}.{name}")]
    if isinstance(real, list) and isinstance(mine, list):
        if bool(real) != bool(mine):
            return [f"{path} is empty on one side only"]
        return _shapes(real[0], mine[0], f"{path}[]") if real else []
    if type(real) is not type(mine):
        return [f"{path} is {type(mine).__name__} instead of {type(real).__name__}"]
    if path.endswith(".reason") and real != mine:
        return [f"{path} is {mine} instead of {real}"]
    return []
