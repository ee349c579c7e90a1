"""Each rule of an emulator is worth something: taken away, its test fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.google.rules import RULES
from infra.local.strictness import CONFIDENCE, Rule, loosened, table

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_without_a_rule_its_test_fails(rule: Rule) -> None:
    """By an assertion, and not by an error of the loosening."""
    command = [sys.executable, "-m", "pytest", "-x", "--tb=line", f"tests/contract/{rule.test}"]
    env = {**os.environ, "LOOSENED_GOOGLE": rule.name}
    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stdout[-2000:]
    assert "FAILED" in run.stdout
    assert "ERROR" not in run.stdout, run.stdout[-2000:]


def test_the_rules_are_those_of_the_documentation() -> None:
    """docs/emulators.md has the table, as it is made from them."""
    assert table(RULES) in (ROOT / "docs" / "emulators.md").read_text(encoding="utf-8")
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert {rule.confidence for rule in RULES} <= set(CONFIDENCE)


def test_a_rule_that_is_none_is_refused() -> None:
    """A switch that does nothing would prove nothing."""
    with pytest.raises(ValueError, match="no rule 'made-up'"):
        loosened(RULES, None, "made-up")
