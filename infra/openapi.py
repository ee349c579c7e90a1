"""The OpenAPI 3.1 document, from the manifest, the routes and their Structs: `python -m infra.openapi [--check]`.

Committed as `docs/openapi.json` and served by `api_meta`, so that what is documented is what is parsed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, get_args

import msgspec

from functions.routing import Auth, Route, Routes
from infra.local.manifest import Function, read_functions
from shared.core.errors import (
    AppError,
    Forbidden,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    RateLimited,
    Unauthenticated,
    UnsupportedMediaType,
)
from shared.core.idempotency import KEY_PATTERN
from shared.core.ids import ID_PATTERN

PATH = Path(__file__).parent.parent / "docs" / "openapi.json"
REFERENCE = "#/components/schemas/{name}"
JSON = "application/json"
Schema = dict[str, Any]


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Every failure: a stable `error` code; `message` is for people; `action` is what to offer. More fields by code."""

    success: bool
    error: str
    message: str
    retryable: bool
    request_id: str
    action: str | msgspec.UnsetType = msgspec.UNSET
    field: str | msgspec.UnsetType = msgspec.UNSET


def routes_of(function: Function) -> Routes:
    """The routes of a function; a private one has none that a browser may call."""
    folder, _, name = function.name.partition("_")
    module = importlib.import_module(f"functions.{folder}.{name}")
    routes: Routes = getattr(module, "ROUTES", ())
    return routes


def document() -> dict[str, Any]:
    """The whole document."""
    routes = [(function, route) for function in read_functions() for route in routes_of(function) if not route.page]
    schemas, components = _schemas([route for _, route in routes])
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    responses: dict[str, Any] = {}
    for function, route in routes:
        paths[route.path][route.method.lower()] = _operation(function.name, route, schemas, responses)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ecosystem IP AI",
            "version": "1",
            "description": "Stories, generated pictures and films, kept in the writer's own Google Drive.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(components.items())),
            "responses": dict(sorted(responses.items())),
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-session"},
                "bearer": {"type": "http", "scheme": "bearer"},
                "link": {"type": "apiKey", "in": "query", "name": "t", "description": "a signed, short-lived link"},
            },
        },
    }


def _schemas(routes: list[Route]) -> tuple[dict[Any, Schema], dict[str, Schema]]:
    """The schema of every type that a route names, and the components that they refer to."""
    kinds: list[Any] = [ErrorBody]
    for route in routes:
        kinds += [part for kind in (route.body, *_answers(route).values()) for part in _parts(kind)]
    made, components = msgspec.json.schema_components(kinds, ref_template=REFERENCE)
    return dict(zip(map(repr, kinds), made, strict=True)), components


def _parts(kind: Any) -> tuple[Any, ...]:
    """The Structs that an answer may be; msgspec describes no union of Structs by itself."""
    if kind is None:
        return ()
    return get_args(kind) if isinstance(kind, UnionType) else (kind,)


def _any_of(kind: Any, schemas: dict[Any, Schema]) -> Schema:
    found = [schemas[repr(part)] for part in _parts(kind)]
    return found[0] if len(found) == 1 else {"anyOf": found}


def _answers(route: Route) -> dict[int, Any]:
    return {route.status: route.answer, **route.also}


def _operation(function: str, route: Route, schemas: dict[Any, Schema], responses: dict[str, Any]) -> dict[str, Any]:
    words = [word.strip("{}").replace("-", "_") for word in route.path.split("/") if word not in ("", "api")]
    operation: dict[str, Any] = {
        "operationId": "_".join([route.method.lower(), *words]),
        "summary": route.summary,
        "tags": [function],
        "security": _security(route),
        "parameters": list(_parameters(route)),
        "responses": {**_successes(route, schemas), **_failures(route, responses)},
    }
    if route.body:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": schemas[repr(route.body)]}}}
    elif route.reads_body:
        operation["requestBody"] = {"description": "whatever comes", "content": {"*/*": {}}}
    return operation


