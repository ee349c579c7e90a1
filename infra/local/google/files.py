"""Drive's files: metadata in the store, bytes as real files that a file manager shows.

A folder is a folder, a file a file, below `drive/<e-mail>/`; of two equal names the second gets a suffix. The project's
grant is by app × user × file: `grants` names whose tokens see a file, because the app made it for them or they picked
it. Being public, or being one's own, is no grant.
"""

from __future__ import annotations

import hashlib
import io
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from PIL import Image, UnidentifiedImageError

from infra.local.clock import AdjustableClock
from infra.local.google.accounts import Accounts
from infra.local.google.changes import Feed
from infra.local.google.errors import DriveError, invalid, not_found, refusal
from infra.local.google.store import Row, Store

FOLDER = "application/vnd.google-apps.folder"
NATIVE = "application/vnd.google-apps."
ROOT = "root"
MAX_PROPERTIES = 30
MAX_PROPERTY_BYTES = 124
_UNSAFE = re.compile(r"[/\x00-\x1f]")


class Files:
    """Reads and changes files as one user, by Google subject."""

    def __init__(self, store: Store, accounts: Accounts, clock: AdjustableClock, root: Path) -> None:
        self._store = store
        self._accounts = accounts
        self._clock = clock
        self._root = root
        self.feed = Feed(store)

    # -- reading

    def all(self) -> dict[str, Row]:
        """Every file of everybody."""
        return self._store.all("file")

    def _missing(self, file_id: str) -> NoReturn:
        raise not_found(file_id)

    def any(self, file_id: str) -> Row:
        """A file, whoever asks. Raises DriveError."""
        row = self._store.get("file", file_id)
        if row is None:
            raise not_found(file_id)
        return row

    def visible(self, sub: str, file_id: str) -> Row:
        """A file that this user's token sees. Raises DriveError."""
        row = self.any(file_id)
        if sub not in row["grants"]:
            raise not_found(file_id)
        return row

    def own(self, sub: str, file_id: str) -> Row:
        """A file that this user's token sees and may change. Raises DriveError."""
        row = self.visible(sub, file_id)
        if row["sub"] != sub:
            raise refusal("insufficientFilePermissions")
        return row

    def openable(self, sub: str, file_id: str) -> Row:
        """A file that this person can open in Drive's own pages. Raises DriveError."""
        row = self.any(file_id)
        if row["sub"] != sub and "anyoneWithLink" not in row["permissions"]:
            raise not_found(file_id)
        return row

    def public(self, file_id: str, resource_key: str | None = None) -> Row:
        """A file that anybody sees, also while it is in the trash; some need their resource key. Raises DriveError."""
        row = self.any(file_id)
        if "anyoneWithLink" not in row["permissions"] or row.get("resourceKey") not in (None, resource_key):
            raise not_found(file_id)
        return row

    def is_trashed(self, row: Row) -> bool:
        """Itself, or a folder above it."""
        while True:
            if row["explicitlyTrashed"]:
                return True
            above = self._store.get("file", row["parents"][0]) if row["parents"] else None
            if above is None:
                return False
            row = above

    def path(self, row: Row) -> Path:
        """Where the bytes are."""
        return self._root / str(row["path"])

    def used(self, sub: str) -> int:
        """Bytes that count against the user's storage; what is in the trash counts."""
        return sum(row["size"] or 0 for row in self.all().values() if row["sub"] == sub)

    def require_room(self, sub: str, size: int) -> None:
        """Raises DriveError storageQuotaExceeded."""
        limit = self._accounts.by_sub(sub)["limit"]
        if limit is not None and self.used(sub) + size > limit:
            raise refusal("storageQuotaExceeded")

    # -- ids

    def generate_ids(self, sub: str, count: int) -> list[str]:
        """Ids that only this user may use, once."""
        ids = [f"1{secrets.token_urlsafe(24)}" for _ in range(count)]
        for file_id in ids:
            self._store.put("reserved", file_id, {"sub": sub})
        return ids

    def check_new(self, sub: str, metadata: Row) -> None:
        """Raises DriveError for an id that is taken or not this user's, a parent that is gone, or bad properties."""
        file_id = metadata.get("id")
        if file_id is not None:
            if self._store.get("file", str(file_id)):
                raise DriveError(409, "fileIdInUse", "A file already exists with the provided ID.")
            if (self._store.get("reserved", str(file_id)) or {}).get("sub") != sub:
                raise DriveError(400, "invalid", "The provided file ID is not usable.")
        parents = metadata.get("parents", [])
        if not isinstance(parents, list) or len(parents) > 1:
            raise DriveError(400, "invalid", "A file cannot have more than one parent.")
        for parent in parents:
            if parent != ROOT and self.own(sub, str(parent))["mimeType"] != FOLDER:
                raise DriveError(403, "parentNotAFolder", "The specified parent is not a folder.")
        _check_properties(metadata.get("appProperties", {}))

    # -- changing

    def create(self, sub: str, metadata: Row, data: Path | None, **more: Any) -> Row:
        """A new file; `data` is moved into place. `more` are facts that no API call sets. Raises DriveError."""
        with self._store.atomic():
            self.check_new(sub, metadata)
            file_id = str(metadata.get("id") or self.generate_ids(sub, 1)[0])
            parents = [str(parent) for parent in metadata.get("parents", [])]
            name = str(metadata.get("name", "Untitled"))
            now = self._now()
            row: Row = {
                "id": file_id,
                "sub": sub,
                "name": name,
                "mimeType": str(metadata.get("mimeType", "application/octet-stream")),
                "parents": parents or [ROOT],
                "appProperties": metadata.get("appProperties", {}),
                "explicitlyTrashed": False,
                "createdTime": now,
                "modifiedTime": now,
                "version": 1,
                "permissions": [],
                "grants": [sub],
                "resourceKey": None,
                "target": None,
                "targetMimeType": None,
                "driveId": None,
                "size": None,
                "path": str(self._place(sub, parents, name).relative_to(self._root)),
                **more,
            }
            if row["mimeType"] == FOLDER:
                self.path(row).mkdir(parents=True)
            elif data is not None:
                row |= _facts(data)
                self.path(row).parent.mkdir(parents=True, exist_ok=True)
                shutil.move(data, self.path(row))
            self._put(row)
        return row

    def update(self, sub: str, file_id: str, changes: Row) -> Row:
        """Trash, untrash or rename. Raises DriveError."""
        with self._store.atomic():
            row = self.own(sub, file_id)
            if "trashed" in changes:
                row["explicitlyTrashed"] = bool(changes["trashed"])
            if "name" in changes:
                row["name"] = str(changes["name"])
            if "appProperties" in changes:
                _check_properties(changes["appProperties"])
                row["appProperties"] = {**row["appProperties"], **changes["appProperties"]}
            row |= {"modifiedTime": self._now(), "version": row["version"] + 1}
            self._put(row)
        return row

    def change(self, file_id: str, **facts: Any) -> Row:
        """What no API call of the app changes. Raises DriveError."""
        with self._store.atomic():
            row = self.any(file_id)
            row |= {**facts, "version": row["version"] + 1}
            self._put(row)
        return row

    def delete(self, sub: str, file_id: str) -> None:
        """For ever, with all that is inside. Raises DriveError."""
        self.own(sub, file_id)
        self.remove(file_id)

    def remove(self, file_id: str) -> None:
        """The same, whoever does it."""
        with self._store.atomic():
            row = self.any(file_id)
            for other_id, other in self.all().items():
                if file_id in other["parents"]:
                    self.remove(other_id)
            path = self.path(row)
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            self._store.delete("file", file_id)
            self.feed.note(row, self._now())

    def share(self, sub: str, file_id: str) -> None:
        """Anyone with the link may read. On a folder it needs a grant on every child. Raises DriveError."""
        with self._store.atomic():
            row = self.own(sub, file_id)
            if any(file_id in other["parents"] and sub not in other["grants"] for other in self.all().values()):
                raise refusal("childNotGranted")
            if "anyoneWithLink" not in row["permissions"]:
                self.change(file_id, permissions=[*row["permissions"], "anyoneWithLink"])

    def unshare(self, sub: str, file_id: str, permission_id: str) -> None:
        """Remove a permission by its id: `anyone` is not `anyoneWithLink`. Raises DriveError."""
        with self._store.atomic():
            row = self.own(sub, file_id)
            if permission_id not in row["permissions"]:
                raise DriveError(404, "notFound", f"Permission not found: {permission_id}.")
            self.change(file_id, permissions=[name for name in row["permissions"] if name != permission_id])

    def read(self, row: Row, first: int, last: int) -> Iterator[bytes]:
        """The bytes from `first` to `last`, inclusive."""
        with self.path(row).open("rb") as file:
            file.seek(first)
            left = last - first + 1
            while left > 0 and (chunk := file.read(min(left, 65536))):
                left -= len(chunk)
                yield chunk

    def _place(self, sub: str, parents: list[str], name: str) -> Path:
        above = self._store.get("file", parents[0]) if parents and parents[0] != ROOT else None
        folder = self.path(above) if above else self._root / self._accounts.by_sub(sub)["email"]
        safe = _UNSAFE.sub("_", name).strip(". ") or "_"
        stem, dot, ending = safe.rpartition(".")
        for number in range(1, 10_000):
            suffix = "" if number == 1 else f" ({number})"
            place = folder / (f"{stem}{suffix}{dot}{ending}" if dot else f"{safe}{suffix}")
            if not place.exists():
                return place
        raise invalid("too many files of one name", "name")

    def _put(self, row: Row) -> None:
        self._store.put("file", row["id"], row)
        self.feed.note(row, self._now())

    def _now(self) -> str:
        return self._clock.now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _check_properties(properties: Any) -> None:
    if not isinstance(properties, dict) or len(properties) > MAX_PROPERTIES:
        raise DriveError(403, "propertyLimitExceeded", "Too many properties.")
    for name, value in properties.items():
        if len(name.encode()) + len(str(value).encode()) > MAX_PROPERTY_BYTES:
            raise DriveError(400, "invalid", "A property has at most 124 bytes.")


def _facts(path: Path) -> Row:
    """Size, checksums and, of a picture, its dimensions."""
    sums = {"md5Checksum": hashlib.md5(usedforsecurity=False), "sha1Checksum": hashlib.sha1(usedforsecurity=False)}
    sums["sha256Checksum"] = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1024 * 1024):
            for digest in sums.values():
                digest.update(chunk)
    facts: Row = {name: digest.hexdigest() for name, digest in sums.items()} | {"size": path.stat().st_size}
    try:
        with Image.open(io.BytesIO(path.read_bytes())) as image:
            facts["image"] = {"width": image.width, "height": image.height}
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError):
        facts["image"] = None
    return facts
