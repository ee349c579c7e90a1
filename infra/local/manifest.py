"""`infra/functions.yaml`: every function with its defaults filled in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PATH = Path(__file__).parent.parent / "functions.yaml"
PRIVATE = ("task", "cron", "admin")


@dataclass(frozen=True)
class Function:
    """One entry of the manifest; `roles`, `queues` and `secrets` are all that its account may use."""

    name: str
    kind: str
    routes: tuple[str, ...]
    concurrency: int
    schedule: str | None
    roles: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()

    @property
    def is_private(self) -> bool:
        """Whether IAM stands in front of it."""
        return self.kind in PRIVATE

    def answers(self, path: str) -> bool:
        """Whether a path is one of its routes; `{x}` is one segment."""
        return any(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), path) for route in self.routes)


def function_of(functions: Sequence[Function], path: str) -> Function | None:
    """The function that answers a path; a route that names it literally goes before one with an id in its place."""
    answering = [function for function in functions if function.answers(path)]
    literal = [function for function in answering if path in function.routes]
    return next(iter([*literal, *answering]), None)


def read_functions(path: Path = PATH) -> list[Function]:
    """Every function."""
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    entries = {name: {**document["defaults"], **entry} for name, entry in document["functions"].items()}
    return [
        Function(
            name=name,
            kind=entry["kind"],
            routes=tuple(entry["routes"]),
            concurrency=entry["concurrency"],
            schedule=entry.get("schedule"),
            roles=frozenset(entry["roles"]),
            queues=frozenset(entry["queues"]),
            secrets=frozenset(entry["secrets"]),
        )
        for name, entry in entries.items()
    ]


def queue_shards(path: Path = PATH) -> dict[str, int]:
    """How many queues stand behind each queue's name."""
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: entry["shards"] for name, entry in document["queues"].items()}


def default_env(path: Path = PATH) -> dict[str, str]:
    """The environment that every function has."""
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return dict(document["defaults"]["env"])
