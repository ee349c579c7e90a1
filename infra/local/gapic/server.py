"""Serve emulators over gRPC on the loopback address.

An emulator is an ordinary object with one method per RPC, named as in the path (`CreateTask`). A method gets the
request message, returns the response message (None stands for `google.protobuf.Empty`) and raises `Abort` to answer
with a status. An RPC without a method answers UNIMPLEMENTED. Several services may share one port.

Faults that every served RPC knows (`RPC_FAULTS`); their facts are `rpc` and `resource` (the request's name or parent):

    unavailable        UNAVAILABLE, and nothing is done
    answer_lost        the RPC is done, and the caller gets UNAVAILABLE: an unknown outcome
    permission_denied  PERMISSION_DENIED, and nothing is done
    exhausted          RESOURCE_EXHAUSTED, and nothing is done
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent import futures
from typing import Any

import grpc

from infra.local.faults import Faults
from infra.local.gapic.recording import Rpc, rpcs
from infra.local.gapic.status import Abort
from infra.local.interference import Disturbances, Lost
from infra.local.journal import Journal

_REFUSALS = {
    "unavailable": (grpc.StatusCode.UNAVAILABLE, "The service is currently unavailable."),
    "permission_denied": (grpc.StatusCode.PERMISSION_DENIED, "The caller does not have permission"),
    "exhausted": (grpc.StatusCode.RESOURCE_EXHAUSTED, "Quota exceeded."),
}
RPC_FAULTS = frozenset([*_REFUSALS, "answer_lost"])
WORKERS = 32


class Service(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
    """Routes the RPCs of one generated client to the methods of an emulator; writes each into the journal."""

    def __init__(
        self, transport_class: Any, emulator: object, journal: Journal, faults: Faults, disturbances: Disturbances
    ) -> None:
        self._journal = journal
        self._disturbances = disturbances
        self._faults = faults
        self._handlers = {
            rpc.path: self._handler(rpc, getattr(emulator, rpc.name))
            for rpc in rpcs(transport_class)
            if hasattr(emulator, rpc.name)
        }

    def service(self, handler_call_details: Any) -> Any:
        """The handler of a path, or None: gRPC then answers UNIMPLEMENTED."""
        return self._handlers.get(handler_call_details.method)

    def _handler(self, rpc: Rpc, method: Callable[[Any], Any]) -> Any:
        def call(request: Any, context: Any) -> Any:
            subject = getattr(request, "name", "") or getattr(request, "parent", "")
            try:
                answer = self._disturbances.rpc(rpc.path, lambda: self._run(rpc.name, subject, lambda: method(request)))
            except Lost:
                context.abort(grpc.StatusCode.UNAVAILABLE, "Connection reset by peer")
            except Abort as refusal:
                self._journal.add("rpc", rpc=rpc.name, resource=subject, status=refusal.code.name)
                context.abort(refusal.code, refusal.message)
            self._journal.add("rpc", rpc=rpc.name, resource=subject, status="OK")
            return answer

        return grpc.unary_unary_rpc_method_handler(
            call, request_deserializer=rpc.request.deserialize, response_serializer=_serialize
        )

    def _run(self, rpc: str, subject: str, method: Callable[[], Any]) -> Any:
        for fault, (code, message) in _REFUSALS.items():
            if self._faults.take(fault, rpc=rpc, resource=subject) is not None:
                raise Abort(code, message)
        answer = method()
        if self._faults.take("answer_lost", rpc=rpc, resource=subject) is not None:
            raise Abort(grpc.StatusCode.UNAVAILABLE, "Connection reset by peer")
        return answer


def _serialize(message: Any) -> bytes:
    """An empty message has no bytes."""
    result: bytes = b"" if message is None else type(message).serialize(message)
    return result


class GrpcServing:
    """A plaintext gRPC server until `stop`. `port` 0 picks a free one; `host` is host:port. Raises OSError if taken."""

    def __init__(self, services: Iterable[Service], port: int = 0) -> None:
        # Without so_reuseport 0 a second server could bind the same port, and get half of the calls.
        options = (("grpc.so_reuseport", 0),)
        self._server = grpc.server(futures.ThreadPoolExecutor(WORKERS), tuple(services), options=options)
        try:
            self.port: int = self._server.add_insecure_port(f"127.0.0.1:{port}")
        except RuntimeError as error:
            raise OSError(f"port {port} is taken") from error
        self.host = f"127.0.0.1:{self.port}"
        self._server.start()

    def stop(self) -> None:
        """Close the port; calls that are under way are cancelled."""
        self._server.stop(None).wait()
