"""An emulator while it answers: gRPC for the official client, HTTP for everything else."""

from __future__ import annotations

from typing import NamedTuple

from infra.local.gapic.server import GrpcServing
from infra.local.serving import Serving


class EmulatorServing(NamedTuple):
    """Two ports of the loopback address."""

    grpc: GrpcServing
    http: Serving

    @property
    def host(self) -> str:
        """Where the official client's channel goes, as host:port."""
        return self.grpc.host

    @property
    def url(self) -> str:
        """Where the control API is, without a trailing slash."""
        return self.http.url

    def stop(self) -> None:
        """Close both ports."""
        self.grpc.stop()
        self.http.stop()
