"""`docs/emulators.md`: its tables of rules, made from the code."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from infra.local.google.more_rules import MORE_RULES
from infra.local.google.rules import RULES as GOOGLE
from infra.local.google.switch_rules import SWITCHES as OF_GOOGLE
from infra.local.modelslab.rules import RULES as MODELSLAB
from infra.local.modelslab.switch_rules import SWITCHES as OF_MODELSLAB
from infra.local.storage.rules import RULES as STORAGE
from infra.local.strictness import Rule, table
from infra.local.tasks.rules import RULES as TASKS
from infra.local.vault.rules import RULES as VAULT

PATH = Path(__file__).parents[1] / "docs" / "emulators.md"
#: by emulator, in the document's order
EMULATORS: dict[str, tuple[Rule, ...]] = {
    "google": (*GOOGLE, *MORE_RULES, *OF_GOOGLE),
    "modelslab": (*MODELSLAB, *OF_MODELSLAB),
    "tasks": TASKS,
    "vault": VAULT,
    "storage": STORAGE,
}
_TABLE = re.compile(r"^\| rule \|.*\n(?:\|.*\n)+", re.MULTILINE)


def with_tables(document: str) -> str:
    """The document with the tables of today. Raises ValueError if it has another number of them."""
    between = _TABLE.split(document)
    if len(between) != len(EMULATORS) + 1:
        raise ValueError(f"{len(between) - 1} tables of rules for {len(EMULATORS)} emulators")
    tables = [f"{table(rules)}\n" for rules in EMULATORS.values()]
    return "".join(text + rules for text, rules in zip(between, [*tables, ""], strict=True))


def main() -> int:
    """Write the tables, or say whether they are current."""
    parser = argparse.ArgumentParser("python -m infra.emulator_rules", description="docs/emulators.md, from the code.")
    parser.add_argument("--check", action="store_true", help="only say whether they are current")
    old = PATH.read_text(encoding="utf-8")
    new = with_tables(old)
    if not parser.parse_args().check:
        PATH.write_text(new, encoding="utf-8")
    elif old != new:
        sys.stdout.write("docs/emulators.md is not current: python -m infra.emulator_rules\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
