"""Drive's own description of itself (the discovery document that google-api-python-client ships): names and types."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from googleapiclient.discovery_cache import get_static_doc


@cache
def document() -> dict[str, Any]:
    """The discovery document of Drive v3."""
    found: dict[str, Any] = json.loads(get_static_doc("drive", "v3"))
    return found


@cache
def parameters(method: str) -> frozenset[str]:
    """The query parameters of a method such as `files.list`, the standard ones included. Raises KeyError."""
    resource, _, name = method.partition(".")
    described = document()["resources"][resource]["methods"][name]["parameters"]
    query = {name for name, about in described.items() if about["location"] == "query"}
    return frozenset(query | document()["parameters"].keys())


@cache
def fields(schema: str) -> frozenset[str]:
    """The field names of a resource such as `File`. Raises KeyError."""
    return frozenset(document()["schemas"][schema]["properties"])


def problems(value: Any, schema: dict[str, Any], path: str = "") -> list[str]:
    """Where a value is not what the document says: unknown names, wrong types; 64-bit numbers are texts."""
    if "$ref" in schema:
        return problems(value, document()["schemas"][schema["$ref"]], path)
    match schema["type"]:
        case "object" if isinstance(value, dict):
            known, other = schema.get("properties", {}), schema.get("additionalProperties")
            found = [f"{path}.{name}: no such field" for name in value if name not in known and other is None]
            return found + [
                problem
                for name, item in value.items()
                if name in known or other
                for problem in problems(item, known.get(name, other), f"{path}.{name}")
            ]
        case "array" if isinstance(value, list):
            return [problem for item in value for problem in problems(item, schema["items"], f"{path}[]")]
        case "string" if isinstance(value, str):
            return [] if schema.get("format") != "int64" or value.lstrip("-").isdigit() else [f"{path}: no number"]
        case "boolean" if isinstance(value, bool):
            return []
        case "integer" | "number" if isinstance(value, int | float) and not isinstance(value, bool):
            return []
    return [f"{path}: {value!r} is no {schema['type']}"]
