"""`cloudbuild.yaml`: its schema, and what that cannot see: waits, substitutions, moving images, the logging rule."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import yaml

PATH = Path(__file__).parents[2] / "cloudbuild.yaml"
BUILT_IN = frozenset(
    {"PROJECT_ID", "PROJECT_NUMBER", "BUILD_ID", "LOCATION", "TRIGGER_NAME", "COMMIT_SHA", "REVISION_ID", "SHORT_SHA",
     "REPO_NAME", "REPO_FULL_NAME", "BRANCH_NAME", "TAG_NAME", "REF_NAME", "SERVICE_ACCOUNT_EMAIL", "SERVICE_ACCOUNT"}
)  # fmt: skip
_NAME = re.compile(r"(?<!\$)\$\{?(_?[A-Z][A-Z0-9_]*)\}?")  # `$$NAME` is the shell's


def problems(path: Path = PATH) -> Iterator[str]:
    """What is wrong with a build."""
    build: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    schema = json.loads(files("check_jsonschema.builtin_schemas.vendor").joinpath("cloudbuild.json").read_text())
    for error in jsonschema.validators.validator_for(schema)(schema).iter_errors(build):
        yield f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}"
    yield from (f"the schema knows no {name}" for name in sorted(build.keys() - schema["properties"].keys()))
    yield from _steps(build)
    declared, used = set(build.get("substitutions", {})), set(_NAME.findall(json.dumps(build)))
    yield from (f"substitution {name} is not declared" for name in sorted(used - declared - BUILT_IN))
    yield from (f"substitution {name} is not used" for name in sorted(declared - used))
    own = "serviceAccount" in build and build.get("options", {}).get("logging") not in ("CLOUD_LOGGING_ONLY", "NONE")
    if own and "logsBucket" not in build:
        yield "a service account of one's own needs options.logging CLOUD_LOGGING_ONLY or NONE, or a logsBucket"


def _steps(build: dict[str, Any]) -> Iterator[str]:
    earlier: set[str] = set()
    for step in build.get("steps", []):
        name = step.get("id", step.get("name"))
        for awaited in step.get("waitFor", []):
            if awaited not in earlier | {"-"}:
                yield f"step {name} waits for {awaited}, which is no earlier step"
        if name in earlier:
            yield f"two steps are called {name}"
        image = str(step.get("name", ""))
        if image.endswith(":latest"):
            yield f"step {name} has an image that moves: {image}"
        earlier.add(str(name))
