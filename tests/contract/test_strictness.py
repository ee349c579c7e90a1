"""Each rule of an emulator is worth something: taken away, its test fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.google.rules import RULES as GOOGLE
from infra.local.google.switch_rules import SWITCHES as OF_GOOGLE
from infra.local.modelslab.rules import RULES as MODELSLAB
from infra.local.modelslab.switch_rules import SWITCHES as OF_MODELSLAB
from infra.local.storage.rules import RULES as STORAGE
from infra.local.strictness import CONFIDENCE, Rule, loosened, table
from infra.local.tasks.rules import RULES as TASKS
from infra.local.vault.rules import RULES as VAULT

ROOT = Path(__file__).parents[2]
EMULATORS = {
    "google": (*GOOGLE, *OF_GOOGLE),
    "modelslab": (*MODELSLAB, *OF_MODELSLAB),
    "tasks": TASKS,
    "vault": VAULT,
    "storage": STORAGE,
}
EACH = [(emulator, rule) for emulator, rules in EMULATORS.items() for rule in rules]


@pytest.mark.parametrize(("emulator", "rule"), EACH, ids=lambda part: part if isinstance(part, str) else part.name)
def test_without_a_rule_its_test_fails(emulator: str, rule: Rule) -> None:
    """By an assertion, and not by an error of the loosening."""
    command = [sys.executable, "-m", "pytest", "-x", "--tb=line", f"tests/contract/{rule.test}"]
    env = {**os.environ, "LOOSENED": f"{emulator}:{rule.name}"}
    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stdout[-2000:]
    assert "FAILED" in run.stdout
    assert "ERROR" not in run.stdout, run.stdout[-2000:]


@pytest.mark.parametrize(("emulator", "rules"), EMULATORS.items())
def test_the_rules_are_those_of_the_documentation(emulator: str, rules: tuple[Rule, ...]) -> None:
    """docs/emulators.md has the table, as it is made from them."""
    assert table(rules) in (ROOT / "docs" / "emulators.md").read_text(encoding="utf-8"), emulator
    assert len({rule.name for rule in rules}) == len(rules)
    assert {rule.confidence for rule in rules} <= set(CONFIDENCE)


def test_a_rule_that_is_none_is_refused() -> None:
    """A switch that does nothing would prove nothing."""
    with pytest.raises(ValueError, match="no rule 'made-up'"):
        loosened(GOOGLE, None, "made-up")
