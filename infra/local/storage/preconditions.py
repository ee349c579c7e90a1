"""What a request demands of the object as it is: `ifGenerationMatch` and its three relatives.

Generation 0 stands for "there is no live object" (cloud.google.com/storage/docs/request-preconditions).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.storage.errors import condition_not_met, invalid, not_modified

PARAMETERS = ("ifGenerationMatch", "ifGenerationNotMatch", "ifMetagenerationMatch", "ifMetagenerationNotMatch")


@dataclass(frozen=True)
class Preconditions:
    """None: not demanded."""

    generation: int | None = None
    not_generation: int | None = None
    metageneration: int | None = None
    not_metageneration: int | None = None

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Preconditions:
        """From a request's query. Raises 400 for what is no number."""
        try:
            return cls(*(int(parameters[name]) if name in parameters else None for name in PARAMETERS))
        except ValueError as error:
            raise invalid("Invalid precondition: expected a number") from error

    def check(self, resource: Mapping[str, Any] | None, reading: bool = False) -> None:
        """Raises 412 unless all hold; 304 for a `...NotMatch` of a read."""
        generation = int(resource["generation"]) if resource else 0
        metageneration = int(resource["metageneration"]) if resource else None
        if self.generation not in (None, generation) or self.metageneration not in (None, metageneration):
            raise condition_not_met()
        if self.not_generation == generation or (resource and self.not_metageneration == metageneration):
            raise not_modified() if reading else condition_not_met()
