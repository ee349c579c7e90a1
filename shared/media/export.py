"""Media as one zip, as a stream: nothing is compressed, and memory stays the same whatever the size.

To what cannot seek, the standard library writes sizes after each entry; ZIP64 from the start, since a film may be of
any size. Every file has a JSON beside it, which is all there is of one that cannot be read.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any

import msgspec

from shared.core.errors import AppError
from shared.media.model import Media

PAGE = 100  #: files of one zip
_UNFIT = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]")


class Sidecar(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What stands beside each file. `error`: why the file is not in the zip."""

    id: str
    file_name: str
    entity_type: str
    entity_id: str
    project_id: str
    media_type: str
    source_type: str
    mime_type: str
    file_size_bytes: int
    checksum: str | None
    drive_file_id: str
    original_drive_url: str | None
    model_used: str | None
    prompt_used: str | None
    generation_params: dict[str, Any] | None
    credits_used: int
    favorite: bool
    tags: tuple[str, ...]
    made_from: list[dict[str, Any]]
    created_at: datetime
    error: str | None = None


class Contents(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`export.json`, the first entry. `nextPageToken` asks for the next zip; null: this is the last."""

    project_id: str | None
    files: int
    next_page_token: str | None
    exported_at: datetime


@dataclass(frozen=True)
class Sink:
    """What zipfile writes to: bytes that wait to be sent. It cannot seek and does not know where it is."""

    waiting: list[bytes]

    def write(self, data: bytes) -> int:
        """Keep until taken."""
        self.waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits for it."""

    def take(self) -> bytes:
        """What was written since."""
        data = b"".join(self.waiting)
        self.waiting.clear()
        return data


def archive(items: Iterable[Media], opened: Callable[[Media], Iterator[bytes]], contents: Contents) -> Iterator[bytes]:
    """The zip's bytes. `opened` gives a file's bytes; what it raises at once is said in the sidecar.

    What comes up while they are read comes through, so that the receiver sees a zip that was cut off, and no lie.
    """
    sink, names = Sink([]), {"export.json"}
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as whole:  # type: ignore[call-overload]  # writing is enough
        whole.writestr(_entry("export.json", contents.exported_at), msgspec.json.encode(contents))
        for media in items:
            name, error = unique_name(media, names), None
            try:
                chunks = opened(media)
            except AppError as refused:
                error = refused.code
            else:
                with whole.open(_entry(name, media.created_at), "w", force_zip64=True) as entry:
                    for chunk in chunks:
                        entry.write(chunk)
                        yield sink.take()
            whole.writestr(_entry(f"{name}.json", media.created_at), msgspec.json.encode(_sidecar(media, name, error)))
            yield sink.take()
    yield sink.take()


def unique_name(media: Media, taken: set[str]) -> str:
    """A name that every system can store, and that no other file of the zip has."""
    safe = _UNFIT.sub("_", media.file_name).strip(". ")[:180] or media.id
    path = PurePath(safe)
    free = taken.isdisjoint((safe.casefold(), f"{safe}.json".casefold()))
    name = safe if free else f"{path.stem}_{media.id[:12]}{path.suffix}"
    taken |= {name.casefold(), f"{name}.json".casefold()}
    return name


def _entry(name: str, moment: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, max(moment.timetuple()[:6], (1980, 1, 1, 0, 0, 0)))
    entry.external_attr = 0o644 << 16
    return entry


def _sidecar(media: Media, name: str, error: str | None) -> Sidecar:
    given = {field: getattr(media, field) for field in Sidecar.__struct_fields__ if hasattr(media, field)}
    made_from = [{"mediaId": made.media_id, "role": made.role, "index": made.index} for made in media.made_from]
    return Sidecar(**{**given, "file_name": name, "made_from": made_from, "error": error})
