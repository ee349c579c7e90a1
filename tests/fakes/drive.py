"""Google Drive in memory, under drive.file: each user sees their own files only, ids are reserved per user."""

from __future__ import annotations

import hashlib
import io
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from PIL import Image, UnidentifiedImageError

from shared.core.errors import DriveUnavailable, RangeNotSatisfiable, RetryableError
from shared.drive.model import (
    FOLDER_NAME,
    FOLDER_TYPE,
    About,
    Access,
    Ask,
    ChangePage,
    DriveFile,
    FileChange,
    FilePage,
    FileRef,
    Sight,
    Unclear,
    Upload,
)
from shared.drive.ports import Download, DriveRefusal, FeedLost, TokenRejected

PAGE = 1000
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
        self._feeds: dict[str, list[str]] = defaultdict(list)  # owner: ids of changed files, in order
        self.silent: set[str] = set()  #: files of which no look can tell
        self.blind = False  #: looks wrongly find nothing
        self.units = 0  #: quota units that looks and pages have cost
        self.live_tokens: Callable[[Access], bool] = lambda _: True
        self.trouble: Callable[[str], None] = lambda _: None
        self.limit = limit
        self.forbids_public = False

    def damage(self, file_id: str, data: bytes) -> None:
        """The user puts other bytes into a file."""
        self.change(file_id, data=data)

    def add(self, file: Stored) -> str:
        """A file that somebody made without the app; its id."""
        file_id = f"1hand{next(self._numbers):028d}"
        self._put(file_id, file)
        return file_id

    def change(self, file_id: str, **facts: Any) -> None:
        """Something happens to a file without the app."""
        self._put(file_id, replace(self.files[file_id], **facts))

    def bin_folder(self, file_id: str) -> None:
        """A folder goes to the trash, and what is in it with it: the feed tells of the folder only."""
        self.change(file_id, trashed=True)
        for inside, stored in self.files.items():
            if stored.parent == file_id:
                self.files[inside] = replace(stored, trashed=True)

    def remove(self, file_id: str) -> None:
        """A file is deleted for ever."""
        gone = self.files.pop(file_id)
        if gone.granted:
            self._feeds[gone.owner].append(file_id)

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
        if file_id not in self.files:
            self._put(file_id, folder)
        return self._described(file_id, self.files[file_id], access)

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
        self._put(upload.file_id, stored)
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
        self._put(file_id, replace(stored, public=True))
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
        self._put(file_id, replace(stored, name=name))

    def trash(self, access: Access, file_id: str) -> None:
        """See `DriveFiles`."""
        self._begin(access, "trash")
        stored = self._visible(access, file_id)
        if stored:
            self._put(file_id, replace(stored, trashed=True))

    # -- `DriveWatch`

    def look(self, asks: Sequence[Ask]) -> list[Sight]:
        """See `DriveWatch`."""
        self.units += 5 * len(asks)
        return [self._sight(ask) for ask in asks]

    def _sight(self, ask: Ask) -> Sight:
        try:
            if ask.file.file_id in self.silent:
                return Unclear("unavailable")
            return None if self.blind else self.get(ask.access, ask.file.file_id, ask.file.resource_key)
        except TokenRejected:
            return Unclear("token")
        except (RetryableError, DriveRefusal):
            return Unclear("unavailable")

    def first_token(self, access: Access) -> str:
        """See `DriveWatch`."""
        self.units += 5
        self._begin(access, "first_token")
        return str(len(self._feeds[access.google_sub]))

    def changes(self, access: Access, token: str) -> ChangePage:
        """See `DriveWatch`."""
        self.units += 100
        self._begin(access, "changes")
        feed = self._feeds[access.google_sub]
        if not token.isdecimal() or int(token) > len(feed):
            raise FeedLost("invalid")
        latest = {file_id: number for number, file_id in enumerate(feed) if number >= int(token)}
        ids = sorted(latest, key=lambda file_id: latest[file_id])
        told = []
        for file_id in ids[:PAGE]:
            stored = self._visible(access, file_id)
            told.append(FileChange(file_id, self._described(file_id, stored, access) if stored else None))
        if len(ids) > PAGE:
            return ChangePage(changes=tuple(told), token=str(latest[ids[PAGE]]), more=True)
        return ChangePage(changes=tuple(told), token=str(len(feed)), more=False)

    def files_page(self, access: Access, token: str | None = None) -> FilePage:
        """See `DriveWatch`."""
        self.units += 100
        self._begin(access, "files")
        touched = dict.fromkeys(self._feeds[access.google_sub])
        mine = [(file_id, stored) for file_id in touched if (stored := self._visible(access, file_id))]
        start = int(token or 0)
        files = tuple(self._described(file_id, stored, access) for file_id, stored in mine[start : start + PAGE])
        return FilePage(files=files, token=str(start + PAGE) if start + PAGE < len(mine) else None)

    def of_job(self, job_id: str) -> list[Stored]:
        """The live files of a job: the witness for "exactly one file"."""
        return [
            stored
            for stored in self.files.values()
            if stored.app_properties.get("jobId") == job_id and not stored.trashed
        ]

    def _put(self, file_id: str, stored: Stored) -> None:
        before = self.files.get(file_id)
        self.files[file_id] = stored
        if stored.granted or (before and before.granted):
            self._feeds[stored.owner].append(file_id)

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
            md5=None if native else _sums(stored.data)[0],
            sha256=None if native else _sums(stored.data)[1],
            trashed=stored.trashed,
            parents=(stored.parent,) if stored.parent and access else (),
            web_view_link=f"https://drive.google.com/file/d/{file_id}/view",
            resource_key=stored.resource_key,
            can_add_children=stored.mime_type == FOLDER_TYPE and access is not None,
            can_download=stored.can_download and not native,
            public=stored.public if access else None,
            width=width,
            height=height,
            target=FileRef(stored.target, target.resource_key if target else None) if stored.target else None,
        )

    def _require_reserved(self, access: Access, file_id: str) -> None:
        if self._reserved.get(file_id) != access.google_sub:
            raise DriveRefusal("invalid", 400)

    def _used(self, owner: str) -> int:
        return sum(len(stored.data) for stored in self.files.values() if stored.owner == owner)


@lru_cache(1000)
def _sums(data: bytes) -> tuple[str, str]:
    return hashlib.md5(data, usedforsecurity=False).hexdigest(), hashlib.sha256(data).hexdigest()


@lru_cache(1000)
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
