"""Each rule of an emulator is worth something: taken away, its test fails."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.emulator_rules import CHECKLISTS, EMULATORS, PATH, with_tables
from infra.local.strictness import CONFIDENCE, Rule, loosened

ROOT = Path(__file__).parents[2]
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
    runner.stdin.write(f"{json.dumps(['', EMULATORS['google'][0].test])}\n")
    runner.stdin.flush()
    assert json.loads(runner.stdout.readline())[0] == 0


def test_the_tables_of_the_documentation_are_current() -> None:
    """docs/emulators.md has them as they are made from the rules; a rule that changed changes them."""
    document = PATH.read_text(encoding="utf-8")
    assert with_tables(document) == document
    assert with_tables(document.replace("| key-in-body |", "| an-old-name |")) == document
    with pytest.raises(ValueError, match="8 tables in the document for 7"):
        with_tables(document + "\n| rule | x |\n|---|---|\n")


@pytest.mark.parametrize("rules", EMULATORS.values(), ids=EMULATORS)
def test_rules_have_names_of_their_own_and_a_confidence(rules: tuple[Rule, ...]) -> None:
    """By which they are taken away, and found in the documentation."""
    assert len({rule.name for rule in rules}) == len(rules)
    assert {rule.confidence for rule in rules} <= set(CONFIDENCE)


@pytest.mark.parametrize("emulator", CHECKLISTS)
def test_each_item_of_a_checklist_is_kept_by_rules_and_no_rule_is_without_its_item(emulator: str) -> None:
    """And the numbers have no gap."""
    items = CHECKLISTS[emulator]
    assert all(item.rules for item in items)
    assert {name for item in items for name in item.rules} == {rule.name for rule in EMULATORS[emulator]}
    numbers = [tuple(map(int, item.number.split("."))) for item in items]
    for before, after in itertools.pairwise(numbers):
        assert after in ((before[0], before[1] + 1), (before[0] + 1, 1))


def test_a_rule_that_is_none_is_refused() -> None:
    """A switch that does nothing would prove nothing."""
    with pytest.raises(ValueError, match="no rule 'made-up'"):
        loosened(EMULATORS["google"], None, "made-up")
