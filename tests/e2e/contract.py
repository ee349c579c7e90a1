"""The contract as a source of bad input: for each operation, requests that `docs/openapi.json` says are wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jsonschema import Draft202012Validator

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8"))
LIMIT = 64 * 1024
ANY_TYPE: tuple[Any, ...] = (None, True, 7, -1, 1.5, "", " ", "made-up value", "ü/..", [], {}, [None], {"a": 1})
ODD_IDS = ("a.b", "a%2Fb", "%00", "%C3%BC", "x" * 2000, "..%2F..%2Fx", "%20")


@dataclass(frozen=True)
class Operation:
    """One method on one path."""

    method: str
    path: str
    spec: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def needs_session(self) -> bool:
        """Whether nobody may call it who is not signed in."""
        return bool(self.spec["security"]) and {"link": []} not in self.spec["security"]

    @property
    def body(self) -> dict[str, Any] | None:
        """The schema of the body, with its references resolved."""
        found = self.spec.get("requestBody")
        schema = found["content"].get("application/json", {}).get("schema") if found else None
        return resolved(schema) if schema else None

    def parameters(self, place: str) -> list[dict[str, Any]]:
        """The parameters in the path, the query or the headers."""
        return [parameter for parameter in self.spec["parameters"] if parameter["in"] == place]

    def codes(self, status: int) -> list[str]:
        """The error codes that are documented for a status."""
        response = self.spec["responses"].get(str(status), {})
        name = response.get("$ref", "").rpartition("/")[2]
        if not name:
            return []
        schema = DOCUMENT["components"]["responses"][name]["content"]["application/json"]["schema"]
        return list(schema["properties"]["error"]["enum"])


@dataclass(frozen=True)
class Request:
    """What is sent, and the status that must come back."""

    why: str
    status: int
    names: str | None = None  #: the field that the error must name
    path: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def operations() -> list[Operation]:
    """Every operation of the contract."""
    return [
        Operation(method.upper(), path, spec)
        for path, methods in DOCUMENT["paths"].items()
        for method, spec in methods.items()
    ]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema, or the component that it refers to."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return DOCUMENT["components"]["schemas"][name] if name else schema


def example(schema: dict[str, Any], own: Mapping[str, Any], *, whole: bool = False) -> dict[str, Any]:
    """A valid body; ids are the caller's own. `whole`: with the optional properties that are ids."""
    properties = schema["properties"]
    names = [name for name in properties if name in schema["required"] or (whole and name in own)]
    return {name: own.get(name, _value(properties[name])) for name in names}


def bad_bodies(operation: Operation, own: Mapping[str, Any]) -> Iterator[Request]:
    """Each property missing, null, of each wrong type, too long, out of range; unknown ones; and no JSON at all."""
    schema = operation.body
    if schema is None:
        if operation.method != "GET" and "requestBody" not in operation.spec:
            yield Request("a body where none belongs", 400, body=b'{"surprise": 1}')
            yield Request("a body that is too large", 413, body=b" " * (LIMIT + 1))
        return
    valid = example(schema, own)
    validator = Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    for name, subschema in schema["properties"].items():
        for value in (*ANY_TYPE, *_too_much(subschema)):
            body = {**valid, name: value}
            if not validator.is_valid(body):
                yield Request(f"{name}: {str(value)[:20]!r}", 400, name, body=json.dumps(body).encode())
    for name in schema["required"]:
        body = {key: value for key, value in valid.items() if key != name}
        yield Request(f"{name} missing", 400, name, body=json.dumps(body).encode())
    yield Request("unknown", 400, "surprise", body=json.dumps({**valid, "surprise": 1}).encode())
    yield from _no_json(json.dumps(valid).encode())


