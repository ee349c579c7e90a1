"""Bytes on their way to a file, with their checksums."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import google_crc32c

from infra.local.storage.errors import invalid

BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Content:
    """A file and what the API says of its bytes; both sums are base64."""

    path: Path
    size: int
    md5: str
    crc32c: str

    @classmethod
    def write(cls, path: Path, blocks: Iterable[bytes]) -> Content:
        """Write a file."""
        with path.open("wb") as file:
            for block in blocks:
                file.write(block)
        return cls.read(path)

    @classmethod
    def read(cls, path: Path) -> Content:
        """The sums of a file, in constant memory."""
        md5, crc, size = hashlib.md5(usedforsecurity=False), 0, 0
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                md5.update(block)
                crc = google_crc32c.extend(crc, block)
                size += len(block)
        return cls(
            path, size, base64.b64encode(md5.digest()).decode(), base64.b64encode(crc.to_bytes(4, "big")).decode()
        )

    def verify(self, claimed: Mapping[str, Any]) -> None:
        """Raises 400 if the caller's `md5Hash` or `crc32c` is another."""
        for field, label, actual in (("md5Hash", "MD5", self.md5), ("crc32c", "CRC32C", self.crc32c)):
            if claimed.get(field) not in (None, actual):
                raise invalid(f'Provided {label} hash "{claimed[field]}" doesn\'t match calculated hash "{actual}".')


def claimed_hashes(header: str) -> dict[str, str]:
    """The sums in an `X-Goog-Hash` header, `crc32c=...,md5=...`, named as in an object's resource."""
    pairs = [pair.strip().partition("=") for pair in header.split(",") if pair.strip()]
    return {"md5Hash" if name == "md5" else name: value for name, _, value in pairs}
