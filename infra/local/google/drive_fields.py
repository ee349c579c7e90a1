"""The `fields` grammar of partial responses: `id,name,capabilities/canDownload,files(id,owners(me)),*`."""

from __future__ import annotations

import re
from typing import Any

from infra.local.google.errors import invalid

Mask = dict[str, "Mask | None"]  # None: all of it
_TOKEN = re.compile(r"\s*([A-Za-z0-9_]+|\*|[(),/])")


def parse_fields(text: str) -> Mask:
    """A mask. Raises DriveError for what is not of the grammar."""
    tokens = _tokens(text)
    mask, rest = _list(tokens)
    if rest:
        raise _bad(text)
    return mask


def apply_fields(body: dict[str, Any], mask: Mask, known: frozenset[str]) -> dict[str, Any]:
    """What the mask selects. A name that the resource does not have is refused; one without a value is absent."""
    if "*" in mask:
        return body
    for name in mask:
        if name not in known:
            raise invalid(f"Invalid field selection {name}", "fields")
    return {name: _selected(body[name], mask[name]) for name in mask if name in body}


def _selected(value: Any, mask: Mask | None) -> Any:
    if mask is None or "*" in mask:
        return value
    if isinstance(value, list):
        return [_selected(item, mask) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _selected(value[name], inner) for name, inner in mask.items() if name in value}


def _tokens(text: str) -> list[str]:
    found, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if not match:
            raise _bad(text)
        found.append(match.group(1))
        place = match.end()
    return found


def _list(tokens: list[str]) -> tuple[Mask, list[str]]:
    mask: Mask = {}
    while True:
        name, inner, tokens = _item(tokens)
        mask[name] = inner
        if not tokens or tokens[0] != ",":
            return mask, tokens
        tokens = tokens[1:]


def _item(tokens: list[str]) -> tuple[str, Mask | None, list[str]]:
    if not tokens or tokens[0] in "(),/":
        raise _bad("".join(tokens))
    name, rest = tokens[0], tokens[1:]
    if rest and rest[0] == "/":
        inner_name, inner, rest = _item(rest[1:])
        return name, {inner_name: inner}, rest
    if rest and rest[0] == "(":
        mask, rest = _list(rest[1:])
        if not rest or rest[0] != ")":
            raise _bad(name)
        return name, mask, rest[1:]
    return name, None, rest


def _bad(text: str) -> Exception:
    return invalid(f"Invalid field selection {text}", "fields")
