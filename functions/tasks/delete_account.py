"""Cloud Tasks deletes an account, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.app import App
from shared.core.errors import InvalidRequest
from shared.core.ids import is_id


def handle(app: App, payload: Mapping[str, Any]) -> None:
    """Only an account that its user has closed is deleted, whatever the payload says."""
    user_id = payload.get("userId")
    if not isinstance(user_id, str) or not is_id(user_id):
        raise InvalidRequest("a task without a user")
    app.closing.step(user_id)
