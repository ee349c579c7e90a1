"""Cloud Scheduler begins a look at all files that are due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.app import App


def handle(app: App, _: Mapping[str, Any]) -> None:
    """Share them out."""
    app.recheck.begin()
