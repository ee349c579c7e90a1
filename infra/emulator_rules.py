"""`docs/emulators.md`: its tables of rules, made from the code."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from infra.local.google.checklist import CHECKLIST as OF_OAUTH_AND_DRIVE
from infra.local.google.more_rules import MORE_RULES as MORE_OF_GOOGLE
from infra.local.google.rules import RULES as GOOGLE
from infra.local.google.switch_rules import SWITCHES as OF_GOOGLE
from infra.local.modelslab.checklist import CHECKLIST as OF_PROVIDER
from infra.local.modelslab.more_rules import MORE_RULES as MORE_OF_MODELSLAB
from infra.local.modelslab.rules import RULES as MODELSLAB
from infra.local.modelslab.switch_rules import SWITCHES as OF_MODELSLAB
from infra.local.storage.rules import RULES as STORAGE
from infra.local.strictness import Item, Rule, checklist, table
from infra.local.tasks.rules import RULES as TASKS
from infra.local.vault.rules import RULES as VAULT

PATH = Path(__file__).parents[1] / "docs" / "emulators.md"
#: by emulator, in the document's order
EMULATORS: dict[str, tuple[Rule, ...]] = {
    "google": (*GOOGLE, *MORE_OF_GOOGLE, *OF_GOOGLE),
    "modelslab": (*MODELSLAB, *MORE_OF_MODELSLAB, *OF_MODELSLAB),
    "tasks": TASKS,
    "vault": VAULT,
    "storage": STORAGE,
}
#: of the emulators whose contract is long, by emulator
CHECKLISTS: dict[str, tuple[Item, ...]] = {"google": OF_OAUTH_AND_DRIVE, "modelslab": OF_PROVIDER}
_TABLE = re.compile(r"^\| (?:rule|item) \|.*\n(?:\|.*\n)+", re.MULTILINE)


def tables() -> list[str]:
    """All of them in the document's order: an emulator's checklist, if it has one, and then its rules."""
    made = []
    for emulator, rules in EMULATORS.items():
        made += [checklist(CHECKLISTS[emulator])] if emulator in CHECKLISTS else []
        made.append(table(rules))
    return made


def with_tables(document: str) -> str:
    """The document with the tables of today. Raises ValueError if it has another number of them."""
    between, today = _TABLE.split(document), tables()
    if len(between) != len(today) + 1:
        raise ValueError(f"{len(between) - 1} tables in the document for {len(today)}")
    return "".join(text + rows for text, rows in zip(between, [*(f"{rows}\n" for rows in today), ""], strict=True))


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
