"""What every test may ask for: one Firestore emulator for the whole run, and a project of one's own in it."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest
from hypothesis import settings

from infra.local.firestore import FirestoreEmulator, given_host
from infra.local.firestore_jvm import EmulatorError

settings.register_profile("ours", deadline=None)  # no test is about time: these machines are noisy
settings.load_profile("ours")
CACHE = Path(__file__).parent.parent / ".local" / "cache"
EMULATOR = pytest.StashKey[FirestoreEmulator]()
#: the files that take longest go first, or one worker ends alone with one of them
LONGEST = ("contract/test_strictness.py", "studio/test_screens.py", "e2e/test_crashes.py", "e2e/test_disturbed.py",
           "e2e/test_local_cloud.py", "e2e/test_fair_turn.py", "e2e/test_assets.py", "e2e/test_main_job.py")  # fmt: skip
REASON = "FIRESTORE_EMULATOR_MISSING"


def pytest_configure(config: pytest.Config) -> None:
    """Start the emulator, in the controller only: xdist's workers inherit its address through the environment."""
    if hasattr(config, "workerinput") or given_host(os.environ) or config.option.collectonly:
        return
    emulator = FirestoreEmulator(CACHE)
    try:
        os.environ["FIRESTORE_EMULATOR_HOST"] = emulator.start()
    except EmulatorError as error:
        os.environ[REASON] = str(error)
        return
    config.stash[EMULATOR] = emulator


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In the order of `LONGEST`; the others stay as they are."""
    here = Path(__file__).parent
    ranks = {here / name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the emulator that this run has started."""
    if EMULATOR in config.stash:
        config.stash[EMULATOR].stop()
        del os.environ["FIRESTORE_EMULATOR_HOST"]


@pytest.fixture(scope="session")
def firestore_host() -> str:
    """The emulator's host:port. A test that needs it fails, and is not skipped, where there is none."""
    host = given_host(os.environ)
    if not host:
        pytest.fail(os.environ.get(REASON, "there is no Firestore emulator"), pytrace=False)
    return host


@pytest.fixture
def project_id(firestore_host: str) -> str:
    """A Google Cloud project that no other test uses: in the emulator every project is a world of its own."""
    assert firestore_host
    return f"test-{uuid.uuid4().hex[:16]}"
