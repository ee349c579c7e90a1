"""What can be made to go wrong: by `/_emulator/faults` (`params: {"value": ...}`), or by a word in a prompt.

The word is `modelslab:NAME` or `modelslab:NAME=VALUE`; several may be in one prompt. A switch is taken by the
request that asks for a picture, and is its job's from then on, also after a restart.
Facts to match a fault by: `op` (text-to-image, image-to-image), `model`, `prompt`, `track_id`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from infra.local.faults import Fault, Faults
from infra.local.modelslab.refusals import Refusal

WORD = re.compile(r"\bmodelslab:([a-z0-9_]+)(?:=([\w.]+))?")
ON = ("on",)


@dataclass(frozen=True)
class Switch:
    """`values`: which ones there are, the first is what is meant by none; a single number stands for any number."""

    name: str
    values: tuple[str, ...]
    effect: str

    def checked(self, value: object = None) -> str:
        """A valid value as text. Raises ValueError."""
        text = self.values[0] if value is None else str(value)
        number = len(self.values) == 1 and self.values != ON
        if not (re.fullmatch(r"\d+(\.\d+)?", text) if number else text in self.values):
            allowed = "a number" if number else ", ".join(self.values)
            raise ValueError(f"{self.name} takes {allowed}, not {text!r}")
        return text


SWITCHES = {
    switch.name: switch
    for switch in (
        Switch("render", ("60",), "seconds that the picture takes"),
        Switch("head", ON, "references are asked for with HEAD before GET"),
    )
}


class SwitchFaults(Faults):
    """Faults that are switches: a value that would have no meaning is refused at once."""

    def __init__(self) -> None:
        super().__init__(frozenset(SWITCHES))

    def add(self, fault: Fault) -> None:
        """Switch on. Raises ValueError for an unknown name or value."""
        if fault.name in SWITCHES:
            SWITCHES[fault.name].checked(fault.params.get("value"))
        super().add(fault)

    def taken(self, prompt: str, **facts: Any) -> dict[str, str]:
        """The switches of a request, by name. Raises Refusal for a word in the prompt that is none."""
        switches = words(prompt)
        for name, switch in SWITCHES.items():
            params = self.take(name, prompt=prompt, **facts)
            if params is not None:
                switches[name] = switch.checked(params.get("value"))
        return switches


def words(prompt: str) -> dict[str, str]:
    """The switches that a prompt names. Raises Refusal for an unknown one: nothing would be tried by it."""
    found = {}
    for name, value in WORD.findall(prompt):
        if name not in SWITCHES:
            raise Refusal(400, f"unknown fault {name!r}; known: {', '.join(SWITCHES)}", "prompt")
        try:
            found[name] = SWITCHES[name].checked(value or None)
        except ValueError as error:
            raise Refusal(400, str(error), "prompt") from error
    return found
