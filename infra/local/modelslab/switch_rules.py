"""The switches of ModelsLab's emulator, each with the test that fails when it does nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.local.modelslab.switches import SWITCHES as ALL
from infra.local.strictness import Rule

TESTS = "modelslab_emulator/test_switches.py"
ELSEWHERE = {
    "head": "modelslab_emulator/test_image_to_image.py::test_a_head_probe_refuses_what_cannot_be_probed",
    "answer_html": f"{TESTS}::test_an_answer_that_lies[answer_html=524-524]",
    "answer_error": f"{TESTS}::test_an_answer_that_lies[answer_error=500-500]",
    "not_found": f"{TESTS}::test_polls_in_trouble[not_found-200-Request not found]",
    "fetch_error": f"{TESTS}::test_polls_in_trouble[fetch_error-500-error]",
    "fetch_429": f"{TESTS}::test_polls_in_trouble[fetch_429-429-Too Many]",
    "fetch_html": f"{TESTS}::test_polls_in_trouble[fetch_html-502-<]",
}
UNTOLD = ("moov",)  #: the index's place is a rule of its own: `index-last`


def _dead(name: str) -> Callable[[Any], None]:
    """A switch that does nothing."""

    def loosen(emulator: Any) -> None:
        taken = emulator.faults.taken

        def others(*given: Any, **facts: Any) -> dict[str, str]:
            return {key: value for key, value in taken(*given, **facts).items() if key != name}

        emulator.faults.taken = others

    return loosen


SWITCHES = tuple(
    Rule(switch.name, f"{switch.effect[0].upper()}{switch.effect[1:]}", "D",
         ELSEWHERE.get(switch.name, f"{TESTS}::test_{switch.name}"), _dead(switch.name))
    for switch in ALL.values()
    if switch.name not in UNTOLD
)  # fmt: skip
