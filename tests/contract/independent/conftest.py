"""Google on this machine, for clients that are not ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.google.conftest import Google


@pytest.fixture
def google(tmp_path: Path) -> Iterator[Google]:
    """Google with two clients of one project."""
    made = Google(tmp_path / "google")
    yield made
    made.close()
