"""What each rule of an emulator is worth: without it, a test fails.

A rule is a line of an emulator's checklist: what the real service does, how sure that is, which test a sloppy client
fails, and how to take the rule away. `docs/emulators.md` is made from these, and one test takes each rule away in turn.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

#: how sure a fact is
CONFIDENCE = {
    "A": "read in the vendor's own library or machine-readable description, or measured",
    "B": "the vendor's documentation",
    "C": "recorded from the real service by others",
    "D": "reported by several people",
    "E": "general knowledge: settle it by hand",
}


@dataclass(frozen=True)
class Rule:
    """`loosen` makes one emulator more forgiving by this rule, for good."""

    name: str
    says: str
    confidence: str
    test: str  #: path::name, below tests/contract
    loosen: Callable[[Any], None]


@dataclass(frozen=True)
class Item:
    """A line of a checklist, kept by these rules."""

    number: str
    says: str
    rules: tuple[str, ...]


def swap(owner: Any, name: str, value: Any) -> None:
    """Replace a function or constant of one of an emulator's modules or classes."""
    assert hasattr(owner, name), f"{owner} has no {name}"
    setattr(owner, name, value)


def constant(module: Any, name: str, value: Any) -> Callable[[Any], None]:
    """A way to loosen: another limit."""
    return lambda _emulator: swap(module, name, value)


def loosened_by_env(emulator_name: str, rules: Sequence[Rule], emulator: Any) -> None:
    """Take away the rule that `LOOSENED=emulator:rule` names, if it is one of this emulator's."""
    which, _, name = os.environ.get("LOOSENED", "").partition(":")
    if which == emulator_name:
        loosened(rules, emulator, name)


def loosened(rules: Sequence[Rule], emulator: Any, name: str) -> None:
    """Take a rule away. Raises ValueError for one that the emulator does not have."""
    found = next((rule for rule in rules if rule.name == name), None)
    if found is None:
        raise ValueError(f"no rule {name!r}; there are {', '.join(rule.name for rule in rules)}")
    found.loosen(emulator)


def table(rules: Sequence[Rule]) -> str:
    """The rules as a table of Markdown."""
    rows = [f"| {rule.name} | {rule.says} | {rule.confidence} | `{rule.test}` |" for rule in rules]
    return "\n".join(["| rule | what the service does | sure | test |", "|---|---|---|---|", *rows])


def checklist(items: Sequence[Item]) -> str:
    """The items as a table of Markdown."""
    rows = [f"| {item.number} | {item.says} | {', '.join(item.rules)} |" for item in items]
    return "\n".join(["| item | what must be so | kept by the rules |", "|---|---|---|", *rows])
