"""The change feed of `changes.list`: what has changed, for those who see the file or did.

A token is the number of the next change. Several changes of one file are told once, as the file is now; a file that is
gone, or is not the user's to see any more, is told as removed. Of a folder in the trash only the folder is told.
"""

from __future__ import annotations

from typing import Any

from infra.local.google.errors import invalid
from infra.local.google.store import Row, Store


class Feed:
    """Notes changes and tells them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def note(self, row: Row, time: str) -> None:
        """A file has changed, or is gone."""
        number = self._next()
        self._store.put("change", f"{number:012d}", {"file": row["id"], "seen_by": row["grants"], "time": time})
        self._store.put("counter", "changes", {"next": number + 1})

    def start(self) -> str:
        """The token of what comes next."""
        return str(self._next())

    def page(self, sub: str, token: str, size: int) -> tuple[list[Row], str, bool]:
        """Changes that this user sees, oldest first; the token that follows, and whether that is of another page.

        Raises DriveError for a token that is none.
        """
        if not token.isdecimal() or not 1 <= int(token) <= self._next():
            raise invalid("Invalid Value", "pageToken")
        seen: dict[str, tuple[int, Row]] = {}
        for number, change in self._store.all("change").items():
            if int(number) >= int(token) and sub in change["seen_by"]:
                seen.pop(change["file"], None)
                seen[change["file"]] = (int(number), change)
        ordered = list(seen.values())
        page = [change for _, change in ordered[:size]]
        if len(ordered) > size:
            return page, str(ordered[size][0]), True
        return page, self.start(), False

    def _next(self) -> int:
        found: Any = self._store.get("counter", "changes")
        return int(found["next"]) if found else 1
