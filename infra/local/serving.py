"""Serve a WSGI application on the loopback address, for every HTTP emulator and the gateway."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class QuietHandler(WSGIRequestHandler):
    """HTTP/1.1 with kept connections, and no access log: each emulator keeps a journal instead."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_: object) -> None:
        """Write nothing."""


class Serving:
    """A server that runs in threads of this process until `stop` is called.

    `url` has no trailing slash. The host is `localhost`, as browsers treat it as a secure origin.
    """

    def __init__(self, app: WSGIApplication, port: int = 0, *, shared: bool = False) -> None:
        """`shared`: other processes serve on this port too, and the system gives each connection to one of them."""
        self._socket = _shared(port) if shared else None
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1",
            port,
            app,
            threaded=True,
            request_handler=QuietHandler,
            fd=self._socket.fileno() if self._socket else None,
        )
        self.port: int = self._server.server_address[1]
        self.url = f"http://localhost:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port. Requests that are still being answered are not waited for."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if self._socket:
            self._socket.close()


def _shared(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # closed connections of an earlier server linger
    listening.bind(("127.0.0.1", port))
    listening.listen(128)
    return listening
