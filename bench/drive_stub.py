"""`python -m bench.drive_stub`: a Drive that answers each request 20 ms after it came, whatever their number.

Prints its port. A file is one of a made-up user's; a page has 1,000, and there are ten of them.
"""

from __future__ import annotations

import asyncio
import json
import re
from urllib.parse import parse_qs, urlsplit

LATENCY_S = 0.020
PAGE, PAGES = 1000, 10
_LINE = re.compile(rb"GET (\S+) HTTP/1\.1\r\n")


def _file(number: int) -> dict[str, object]:
    return {
        "id": f"1{number:032d}",
        "mimeType": "image/png",
        "trashed": False,
        "size": "1234567",
        "sha256Checksum": "ab" * 32,
        "permissionIds": ["anyoneWithLink", "123456789012345678901"],
        "capabilities": {"canDownload": True},
        "imageMediaMetadata": {"width": 2048, "height": 2048},
    }


def _http(body: object) -> bytes:
    data = json.dumps(body).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


ONE = _http(_file(1))
FILES = [
    _http({"files": [_file(page * PAGE + number) for number in range(PAGE)]}
          | ({"nextPageToken": str(page + 1)} if page + 1 < PAGES else {}))
    for page in range(PAGES)
]  # fmt: skip
CHANGES = [
    _http({"changes": [{"fileId": f"1{page * PAGE + number:032d}", "removed": False,
                        "file": _file(page * PAGE + number)} for number in range(PAGE)],
           "nextPageToken" if page + 1 < PAGES else "newStartPageToken": str(page + 1)})
    for page in range(PAGES)
]  # fmt: skip


class Drive(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember whom to answer."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer later. A client sends a request when it has the answer to the one before, in one piece."""
        found = _LINE.match(data)
        assert found, data
        url = urlsplit(found.group(1).decode())
        page = int(parse_qs(url.query).get("pageToken", ["0"])[0])
        answers = {"/drive/v3/files": FILES, "/drive/v3/changes": CHANGES}.get(url.path)
        answer = answers[page] if answers else ONE
        asyncio.get_running_loop().call_later(LATENCY_S, self._transport.write, answer)


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(Drive, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 its starter reads it
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
