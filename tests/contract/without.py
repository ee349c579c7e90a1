"""Runs one test without one rule of an emulator, again and again: `python -m tests.contract.without`.

Reads lines of JSON, `["google:exact-redirect", "google/test_oauth_rules.py::test_…"]`, and answers each with the status of
pytest and the end of what it printed. What takes long, importing, is done once: each run is a fork.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MODULES = (
    "google.test_oauth", "google.test_oauth_rules", "google.test_drive_rules", "google.test_switches",
    "modelslab_emulator.test_text_to_image", "modelslab_emulator.test_image_to_image",
    "modelslab_emulator.test_image_to_video", "modelslab_emulator.test_switches", "tasks.test_creating",
    "tasks.test_dispatching", "tasks.test_queues", "vault.test_keys", "vault.test_secrets", "storage.test_objects",
    "storage.test_uploads", "storage.test_buckets",
)  # fmt: skip


def run(loosened: str, test: str) -> tuple[int, str]:
    """In a fork: the status of pytest, and the end of what it printed."""
    with tempfile.TemporaryFile() as out:
        child = os.fork()
        if not child:
            os.environ["LOOSENED"] = loosened
            os.dup2(out.fileno(), 1)
            os.dup2(out.fileno(), 2)
            os._exit(pytest.main(["-x", "--tb=line", "-p", "no:cacheprovider", f"{HERE}/{test}"]))
        _, status = os.waitpid(child, 0)
        out.seek(0)
        return os.waitstatus_to_exitcode(status), out.read().decode(errors="replace")[-3000:]


def main() -> None:
    """Until there are no more lines."""
    for module in MODULES:
        importlib.import_module(f"tests.contract.{module}")
    for line in sys.stdin:
        sys.stdout.write(f"{json.dumps(run(*json.loads(line)))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
