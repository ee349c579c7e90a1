"""The real `terraform fmt`, `validate` and `test`, without the provider's registry and without a cloud account.

The folder `infra` is copied, so that neither state nor lock file appears in it, and Terraform gets its provider from
a mirror on disk in which a script starts `infra.check.provider`. The tests are ordinary ones: with the real provider
they are run by `terraform init -backend=false && terraform test`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.check.provider import SCHEMA

ROOT = Path(__file__).parents[2]
PROBE = 'terraform {\n  required_providers {\n    google = {\n      source = "hashicorp/google"\n    }\n  }\n}\n'
PARTS = ("infra/terraform", "infra/functions.yaml", "infra/indexes.yaml", "infra/alerts.yaml", "infra/firestore.rules",
         "docs/playbooks")  # fmt: skip


class Failed(Exception):
    """What Terraform said; `step`: fmt, init, validate or test."""

    def __init__(self, step: str, said: str) -> None:
        super().__init__(f"terraform {step}: {said}")
        self.step, self.said = step, said


@contextmanager
def workplace(root: Path = ROOT) -> Iterator[Workplace]:
    """A copy of what Terraform reads, and a mirror with the stand-in. Raises `Failed` where Terraform is missing."""
    if not shutil.which("terraform"):
        raise Failed("init", "terraform (1.11 or newer) is not on this machine")
    with tempfile.TemporaryDirectory(prefix="terraform") as folder:
        scratch = Path(folder)
        copy = scratch / "copy"
        for part in PARTS:
            source, target = root / part, copy / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns(".terraform*"))
            else:
                shutil.copy(source, target)
        yield Workplace(copy / "infra" / "terraform", _mirrored(scratch))


@dataclass(frozen=True)
class Workplace:
    """`module`: the copied root module; `env`: with the mirror."""

    module: Path
    env: dict[str, str]

    def check(self) -> str:
        """Format, types, references, and the tests of the whole plan; what the tests said. Raises `Failed`."""
        self.run("fmt", "-check", "-recursive", "-diff")
        self.init()
        self.run("validate", "-no-color")
        return self.run("test", "-no-color")

    def init(self) -> None:
        """Once, before anything else."""
        self.run("init", "-backend=false", "-input=false", "-no-color")

    def run(self, *words: str) -> str:
        """One command. Raises `Failed`."""
        command = ["terraform", f"-chdir={self.module}", *words]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(words[0], done.stdout + done.stderr)
        return done.stdout


def _mirrored(scratch: Path) -> dict[str, str]:
    """Terraform's environment with a mirror: HOST/hashicorp/google/VERSION/PLATFORM/, whose HOST it says itself."""
    mirror, probe, settings = scratch / "mirror", scratch / "probe", scratch / "terraform.rc"
    probe.mkdir()
    (probe / "probe.tf").write_text(PROBE)
    settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
    env = {**os.environ, "TF_CLI_CONFIG_FILE": str(settings), "TF_DISABLE_PLUGIN_TLS": "1", "CHECKPOINT_DISABLE": "1",
           "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}  # fmt: skip
    told = _asked(env, f"-chdir={probe}", "providers")
    address = re.search(r"provider\[(.+/hashicorp/google)\]", told)
    if not address:
        raise Failed("init", f"the provider's address is not told: {told}")
    platform = json.loads(_asked(env, "version", "-json"))["platform"]
    version = json.loads(SCHEMA.read_text(encoding="utf-8"))["x_derived_from"]["provider_version"]
    plugin = mirror / address[1] / version / platform / f"terraform-provider-google_v{version}"
    plugin.parent.mkdir(parents=True)
    plugin.write_text(f'#!/bin/sh\ncd "{ROOT}" && exec "{sys.executable}" -m infra.check.provider\n')
    plugin.chmod(0o755)
    return env


def _asked(env: dict[str, str], *words: str) -> str:
    done = subprocess.run(["terraform", *words], env=env, capture_output=True, text=True, check=True)
    return done.stdout
