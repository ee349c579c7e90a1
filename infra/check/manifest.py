"""`infra/functions.yaml` against the code, both ways; `docs/permissions.md`: each permission with what needs it.

The rows of the table come from a run of the local cloud, where every function has the rights of its entry and no
others (`infra.local.permissions`): tests/e2e/test_permissions.py goes through everything that can be done, and holds
what was used against the manifest. Here the table is held against the manifest, and its lines against the source:
`python -m infra.check.manifest [--check]`.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from infra.local.manifest import Function, queue_shards, read_functions
from shared.core.config import SECRETS, Config

ROOT = Path(__file__).parents[2]
PATH = ROOT / "docs" / "permissions.md"
ROLES = ("datastore", "kms", "staging")
ROW = re.compile(r"^\| `(\w+)` \| (\w+ [\w]+) \| \[([\w.]+)\]\(\.\./([\w/.]+)#L(\d+)\) \|$", re.MULTILINE)
TERRAFORM = ("functions.tf", "variables.tf")
HEAD = """# Permissions

What each function's service account may do, and the code that needs it first. All else is refused: by IAM in the
cloud (`infra/terraform`), by the gateway on this machine (`infra/local/permissions.py`). The rows are what a run of
everything has used (`tests/e2e/test_permissions.py` with WRITE_PERMISSIONS=1); `make infra-check` keeps them equal to
the manifest and their lines current.

| function | permission | needed by |
|---|---|---|
"""


def granted(function: Function) -> set[str]:
    """The permissions of an entry, as the table names them."""
    given = {f"role {role}" for role in function.roles} | {f"queue {queue}" for queue in function.queues}
    return given | {f"secret {secret}" for secret in function.secrets}


def problems() -> Iterator[str]:
    """What does not fit together."""
    functions = read_functions()
    rows = {(function, permission) for function, permission, *_ in ROW.findall(PATH.read_text(encoding="utf-8"))}
    wanted = {(function.name, permission) for function in functions for permission in granted(function)}
    yield from (f"{name} has {what}, and nothing in the code needs it" for name, what in sorted(wanted - rows))
    yield from (f"{name} needs {what}, which the manifest does not give it" for name, what in sorted(rows - wanted))
    if PATH.read_text(encoding="utf-8") != current():
        yield "docs/permissions.md is not current: python -m infra.check.manifest"
    for function in functions:
        yield from (f"{function.name} has the unknown role {role}" for role in sorted(function.roles - set(ROLES)))
        yield from (
            f"{function.name} has the unknown queue {name}" for name in sorted(function.queues - set(queue_shards()))
        )
        yield from (
            f"{function.name} has the unknown secret {name}" for name in sorted(function.secrets - set(SECRETS))
        )
    reserved = [route for function in functions for route in function.routes if route.endswith("z")]
    yield from (f"{route} would never arrive: Cloud Run reserves paths that end with z" for route in reserved)
    used = {secret for function in functions for secret in function.secrets}
    yield from (f"no function has the secret {name}" for name in sorted(set(SECRETS) - used))
    yield from _settings()
    yield from _loading(functions)


def current() -> str:
    """The document with the lines of today: of each place the definition is looked up in its file."""
    text = PATH.read_text(encoding="utf-8")
    return ROW.sub(lambda row: table_row(row[1], row[2], row[4], row[3]), text)


def table_row(function: str, permission: str, path: str, name: str) -> str:
    """One row; `name` is qualified within the file. Raises LookupError for one that is not there."""
    return f"| `{function}` | {permission} | [{name}](../{path}#L{_line(path, name)}) |"


def _line(path: str, name: str) -> int:
    wanted = name.split(".")
    nodes: list[ast.stmt] = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    line = 0
    for part in wanted:
        found = next((node for node in nodes if getattr(node, "name", None) == part), None)
        if not isinstance(found, ast.FunctionDef | ast.ClassDef):
            raise LookupError(f"{path} has no {name}")
        nodes, line = found.body, found.lineno
    return line


def _settings() -> Iterator[str]:
    """A setting that Terraform gives must be one that the code reads; one that the code requires must be given."""
    known = {field.name.upper(): field.required for field in msgspec.structs.fields(Config)}
    source = (ROOT / "infra" / "terraform" / "functions.tf").read_text(encoding="utf-8")
    block = re.search(r"settings = merge\(\{(.*?)\n  \}, var\.settings\)", source, re.DOTALL)
    given = set(re.findall(r"^    ([A-Z_]+) +=", block[1] if block else "", re.MULTILINE))
    yield from (f"Terraform gives the setting {name}, which nothing reads" for name in sorted(given - known.keys()))
    required = {name for name, is_required in known.items() if is_required}
    yield from (f"Terraform does not give the required setting {name}" for name in sorted(required - given))


def _loading(functions: list[Function]) -> Iterator[str]:
    """Each entry is a target that functions-framework loads, as it does in the image."""
    script = (
        "import sys, functions_framework\n"
        "for name in sys.argv[1:]:\n"
        "    functions_framework.create_app(target=name, source='main.py')\n"
    )
    command = [sys.executable, "-c", script, *(function.name for function in functions)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        yield f"functions-framework does not load every target: {done.stderr.strip()[-400:]}"


def main() -> int:
    """Bring the lines up to date, or say what is wrong."""
    parser = argparse.ArgumentParser("infra.check.manifest", description="The manifest, the code, and permissions.")
    parser.add_argument("--check", action="store_true", help="only say what is wrong")
    if not parser.parse_args().check:
        PATH.write_text(current(), encoding="utf-8")
        return 0
    found = list(problems())
    sys.stdout.write("".join(f"{problem}\n" for problem in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