def _security(route: Route) -> list[dict[str, list[str]]]:
    signed_in: list[dict[str, list[str]]] = [{"cookie": []}, {"bearer": []}]
    if route.auth is Auth.OPEN:
        return []
    return signed_in if route.auth is Auth.SESSION else [*signed_in, {"link": []}]


def _parameters(route: Route) -> Iterator[dict[str, Any]]:
    for word in route.path.split("/"):
        if word.startswith("{"):
            name = word.strip("{}")
            schema = {"type": "string", "pattern": ID_PATTERN} if name == "id" else {"type": "string"}
            yield {"name": name, "in": "path", "required": True, "schema": schema}
    if route.query:
        schemas = msgspec.json.schema(route.query)
        top = schemas["$defs"][schemas["$ref"].rpartition("/")[2]]
        for name, schema in top["properties"].items():
            if name != "t":  # the signed link, which is a security scheme
                yield {"name": name, "in": "query", "required": name in top["required"], "schema": _queried(schema)}
    if route.idempotent:
        schema = {"type": "string", "pattern": KEY_PATTERN}
        yield {"name": "Idempotency-Key", "in": "header", "description": "the same key and body: the same result",
               "schema": schema}  # fmt: skip
    if route.waits:
        yield {"name": "Prefer", "in": "header", "description": "wait=N: up to N seconds for the result, at most 50",
               "schema": {"type": "string"}}  # fmt: skip


def _queried(schema: Schema) -> Schema:
    """A query parameter cannot be null: it is left out."""
    options = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    return options[0] if len(options) == 1 else schema


def _successes(route: Route, schemas: dict[Any, Schema]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status, kind in _answers(route).items():
        response: dict[str, Any] = {"description": route.summary}
        if status == 302:
            response = {"description": "on to another page", "headers": {"Location": {"schema": {"type": "string"}}}}
        elif kind is not None:
            response["content"] = {JSON: {"schema": _envelope(_any_of(kind, schemas), paged=route.paged)}}
        elif route.content_type != JSON:
            response["content"] = {route.content_type: {}}
        found[str(status)] = response
    return found


def _envelope(schema: Schema, *, paged: bool) -> Schema:
    properties = {"success": {"const": True}, "data": schema}
    if paged:
        properties["nextPageToken"] = {"type": "string", "description": "absent on the last page, and only there"}
    return {"type": "object", "required": ["success", "data"], "properties": properties}


def _failures(route: Route, responses: dict[str, Any]) -> dict[str, Any]:
    """Each status, with the codes that come with it; responses of several operations are kept once."""
    codes: dict[int, set[str]] = defaultdict(set)
    for error in (*route.errors, *_always(route)):
        codes[error.http_status].add(error.code)
    found = {}
    for status, names in sorted(codes.items()):
        name = "_or_".join(sorted(names))
        body = {
            "allOf": [{"$ref": REFERENCE.format(name="ErrorBody")}],
            "properties": {"error": {"enum": sorted(names)}},
        }
        responses[name] = {"description": ", ".join(sorted(names)), "content": {JSON: {"schema": body}}}
        found[str(status)] = {"$ref": f"#/components/responses/{name}"}
    return found


def _always(route: Route) -> Iterator[type[AppError]]:
    """What the boundary may answer before a handler runs."""
    yield from (AppError, RateLimited, MethodNotAllowed)
    if route.auth is not Auth.OPEN:
        yield Unauthenticated
    if "{" in route.path:
        yield NotFound
    if route.query:
        yield InvalidRequest
    if route.method != "GET":
        yield from (Forbidden, PayloadTooLarge)
        if not route.reads_body:
            yield InvalidRequest
    if route.body:
        yield UnsupportedMediaType


def text() -> str:
    """The document as it is committed."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the document, or say whether it is current."""
    parser = argparse.ArgumentParser("python -m infra.openapi", description="docs/openapi.json, from the code.")
    parser.add_argument("--check", action="store_true", help="only say whether it is current")
    made = text()
    if not parser.parse_args().check:
        PATH.write_text(made, encoding="utf-8")
    elif not PATH.exists() or PATH.read_text(encoding="utf-8") != made:
        sys.stdout.write("docs/openapi.json is not current: python -m infra.openapi\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
