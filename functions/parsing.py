"""Requests in: bytes and query strings to strict Structs, or a clear refusal.

msgspec accepts duplicate keys and lets invalid UTF-8 escape as another error; the standard library accepts NaN and lone
surrogates. So the text is checked here before the Struct is built.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn, TypeVar

import flask
import msgspec

from shared.core.errors import InvalidRequest, PayloadTooLarge, UnsupportedMediaType

MAX_BODY_BYTES = 64 * 1024
T = TypeVar("T", bound=msgspec.Struct)
_JSON_TYPE = re.compile(r"application/json(\s*;\s*charset=\"?utf-8\"?)?\s*", re.IGNORECASE)


def read_body(request: flask.Request, limit: int = MAX_BODY_BYTES) -> bytes:
    """The body's bytes. Raises `PayloadTooLarge`; a body without a length is read up to the limit only."""
    if (request.content_length or 0) > limit:
        raise PayloadTooLarge(limit=limit)
    data: bytes = request.stream.read(limit + 1)
    if len(data) > limit:
        raise PayloadTooLarge(limit=limit)
    return data


def parse_body(request: flask.Request, kind: type[T]) -> T:
    """A JSON body as a Struct. Raises `UnsupportedMediaType`, `PayloadTooLarge` or `InvalidRequest` with the field."""
    if not _JSON_TYPE.fullmatch(request.headers.get("Content-Type", "")):
        raise UnsupportedMediaType
    return convert(parse_json(read_body(request)), kind, strict=True)


def parse_query(request: flask.Request, kind: type[T]) -> T:
    """The query string as a Struct: unknown and repeated parameters are refused."""
    values = {}
    for name, found in request.args.lists():
        if len(found) > 1:
            raise InvalidRequest(f"{name} twice", message=f"The parameter {name} is given more than once.", field=name)
        values[name] = found[0]
    return convert(values, kind, strict=False)


def parse_json(data: bytes) -> Any:
    """JSON text as plain values. Raises `InvalidRequest`."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate would blow up much later
    except UnicodeError as error:
        raise InvalidRequest("not UTF-8", message="The body is not valid UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("not JSON", message="The body is not valid JSON.") from error
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise InvalidRequest("duplicate key", message="A key is given twice.", field=name[:100])
        found[name] = value
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def convert(value: Any, kind: type[T], *, strict: bool) -> T:
    """Plain values as a Struct; without `strict`, texts become numbers. Raises `InvalidRequest` with the field."""
    try:
        return msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at ")
        field = path.strip("`").removeprefix("$").removeprefix(".") or _named(reason)
        raise InvalidRequest("not as the contract says", message=reason + ".", field=field) from error


def _named(reason: str) -> str:
    """The field that a reason such as "Object missing required field `name`" names."""
    found = re.search(r"field `([^`]+)`", reason)
    return found.group(1) if found else ""
