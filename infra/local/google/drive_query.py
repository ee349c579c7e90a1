"""The `q` grammar of files.list: comparisons, `in parents`, `has`, `and`, `or`, `not`, parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from infra.local.google.errors import invalid

File = dict[str, Any]
Test = Callable[[File], bool]
_TOKEN = re.compile(r"\s*('(?:[^'\\]|\\.)*'|\{|\}|\(|\)|!=|<=|>=|=|<|>|[A-Za-z]+)")
_FIELDS = ("name", "mimeType", "trashed", "modifiedTime", "createdTime", "fullText", "starred", "sharedWithMe")


def parse_query(text: str) -> Test:
    """A test of a file. Raises DriveError (400 invalid) for what is not of the grammar."""
    parser = _Parser(text)
    test = parser.either()
    if parser.tokens:
        raise parser.bad()
    return test


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[str] = []
        place = 0
        while text[place:].strip():
            match = _TOKEN.match(text, place)
            if not match:
                raise self.bad()
            self.tokens.append(match.group(1))
            place = match.end()

    def bad(self) -> Exception:
        error = invalid("Invalid Value", "q")
        error.reason = "invalid"
        return error

    def take(self, *allowed: str) -> str:
        if not self.tokens or (allowed and self.tokens[0] not in allowed):
            raise self.bad()
        return self.tokens.pop(0)

    def either(self) -> Test:
        test = self.both()
        while self.tokens[:1] == ["or"]:
            self.take()
            test = _or(test, self.both())
        return test

    def both(self) -> Test:
        test = self.term()
        while self.tokens[:1] == ["and"]:
            self.take()
            test = _and(test, self.term())
        return test

    def term(self) -> Test:
        token = self.take()
        if token == "not":
            inner = self.term()
            return lambda file: not inner(file)
        if token == "(":
            test = self.either()
            self.take(")")
            return test
        if token.startswith("'"):
            parent = self.unquoted(token)
            self.take("in")
            self.take("parents")
            return lambda file: parent in file["parents"]
        if token in ("appProperties", "properties"):
            return self.has(token)
        if token not in _FIELDS:
            raise self.bad()
        return self.comparison(token)

    def has(self, field: str) -> Test:
        self.take("has")
        pair = {}
        self.take("{")
        for name, end in (("key", "and"), ("value", "}")):
            self.take(name)
            self.take("=")
            pair[name] = self.unquoted(self.take())
            self.take(end)
        return lambda file: file.get(field, {}).get(pair["key"]) == pair["value"]

    def comparison(self, field: str) -> Test:
        operator = self.take("=", "!=", "<", "<=", ">", ">=", "contains")
        value = self.value(self.take())
        if isinstance(value, bool) != (field in ("trashed", "starred", "sharedWithMe")):
            raise self.bad()
        tests: dict[str, Test] = {
            "=": lambda file: bool(file.get(field, False) == value),
            "!=": lambda file: bool(file.get(field, False) != value),
            "contains": lambda file: str(value).lower() in str(file.get(field, "")).lower(),
            "<": lambda file: str(file.get(field)) < str(value),
            "<=": lambda file: str(file.get(field)) <= str(value),
            ">": lambda file: str(file.get(field)) > str(value),
            ">=": lambda file: str(file.get(field)) >= str(value),
        }
        return tests[operator]

    def value(self, token: str) -> str | bool:
        return token == "true" if token in ("true", "false") else self.unquoted(token)

    def unquoted(self, token: str) -> str:
        if not token.startswith("'"):
            raise self.bad()
        return re.sub(r"\\(.)", r"\1", token[1:-1])


def _or(one: Test, other: Test) -> Test:
    return lambda file: one(file) or other(file)


def _and(one: Test, other: Test) -> Test:
    return lambda file: one(file) and other(file)
