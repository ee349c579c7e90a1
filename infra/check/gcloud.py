"""Every gcloud command that we run or tell people to run, against gcloud's own definition of its commands.

`gcloud meta lint-gcloud-commands` parses and runs nothing; it needs the SDK, but neither account nor network.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from infra.deploy import Order, plan, services

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
TOLD = ("docs/deploy.md", "docs/playbooks/*.md")
_INLINE = re.compile(r"`(gcloud [^`\n]+)`")


def of_documents(root: Path = ROOT) -> Iterator[str]:
    """The gcloud commands of the guide and the playbooks: in blocks of shell, or inline."""
    for pattern in TOLD:
        for path in sorted(root.glob(pattern)):
            text = path.read_text(encoding="utf-8")
            for block in BLOCK.findall(text):
                lines = block.replace("\\\n", " ").splitlines()
                yield from (line.strip() for line in lines if re.match(r"\s*gcloud ", line))
            yield from (found for found in _INLINE.findall(text) if "…" not in found)


def of_releases() -> Iterator[str]:
    """Those of a release, each shape once: services differ by name only."""
    order = Order(project="PROJECT", region="europe-west1", image="HOST/I@sha256:0", tag="c-1")
    names = {service.name for service in services()}
    shapes = (tuple("api-meta" if word in names else word for word in command) for command in plan(order))
    yield from map(shlex.join, dict.fromkeys(shapes))


def problems(commands: Iterable[str] | None = None) -> Iterator[str]:
    """The commands that gcloud would refuse, and why."""
    if not shutil.which("gcloud"):
        yield "gcloud (google-cloud-cli) is not on this machine"
        return
    wanted = list(dict.fromkeys(commands if commands is not None else (*of_releases(), *of_documents())))
    with ThreadPoolExecutor(2) as pool:
        for command, fault in zip(wanted, pool.map(_fault, wanted), strict=True):
            if fault:
                yield f"{command}: {fault}"


def _fault(command: str) -> str | None:
    words = re.sub(r"'(?!--)[^']*'", "VALUE", command)  # a filter is a value, and the lint cannot read its quotes
    words = re.sub(r"\s*(?:[|>]|&&).*", "", words)
    words = re.sub(r"\$\([^)]*\)|\$\{?\w+\}?", "VALUE", words)
    ask = ["gcloud", "meta", "lint-gcloud-commands", f"--command-string={words}"]
    answer = subprocess.run(ask, capture_output=True, text=True, check=False)
    try:
        verdict = json.loads(answer.stdout)[0]
    except (ValueError, LookupError):
        return f"no verdict: {answer.stderr.strip()[-300:]}"
    return None if verdict["success"] else (verdict["error_message"] or "refused").splitlines()[0]