def _no_json(valid: bytes) -> Iterator[Request]:
    first = b'{"name": 1, "name": 2}'
    texts = {
        "empty": b"", "no JSON": b"{", "a list": b"[]", "null": b"null", "a text": b'"x"', "NaN": b'{"version": NaN}',
        "not UTF-8": b'{"name": "\xff"}', "a lone surrogate": b'{"name": "\\ud800"}', "too deep": b"[" * 60_000,
        "UTF-16": '{"name": "x"}'.encode("utf-16"), "a key twice": first, "more after it": valid + b"}",
    }  # fmt: skip
    for why, body in texts.items():
        yield Request(why, 400, body=body)
    yield Request("too large", 413, body=valid + b" " * LIMIT)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", ""):
        yield Request(f"as {kind or 'nothing'}", 415, body=valid, headers={"Content-Type": kind})


def example_query(operation: Operation, own: Mapping[str, Any]) -> dict[str, str]:
    """The parameters that an operation requires; ids are the caller's own."""
    required = [parameter for parameter in operation.parameters("query") if parameter["required"]]
    return {one["name"]: str(own.get(one["name"], _value(one["schema"]))) for one in required}


def bad_queries(operation: Operation, own: Mapping[str, Any]) -> Iterator[Request]:
    """Each parameter missing, malformed, given twice; and unknown ones."""
    if "400" not in operation.spec["responses"]:
        return
    valid = example_query(operation, own)
    yield Request("unknown parameter", 400, "surprise", query=urlencode({**valid, "surprise": "1"}))
    for name in valid:
        yield Request(f"{name} missing", 400, name, query=urlencode({k: v for k, v in valid.items() if k != name}))
    for parameter in operation.parameters("query"):
        name, schema = parameter["name"], parameter["schema"]
        yield Request(f"{name} twice", 400, name, query=urlencode([*valid.items(), (name, "1"), (name, "1")]))
        values = ["", "made up", "1.5", "true", "9" * 30, *map(str, _too_much(schema))]
        for value in values:
            if not _is_valid_text(value, schema):
                yield Request(f"{name}={value[:20]}", 400, name, query=urlencode({**valid, name: value}))
        if name == "pageToken":
            yield from (
                Request(f"{name}={value}", 400, name, query=urlencode({name: value}))
                for value in ("!", "WzEsMl0", "bnVsbA", "WzEsICJhL2IiXQ", "W zEs")
            )


def bad_headers(operation: Operation) -> Iterator[Request]:
    """Malformed idempotency keys."""
    for parameter in operation.parameters("header"):
        if parameter["name"] == "Idempotency-Key":
            for key in ("k" * 256, "\xe9", "a\tb"):
                yield Request(f"key {key[:5]!r}", 400, "Idempotency-Key", headers={"Idempotency-Key": key})


def with_ids(requests: Iterator[Request], path: Mapping[str, str], query: str, body: bytes | None) -> Iterator[Request]:
    """The rest of each request as it should be."""
    for request in requests:
        full = body if request.body is None else request.body
        yield replace(request, path=path, query=request.query or query, body=full)


def _value(schema: dict[str, Any]) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    return {"string": "x", "integer": schema.get("minimum", 1), "boolean": True, "array": []}.get(str(kind))


def _too_much(schema: dict[str, Any]) -> list[Any]:
    options = [schema, *schema.get("anyOf", ())]
    found: list[Any] = []
    for option in options:
        if "maxLength" in option:
            found.append("x" * (option["maxLength"] + 1))
        if "maximum" in option:
            found.append(option["maximum"] + 1)
        if "minimum" in option:
            found.append(option["minimum"] - 1)
        if "maxItems" in option:
            found.append(["x"] * (option["maxItems"] + 1))
    return found


def _is_valid_text(value: str, schema: dict[str, Any]) -> bool:
    """Whether a text of the query may become a valid value."""
    kind = schema.get("type")
    number = int(value) if value.lstrip("-").isdigit() else None
    if kind == "integer":
        return number is not None and bool(Draft202012Validator(schema).is_valid(number))
    if kind == "boolean":
        return value in ("true", "false", "1", "0")
    return bool(Draft202012Validator(schema).is_valid(value))
