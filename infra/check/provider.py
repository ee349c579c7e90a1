"""A stand-in for Terraform's provider of Google Cloud: it knows the provider's schema, and nothing else.

Terraform checks most of a configuration itself, by the schema that the provider sends: names, types, required
arguments, how often a block may appear. This program sends `google.schema.json` (made by `infra.check.schema`), and
judges two things that Terraform leaves to the provider: a value outside a documented enumeration, and one that only
the API can compute. That is enough for the real `terraform validate`, and for `terraform test` with `mock_provider`.

The protocol is go-plugin's: a cookie in the environment, a line on standard output with the socket, then gRPC with
the messages of `tfplugin6.proto`. They are few, so they are written here by their field numbers.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import msgpack

SCHEMA = Path(__file__).with_name("google.schema.json")
COOKIE = ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")  #: public
NESTING = {"single": 1, "list": 2, "set": 3, "map": 4, "group": 5}
VARINT, BYTES = 0, 2
Json = dict[str, Any]
Path_ = tuple[str | int, ...]


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the top bit says that more follow."""
    out = bytearray()
    while True:
        low, value = value & 0x7F, value >> 7
        out.append(low | (0x80 if value else 0))
        if not value:
            return bytes(out)


def number(field: int, value: int | None) -> bytes:
    """A varint field, left out at protobuf's default."""
    return varint(field << 3 | VARINT) + varint(int(value)) if value else b""


def text(field: int, value: bytes | str) -> bytes:
    """A string, bytes or message field."""
    raw = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | BYTES) + varint(len(raw)) + raw


def fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Numbers and values of a message; messages within stay bytes."""
    at = 0
    while at < len(message):
        key, at = _read(message, at)
        value, at = _read(message, at)
        if key & 7 == BYTES:
            yield key >> 3, message[at : at + value]
            at += value
        else:
            yield key >> 3, value


def _read(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def schema(spec: Json) -> bytes:
    """Schema: a version and the outermost block."""
    return number(1, spec.get("version")) + text(2, _block(spec["block"]))


def _block(spec: Json) -> bytes:
    attributes = [text(2, _attribute(name, item)) for name, item in spec.get("attributes", {}).items()]
    return b"".join(attributes + [text(3, _nested(name, item)) for name, item in spec.get("block_types", {}).items()])


def _attribute(name: str, spec: Json) -> bytes:
    flags = ((5, "optional"), (6, "computed"), (7, "sensitive"), (11, "write_only"))
    described = text(1, name) + text(2, json.dumps(spec["type"])) + number(4, spec.get("required"))
    return described + b"".join(number(field, spec.get(flag)) for field, flag in flags)


def _nested(name: str, spec: Json) -> bytes:
    counts = number(4, spec.get("min_items")) + number(5, spec.get("max_items"))
    return text(1, name) + text(2, _block(spec["block"])) + number(3, NESTING[spec["nesting_mode"]]) + counts


def provider_schema(provider: Json) -> bytes:
    """GetProviderSchema.Response."""
    out = text(1, schema(provider["provider"]))
    for field, kind in ((2, "resource_schemas"), (3, "data_source_schemas")):
        for name, spec in provider.get(kind, {}).items():
            out += text(field, text(1, name) + text(2, schema(spec)))
    return out


def problems(spec: Json, value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, str]]:
    """Where a block's value is wrong, and why. What is null or not known yet is not judged."""
    if not isinstance(value, dict):
        return
    for name, item in spec.get("attributes", {}).items():
        given = value.get(name)
        if given is None or isinstance(given, msgpack.ExtType):
            continue
        if item.get("computed") and not item.get("optional"):
            yield (*path, name), f'"{name}" is computed by the API and cannot be set.'
        elif given != "" and given not in item.get("x_enum", [given]):
            yield (*path, name), f'"{name}" is {given!r}; the API documents {item["x_enum"]}.'
    for name, item in spec.get("block_types", {}).items():
        given = value.get(name)
        for index, element in enumerate(given if isinstance(given, list) else [given]):
            step = (name, index) if item["nesting_mode"] == "list" else (name,)  # only lists are counted
            yield from problems(item["block"], element, path + step)


def validate(resources: Json, request: bytes) -> bytes:
    """ValidateResourceConfig.Response for {1: type, 2: {1: msgpack}}."""
    given = dict(fields(request))
    config = dict(fields(given.get(2, b"")))
    value = msgpack.unpackb(config[1], raw=False, strict_map_key=False)
    found = problems(resources[given[1].decode()]["block"], value)
    return b"".join(text(1, _diagnostic(path, detail)) for path, detail in found)


def _diagnostic(path: Path_, detail: str) -> bytes:
    steps = (text(1, step) if isinstance(step, str) else varint(3 << 3 | VARINT) + varint(step) for step in path)
    way = b"".join(text(1, step) for step in steps)
    return number(1, 1) + text(2, "Invalid value") + text(3, detail) + text(4, way)


class Provider(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpcio has no types
    """The few calls that `validate` and a mocked `test` make."""

    def __init__(self, document: Json, stop: threading.Event) -> None:
        (provider,) = document["provider_schemas"].values()
        self._schema = provider_schema(provider)
        self._resources = provider["resource_schemas"]
        self._stop = stop

    def service(self, handler_call_details: Any) -> Any:
        """The handler of `/package.Service/Method`; None: there is none."""
        answer = self._answer(*handler_call_details.method.strip("/").split("/"))
        return answer and grpc.unary_unary_rpc_method_handler(lambda request, _: answer(request), None, None)

    def _answer(self, service: str, method: str) -> Callable[[bytes], bytes] | None:
        if (service, method) == ("plugin.GRPCController", "Shutdown"):
            return self._shut_down
        if method == "GetProviderSchema":
            return lambda _: self._schema
        if method == "ValidateResourceConfig":
            return lambda request: validate(self._resources, request)
        if method.startswith("Validate") or method in ("ConfigureProvider", "StopProvider"):
            return lambda _: b""
        return None

    def _shut_down(self, _: bytes) -> bytes:
        self._stop.set()
        return b""


def main() -> None:
    """Serve until Terraform says stop."""
    if os.environ.get(COOKIE[0]) != COOKIE[1]:
        sys.exit("Terraform runs this, see infra.check.terraform.")
    stop = threading.Event()
    document = json.loads(SCHEMA.read_text(encoding="utf-8"))
    options = [("grpc.max_send_message_length", -1)]
    server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[Provider(document, stop)], options=options)
    with tempfile.TemporaryDirectory(prefix="tf") as folder:
        socket = Path(folder) / "plugin.sock"
        server.add_insecure_port(f"unix:{socket}")
        server.start()
        print(f"1|6|unix|{socket}|grpc", flush=True)  # noqa: T201 the handshake
        stop.wait()
        server.stop(grace=0.2).wait()


if __name__ == "__main__":
    main()
