"""Cloud Scheduler wakes jobs whose task was lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.app import App
from shared.generation.control import sweep


def handle(app: App, _: Mapping[str, Any]) -> None:
    """Enqueue what is due; and go on with the deletions whose task was lost."""
    sweep(app.engine)
    app.closing.resume()
