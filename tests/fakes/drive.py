"""Google Drive in memory, under drive.file: each user sees their own files only, ids are reserved per user."""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image, UnidentifiedImageError

from shared.core.errors import DriveUnavailable, RangeNotSatisfiable
from shared.drive.model import FOLDER_NAME, FOLDER_TYPE, About, Access, DriveFile, FileRef, Upload
from shared.drive.ports import Download, DriveRefusal, TokenRejected

NATIVE = "application/vnd.google-apps."


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
    granted: bool = True  #: whether the owner's token sees it: made by the app, or picked
    resource_key: str | None = None
    target: str | None = None  #: of a shortcut
    can_download: bool = True


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

    def add(self, file: Stored) -> str:
        """A file that somebody made without the app; its id."""
        file_id = f"1hand{next(self._numbers):028d}"
        self.files[file_id] = file
        return file_id

    def change(self, file_id: str, **facts: Any) -> None:
        """Something happens to a file without the app."""
        self.files[file_id] = replace(self.files[file_id], **facts)

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

    def get(self, access: Access | None, file_id: str, resource_key: str | None = None) -> DriveFile | None:
        """See `DriveFiles`."""
        self._begin(access, "get")
        stored = self._visible(access, file_id, resource_key)
        return self._described(file_id, stored, access) if stored else None

    def find_folder(self, access: Access) -> DriveFile | None:
        """See `DriveFiles`."""
        self._begin(access, "find_folder")
        for file_id, stored in self.files.items():
            if stored.owner == access.google_sub and stored.mime_type == FOLDER_TYPE and not stored.trashed:
                return self._described(file_id, stored, access)
        return None

    def create_folder(self, access: Access, file_id: str) -> DriveFile:
        """See `DriveFiles`."""
        self._begin(access, "create_folder")
        self._require_reserved(access, file_id)
        folder = Stored(access.google_sub, FOLDER_NAME, FOLDER_TYPE, None, app_properties={"folder": "root"})
        return self._described(file_id, self.files.setdefault(file_id, folder), access)

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
            return self._described(upload.file_id, existing, access)
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
        return self._described(upload.file_id, stored, access)

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
    def download(
        self,
        access: Access | None,
        file_id: str,
        first: int = 0,
        last: int | None = None,
        *,
        resource_key: str | None = None,
    ) -> Iterator[Download]:
        """See `DriveFiles`."""
        self._begin(access, "download")
        stored = self._visible(access, file_id, resource_key)
        if stored is None:
            raise DriveRefusal("notFound", 404)
        if stored.mime_type.startswith(NATIVE):
            raise DriveRefusal("fileNotDownloadable", 403)
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

    def _begin(self, access: Access | None, method: str) -> None:
        if access and not self.live_tokens(access):
            raise TokenRejected("401")
        self.trouble(method)

    def _visible(self, access: Access | None, file_id: str, resource_key: str | None = None) -> Stored | None:
        stored = self.files.get(file_id)
        if stored is None:
            return None
        if access is None:
            return stored if stored.public and stored.resource_key in (None, resource_key) else None
        return stored if stored.owner == access.google_sub and stored.granted else None

    def _described(self, file_id: str, stored: Stored, access: Access | None) -> DriveFile:
        native = stored.mime_type.startswith(NATIVE)
        width, height = _size_of(stored.data)
        target = self.files.get(stored.target) if stored.target else None
        return DriveFile(
            id=file_id,
            name=stored.name,
            mime_type=stored.mime_type,
            size=None if native else len(stored.data),
            md5=None if native else hashlib.md5(stored.data, usedforsecurity=False).hexdigest(),
            sha256=None if native else hashlib.sha256(stored.data).hexdigest(),
            trashed=stored.trashed,
            parents=(stored.parent,) if stored.parent and access else (),
            web_view_link=f"https://drive.google.com/file/d/{file_id}/view",
            resource_key=stored.resource_key,
            can_add_children=stored.mime_type == FOLDER_TYPE and access is not None,
            can_download=stored.can_download and not native,
            public=stored.public if access else None,
            width=width,
            height=height,
            target=FileRef(stored.target or "", target.resource_key) if target else None,
        )

    def _require_reserved(self, access: Access, file_id: str) -> None:
        if self._reserved.get(file_id) != access.google_sub:
            raise DriveRefusal("invalid", 400)

    def _used(self, owner: str) -> int:
        return sum(len(stored.data) for stored in self.files.values() if stored.owner == owner)


def _size_of(data: bytes) -> tuple[int | None, int | None]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.size
    except (UnidentifiedImageError, OSError):
        return None, None


def unavailable(*methods: str) -> Callable[[str], None]:
    """Trouble: these methods do not answer."""

    def raise_it(method: str) -> None:
        if method in methods:
            raise DriveUnavailable(f"{method} does not answer")

    return raise_it
