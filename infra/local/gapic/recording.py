"""Every RPC of a generated client with its request message, found without a .proto file.

The google-cloud-* packages ship clients only: no servicer classes. But a client's generated transport, when it stands
on a channel that merely takes notes, names the path of each RPC with its serializer, and that belongs to the message
class. Two private attributes of the transports are used (`_logged_channel`, `_stubs`); the packages are pinned, and
`tests/contract/tasks/test_gapic.py` notices when they change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import grpc


class Rpc(NamedTuple):
    """One unary RPC and the class of its request."""

    path: str
    request: Any

    @property
    def name(self) -> str:
        """The last part of the path, such as `CreateTask`."""
        return self.path.rpartition("/")[2]


class _RecordingChannel(grpc.Channel):  # type: ignore[misc]  # grpc has no types
    """A channel that sends nothing and remembers which unary RPCs were asked for."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    def unary_unary(self, method: str, request_serializer: Any = None, *_: Any, **__: Any) -> Callable[..., None]:
        """Note the path with its serializer."""
        self.found[method] = request_serializer
        return _no_call

    def unary_stream(self, *_: Any, **__: Any) -> Callable[..., None]:
        """Streaming RPCs are not recorded."""
        return _no_call

    stream_unary = unary_stream
    stream_stream = unary_stream

    def subscribe(self, *_: Any, **__: Any) -> None:
        """There is no connection to watch."""

    def unsubscribe(self, *_: Any) -> None:
        """There is no connection to watch."""

    def close(self) -> None:
        """There is no connection to close."""


def _no_call(*_: Any, **__: Any) -> None:
    """Stand for the callable of an RPC."""


def rpcs(transport_class: Any) -> list[Rpc]:
    """The unary RPCs of a generated gRPC transport.

    The mixins (IAM, locations, operations) are left out: their serializers are functions of raw protobuf classes.
    """
    channel = _RecordingChannel()
    transport = transport_class(channel=channel)
    transport._logged_channel = channel  # noqa: SLF001 the generated stubs are made on this attribute
    transport._stubs.clear()  # noqa: SLF001 so that they are made again
    for name in dir(transport_class):
        if not name.startswith("_") and isinstance(getattr(transport_class, name), property):
            getattr(transport, name)
    requests = {path: getattr(serialize, "__self__", None) for path, serialize in channel.found.items()}
    return [Rpc(path, request) for path, request in requests.items() if hasattr(request, "deserialize")]
