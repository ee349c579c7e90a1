"""Each rule of an emulator is worth something: taken away, its test fails."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.google.more_rules import MORE_RULES
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
    "google": (*GOOGLE, *MORE_RULES, *OF_GOOGLE),
    "modelslab": (*MODELSLAB, *OF_MODELSLAB),
    "tasks": TASKS,
    "vault": VAULT,
    "storage": STORAGE,
}
EACH = [(emulator, rule) for emulator, rules in EMULATORS.items() for rule in rules]


@pytest.fixture(scope="module")
def runner() -> Iterator[Any]:
    """Runs tests without rules."""
    command = [sys.executable, "-m", "tests.contract.without"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.stdin.close()  # type: ignore[union-attr]  # a pipe


@pytest.mark.parametrize(("emulator", "rule"), EACH, ids=lambda part: part if isinstance(part, str) else part.name)
def test_without_a_rule_its_test_fails(runner: Any, emulator: str, rule: Rule) -> None:
    """By an assertion, and not by an error of the loosening."""
    runner.stdin.write(f"{json.dumps([f'{emulator}:{rule.name}', rule.test])}\n")
    runner.stdin.flush()
    status, said = json.loads(runner.stdout.readline())
    assert (status, "FAILED" in said, "ERROR" in said) == (1, True, False), said


def test_with_every_rule_the_tests_pass(runner: Any) -> None:
    """Or their failures would say nothing: the runner itself works."""
    runner.stdin.write(f"{json.dumps(['', GOOGLE[0].test])}\n")
    runner.stdin.flush()
    assert json.loads(runner.stdout.readline())[0] == 0


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
