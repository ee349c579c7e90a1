"""Google Drive in memory, under drive.file: each user sees their own files only, ids are reserved per user."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from shared.core.errors import DriveUnavailable, RangeNotSatisfiable
from shared.drive.model import FOLDER_NAME, FOLDER_TYPE, About, Access, DriveFile, Upload
from shared.drive.ports import Download, DriveRefusal, TokenRejected


@dataclass(frozen=True)
class Stored:
    """One file."""

    owner: str  #: Google sub
    name: str
    mime_type: str
    parent: str | None
    data: bytes = b""
    app_properties: dict[str, str] = field(default_factory=dict)
    trashed: bool = False
    public: bool = False


class MemoryDrive:
    """See `DriveFiles`. `trouble(method)` may raise what Drive raises."""

    def __init__(self, *, limit: int | None = None) -> None:
        self._numbers = itertools.count(1)
        self._reserved: dict[str, str] = {}  # id: owner
        self.files: dict[str, Stored] = {}
        self.live_tokens: Callable[[Access], bool] = lambda _: True
        self.trouble: Callable[[str], None] = lambda _: None
        self.limit = limit
        self.forbids_public = False

    def damage(self, file_id: str, data: bytes) -> None:
        """The user puts other bytes into a file."""
        self.files[file_id] = replace(self.files[file_id], data=data)

    def about(self, access: Access) -> About:
        """See `DriveFiles`."""
        self._begin(access, "about")
        return About(
            email=f"{access.google_sub}@example.com",
            permission_id=access.google_sub,
            used_bytes=self._used(access.google_sub),
            limit_bytes=self.limit,
        )

    def generate_ids(self, access: Access, count: int) -> list[str]:
        """See `DriveFiles`."""
        self._begin(access, "generate_ids")
        ids = [f"1drive{next(self._numbers):027d}" for _ in range(count)]
        self._reserved |= dict.fromkeys(ids, access.google_sub)
        return ids

    def get(self, access: Access, file_id: str) -> DriveFile | None:
        """See `DriveFiles`."""
        self._begin(access, "get")
        stored = self._visible(access, file_id)
        return _described(file_id, stored) if stored else None

    def find_folder(self, access: Access) -> DriveFile | None:
        """See `DriveFiles`."""
        self._begin(access, "find_folder")
        for file_id, stored in self.files.items():
            if stored.owner == access.google_sub and stored.mime_type == FOLDER_TYPE and not stored.trashed:
                return _described(file_id, stored)
        return None

    def create_folder(self, access: Access, file_id: str) -> DriveFile:
        """See `DriveFiles`."""
        self._begin(access, "create_folder")
        self._require_reserved(access, file_id)
        folder = Stored(access.google_sub, FOLDER_NAME, FOLDER_TYPE, None, app_properties={"folder": "root"})
        return _described(file_id, self.files.setdefault(file_id, folder))

    def upload(self, access: Access, upload: Upload, source: Iterator[bytes], size: int) -> DriveFile:
        """See `DriveFiles`."""
        self._begin(access, "upload")
        data = b"".join(source)
        assert len(data) == size, "the size is the source's"
        self._require_reserved(access, upload.file_id)
        existing = self.files.get(upload.file_id)
        if existing:
            if existing.trashed or existing.data != data:
                raise DriveRefusal("fileIdInUse", 409)
            return _described(upload.file_id, existing)
        parent = self.files.get(upload.parent)
        if parent is None or parent.owner != access.google_sub:
            raise DriveRefusal("notFound", 404)
        if self.limit is not None and self._used(access.google_sub) + size > self.limit:
            raise DriveRefusal("storageQuotaExceeded", 403)
        stored = Stored(
            access.google_sub, upload.name, upload.mime_type, upload.parent, data, dict(upload.app_properties)
        )
        self.files[upload.file_id] = stored
        self._begin(access, "uploaded")
        return _described(upload.file_id, stored)

    def make_public(self, access: Access, file_id: str) -> bool:
        """See `DriveFiles`."""
        self._begin(access, "make_public")
        stored = self._visible(access, file_id)
        if stored is None:
            raise DriveRefusal("notFound", 404)
        if self.forbids_public:
            return False
        self.files[file_id] = replace(stored, public=True)
        return True

    @contextmanager
    def download(self, access: Access, file_id: str, first: int = 0, last: int | None = None) -> Iterator[Download]:
        """See `DriveFiles`."""
        self._begin(access, "download")
        stored = self._visible(access, file_id)
        if stored is None:
            raise DriveRefusal("notFound", 404)
        total = len(stored.data)
        if first and first >= total:
            raise RangeNotSatisfiable(size=total)
        end = total - 1 if last is None else min(last, total - 1)
        chunks = iter([stored.data[first : end + 1]])
        yield Download(chunks=chunks, mime_type=stored.mime_type, first=first, last=end, total=total)

    def rename(self, access: Access, file_id: str, name: str) -> None:
        """See `DriveFiles`."""
        self._begin(access, "rename")
        stored = self._visible(access, file_id)
        if stored is None:
            raise DriveRefusal("notFound", 404)
        self.files[file_id] = replace(stored, name=name)

    def trash(self, access: Access, file_id: str) -> None:
        """See `DriveFiles`."""
        self._begin(access, "trash")
        stored = self._visible(access, file_id)
        if stored:
            self.files[file_id] = replace(stored, trashed=True)

    def of_job(self, job_id: str) -> list[Stored]:
        """The live files of a job: the witness for "exactly one file"."""
        return [
            stored
            for stored in self.files.values()
            if stored.app_properties.get("jobId") == job_id and not stored.trashed
        ]

    def _begin(self, access: Access, method: str) -> None:
        if not self.live_tokens(access):
            raise TokenRejected("401")
        self.trouble(method)

    def _visible(self, access: Access, file_id: str) -> Stored | None:
        stored = self.files.get(file_id)
        return stored if stored and stored.owner == access.google_sub else None

    def _require_reserved(self, access: Access, file_id: str) -> None:
        if self._reserved.get(file_id) != access.google_sub:
            raise DriveRefusal("invalid", 400)

    def _used(self, owner: str) -> int:
        return sum(len(stored.data) for stored in self.files.values() if stored.owner == owner)


def _described(file_id: str, stored: Stored) -> DriveFile:
    return DriveFile(
        id=file_id,
        name=stored.name,
        mime_type=stored.mime_type,
        size=len(stored.data),
        md5=hashlib.md5(stored.data, usedforsecurity=False).hexdigest(),
        sha256=hashlib.sha256(stored.data).hexdigest(),
        trashed=stored.trashed,
        parents=(stored.parent,) if stored.parent else (),
        web_view_link=f"https://drive.google.com/file/d/{file_id}/view",
    )


def unavailable(*methods: str) -> Callable[[str], None]:
    """Trouble: these methods do not answer."""

    def raise_it(method: str) -> None:
        if method in methods:
            raise DriveUnavailable(f"{method} does not answer")

    return raise_it
