"""What a person pastes as the address of a Drive file: every form that is met, and nothing else.

Hosts are compared exactly, so that a look-alike yields no id. Nothing is fetched: short links are named as such and
not followed. Ids are of letters, digits, `-` and `_`; in a URL 10 to 128 of them, as bare text from 20. The kind is
only what the address says: a `document` may be an Office file, which the file's real type decides. Sources: Drive's
documentation for the usual forms; the rest was collected from public parsers and their tests.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import msgspec

Kind = Literal[
    "file",
    "folder",
    "document",
    "spreadsheet",
    "presentation",
    "form",
    "drawing",
    "bare_id",
    "published",
    "unsupported",
    "short_link",
    "invalid",
]
MAX_LENGTH = 4096
NATIVE: Mapping[str, Kind] = {
    "file": "file",
    "document": "document",
    "spreadsheets": "spreadsheet",
    "presentation": "presentation",
    "forms": "form",
    "drawings": "drawing",
}
DRIVE = ("drive.google.com", "docs.google.com")
CONTENT = ("drive.usercontent.google.com",)
PLAYER = ("video.google.com",)
IMAGES = ("lh3.googleusercontent.com", "lh3.google.com")
API = ("www.googleapis.com",)
WRAPPERS: Mapping[str, tuple[str, ...]] = {"www.google.com": ("q", "url"), "accounts.google.com": ("continue",)}
OTHERS = ("photos.google.com", "photos.app.goo.gl", "jamboard.google.com", "sites.google.com", "keep.google.com")
SHORT = (
    "bit.ly", "tinyurl.com", "goo.gl", "forms.gle", "t.co", "ow.ly", "is.gd", "buff.ly", "cutt.ly", "rb.gy",
    "rebrand.ly", "shorturl.at", "tiny.cc", "lnkd.in", "t.ly", "v.gd", "s.id",
)  # fmt: skip
HOSTS = (*DRIVE, *CONTENT, *PLAYER, *IMAGES, *API, *WRAPPERS, *OTHERS, *SHORT)
_ID = re.compile(r"[A-Za-z0-9_-]{10,128}")
_BARE = re.compile(r"[A-Za-z0-9_-]{20,128}")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,128}")
_ENCODED = re.compile(r"https?%3A%2F%2F", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029]")


class DriveLink(msgspec.Struct, frozen=True, kw_only=True):
    """What an address says. `file_id` is None for what names no file of Drive's."""

    kind: Kind
    file_id: str | None = None
    resource_key: str | None = None


INVALID = DriveLink(kind="invalid")


def parse_drive_url(text: str) -> DriveLink:
    """What a pasted text means. Total: whatever comes, there is an answer."""
    if len(text) > MAX_LENGTH:
        return INVALID
    cleaned = _cleaned(text)
    if _BARE.fullmatch(cleaned):
        return DriveLink(kind="bare_id", file_id=cleaned)
    return _parsed(cleaned, unwrap=True)


def _cleaned(text: str) -> str:
    """Without what copying adds: blanks, angle brackets, HTML's `&amp;`, one layer of percent signs, a lost scheme."""
    cleaned = text.strip()
    if cleaned.startswith("<") and cleaned.endswith(">"):
        cleaned = cleaned[1:-1].strip()
    cleaned = html.unescape(cleaned)
    if _ENCODED.match(cleaned):
        cleaned = unquote(cleaned)
    host = cleaned.partition("/")[0].partition("?")[0].lower()
    return f"https://{cleaned}" if host in HOSTS else cleaned


def _parsed(url: str, *, unwrap: bool) -> DriveLink:
    parts = _split(url)
    if parts is None or not parts.hostname:
        return INVALID
    host, query = parts.hostname, parse_qsl(parts.query, keep_blank_values=True)
    if host in OTHERS:
        return DriveLink(kind="unsupported")
    if host in SHORT or host.endswith(".app.goo.gl"):
        return DriveLink(kind="short_link")
    if host in WRAPPERS:
        inner = [value for name, value in query if name in WRAPPERS[host]]
        return _parsed(inner[0], unwrap=False) if unwrap and len(inner) == 1 else INVALID
    kind, file_id = _named(host, _segments(parts.path), query)
    if file_id is None or not _ID.fullmatch(file_id):
        return DriveLink(kind=kind) if kind in ("published", "unsupported") else INVALID
    return DriveLink(kind=kind, file_id=file_id, resource_key=_resource_key(query))


def _split(url: str) -> SplitResult | None:
    """A plain web address: no user, no odd port, no character that others read otherwise."""
    if _UNSAFE.search(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc:
        return None
    return parts if port in (None, {"http": 80, "https": 443}[parts.scheme]) else None


def _segments(path: str) -> list[str]:
    """The path's words, without an account (`/u/0`), a domain (`/a/example.com`) and an end that says nothing."""
    words = path.removesuffix("/").split("/")[1:]
    if words[:1] == ["a"] and len(words) > 2:
        words = words[2:]
    for at in (0, 1):
        if words[at : at + 1] == ["u"] and words[at + 1 : at + 2] and words[at + 1].isdecimal():
            words = words[:at] + words[at + 2 :]
    return words


def _named(host: str, words: Sequence[str], query: Sequence[tuple[str, str]]) -> tuple[Kind, str | None]:
    """The kind, and what stands where an id should."""
    first, second, third = [*words, "", "", ""][:3]
    if host in DRIVE:
        return _of_drive(first, second, third, list(words), query)
    if host in CONTENT and first in ("download", "uc"):
        return "file", _one(query, "id")
    if host in PLAYER and first == "get_player":
        return "file", _one(query, "docid")
    if host in IMAGES and first == "d":
        return "file", second.partition("=")[0]
    if host in API and (first, third) == ("drive", "files") and second in ("v2", "v3"):
        return "file", [*words, ""][3]
    return "invalid", None


def _of_drive(
    first: str, second: str, third: str, words: list[str], query: Sequence[tuple[str, str]]
) -> tuple[Kind, str | None]:
    if first in NATIVE and second == "d":
        return ("published", None) if third == "e" else (NATIVE[first], third)
    if first == "videos" and second == "d":
        return "unsupported", None
    if first == "drive":
        place = words[2:] if second == "mobile" else words[1:]
        return ("folder", place[1]) if place[:1] == ["folders"] and len(place) == 2 else ("invalid", None)
    if first == "folderview" and not second:
        return "folder", _one(query, "id")
    if first in ("open", "uc", "thumbnail", "leaf") and not second:
        return "file", _one(query, "id")
    return "invalid", None


def _one(query: Sequence[tuple[str, str]], name: str) -> str | None:
    """The one value of a parameter; None when there are none or several: nobody can say which is meant."""
    values = [value for key, value in query if key == name]
    return values[0] if len(values) == 1 else None


def _resource_key(query: Sequence[tuple[str, str]]) -> str | None:
    values = {value for name, value in query if name.lower() == "resourcekey" and _KEY.fullmatch(value)}
    return values.pop() if len(values) == 1 else None
