"""What people do in Drive's own pages, without the app: files of their own, sharing, the trash, the picker."""

from __future__ import annotations

import secrets
from pathlib import Path

from infra.local.google.accounts import Accounts
from infra.local.google.files import NATIVE, ROOT, Files
from infra.local.google.store import Row

SHORTCUT = f"{NATIVE}shortcut"


class People:
    """Acts as the owner of a file; the app has no part in it."""

    def __init__(self, files: Files, accounts: Accounts, folder: Path) -> None:
        self._files = files
        self._accounts = accounts
        self._folder = folder

    def add_file(
        self,
        email: str,
        name: str,
        mime_type: str,
        data: bytes = b"",
        *,
        size: int | None = None,
        public: bool = False,
        resource_key: str | None = None,
        target: str | None = None,
        parent: str | None = None,
        drive_id: str | None = None,
    ) -> Row:
        """A file that the app was never granted.

        `size`: so many zeros, as a sparse file; `target`: a shortcut's; `drive_id`: the shared drive that it is in.
        """
        sub = self._accounts.ensure(email)["sub"]
        path = None
        if not mime_type.startswith(NATIVE):
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"by-hand-{secrets.token_hex(8)}"
            path.write_bytes(data)
            if size is not None:
                with path.open("r+b") as file:
                    file.truncate(size)
        more: Row = {"resourceKey": resource_key, "permissions": ["anyoneWithLink"] if public else []}
        more |= {"driveId": drive_id, "parents": [parent or ROOT]}
        if target:
            of = self._files.any(target)
            more |= {"target": target, "targetMimeType": of["mimeType"], "targetKey": of["resourceKey"]}
        return self._files.create(sub, {"name": name, "mimeType": mime_type}, path, grants=[], **more)

    def pick(self, email: str, file_id: str) -> Row:
        """Grant a file to the app, as Google Picker does: one's own, or one that one can open. Raises DriveError."""
        sub = self._accounts.ensure(email)["sub"]
        row = self._files.openable(sub, file_id)
        return self._files.change(file_id, grants=sorted({*row["grants"], sub}))

    def act(self, file_id: str, what: str) -> Row:
        """trash, untrash, share, unshare or delete, as the owner. Raises DriveError, KeyError."""
        row = self._files.any(file_id)
        if what == "delete":
            self._files.remove(file_id)
            return row
        changes: dict[str, Row] = {
            "trash": {"explicitlyTrashed": True},
            "untrash": {"explicitlyTrashed": False},
            "share": {"permissions": ["anyoneWithLink"]},
            "unshare": {"permissions": []},
        }
        return self._files.change(file_id, **changes[what])
