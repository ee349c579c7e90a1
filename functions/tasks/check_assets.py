"""Cloud Tasks looks at some users' files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.app import App
from shared.core.errors import InvalidRequest
from shared.core.ids import is_id


def handle(app: App, payload: Mapping[str, Any]) -> None:
    """The payload names a run and users: what is due is decided from what is stored."""
    run_id, users = payload.get("runId"), payload.get("users")
    named = isinstance(users, list) and all(isinstance(user, str) and is_id(user) for user in users)
    if not isinstance(run_id, str) or not is_id(run_id) or not isinstance(users, list) or not named:
        raise InvalidRequest("a task without a run or users")
    app.recheck.check(run_id, users)
