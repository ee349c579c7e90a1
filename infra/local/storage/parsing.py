"""What the API's requests carry: JSON, several parts, and numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from flask import request
from werkzeug.http import parse_options_header

from infra.local.storage.content import BLOCK
from infra.local.storage.errors import invalid
from infra.local.storage.store import Resource


def json_body(data: bytes | None = None) -> Resource:
    """A JSON object; an empty body is an empty one. Raises 400."""
    raw = request.get_data() if data is None else data
    try:
        value: Any = json.loads(raw or b"{}")
    except ValueError as error:
        raise invalid("Parse Error", "parseError") from error
    if not isinstance(value, dict):
        raise invalid("Parse Error", "parseError")
    return value


def blocks() -> Iterator[bytes]:
    """The body, in constant memory."""
    while block := request.stream.read(BLOCK):
        yield block


def related_parts() -> tuple[Resource, str, bytes]:
    """A `multipart/related` body: the resource, then the content type and the bytes. Raises 400."""
    kind, options = parse_options_header(request.headers.get("Content-Type"))
    boundary = options.get("boundary", "").encode()
    parts = (b"\r\n" + request.get_data()).split(b"\r\n--" + boundary)
    if kind != "multipart/related" or not boundary or len(parts) != 4 or not parts[3].startswith(b"--"):
        raise invalid("Malformed multipart body.", "badContent")
    (_, resource), (headers, media) = _part(parts[1]), _part(parts[2])
    match = re.search(rb"^content-type:\s*(.+?)\s*$", headers, re.IGNORECASE | re.MULTILINE)
    return json_body(resource), match[1].decode("latin-1") if match else "", media


def _part(part: bytes) -> tuple[bytes, bytes]:
    headers, separator, body = part.partition(b"\r\n\r\n")
    if not separator:
        raise invalid("Malformed multipart body.", "badContent")
    return headers, body


def number(name: str, default: int, limit: int) -> int:
    """A positive number of the query, cut to a limit. Raises 400."""
    text = request.args.get(name, str(default))
    if not text.isdigit() or int(text) < 1:
        raise invalid(f"Invalid value for {name}: {text[:20]!r}")
    return min(int(text), limit)
