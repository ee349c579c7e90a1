"""The vocabulary of events: `docs/events.md` has what the code logs, with severities and facts, and nothing else."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATH = ROOT / "docs" / "events.md"
SEVERITIES = {"info": "INFO", "warning": "WARNING", "error": "ERROR"}
NAME = re.compile(r"[a-z]+\.[a-z_]+")
_ROW = re.compile(r"^\| `([a-z_.]+)` \| ([A-Z, ]+) \| (.+?) \| (.*?) \|$", re.MULTILINE)


@dataclass
class Event:
    """What is logged under one name; `places`: path and line of each."""

    severities: set[str] = field(default_factory=set)
    facts: set[str] = field(default_factory=set)
    places: list[str] = field(default_factory=list)


def logged(root: Path = ROOT) -> dict[str, Event]:
    """Every event of `functions` and `shared`, by the calls of a logger in the source."""
    found: dict[str, Event] = defaultdict(Event)
    for path in sorted((*root.glob("functions/**/*.py"), *root.glob("shared/**/*.py"))):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and (name := _event(call)):
                event = found[name]
                event.severities |= set(_severities(call))
                event.facts |= {word.arg for word in call.keywords if word.arg}
                event.places.append(f"{path.relative_to(root)}:{call.lineno}")
    return dict(found)


def documented(path: Path = PATH) -> dict[str, Event]:
    """The rows of the document: event, severities, when, facts."""
    return {
        name: Event(set(severities.split(", ")), set(re.findall(r"`(\w+)`", facts)))
        for name, severities, _, facts in _ROW.findall(path.read_text(encoding="utf-8"))
    }


def problems(root: Path = ROOT) -> Iterator[str]:
    """What is logged and not documented, and the reverse."""
    code, document = logged(root), documented(root / "docs" / "events.md")
    for name, event in sorted(code.items()):
        known = document.get(name)
        if known is None:
            yield f"{event.places[0]}: {name} is not in docs/events.md"
            continue
        for severity in sorted(event.severities - known.severities):
            yield f"{event.places[0]}: {name} is also {severity}"
        for fact in sorted(event.facts - known.facts):
            yield f"{event.places[0]}: docs/events.md does not say that {name} has {fact}"
    for name in sorted(document.keys() - code.keys()):
        yield f"docs/events.md: nothing logs {name}"


def _event(call: ast.Call) -> str | None:
    first = call.args[0] if call.args else None
    if not (isinstance(first, ast.Constant) and isinstance(first.value, str) and NAME.fullmatch(first.value)):
        return None
    return first.value if list(_severities(call)) else None


def _severities(call: ast.Call) -> Iterator[str]:
    """By the method's name; the boundary chooses one and calls it `log`."""
    if isinstance(call.func, ast.Name) and call.func.id == "log":
        yield from ("WARNING", "ERROR")
    if isinstance(call.func, ast.Attribute) and call.func.attr in SEVERITIES:
        owner = call.func.value
        name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
        if name.endswith("logger"):
            yield SEVERITIES[call.func.attr]
