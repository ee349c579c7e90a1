"""How a Google gRPC client is made: the real service, or an emulator on a plaintext channel.

An `api_endpoint` option alone still speaks TLS to a plaintext port and hangs for a minute, so an emulator gets a
transport of its own.
"""

from __future__ import annotations

from typing import Any

import grpc


def client_for(client: Any, transport: Any, endpoint: str) -> Any:
    """A client of the class `client`; `endpoint` is host:port of an emulator, or empty."""
    if not endpoint:
        return client()
    return client(transport=transport(channel=grpc.insecure_channel(endpoint)))
