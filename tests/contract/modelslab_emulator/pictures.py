"""A server of reference pictures, which a test can make misbehave."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image
from werkzeug.wrappers import Request, Response

from infra.local.serving import Serving


def encoded(colour: str = "red", size: tuple[int, int] = (40, 30), kind: str = "PNG") -> bytes:
    """A picture of one colour."""
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, kind)
    return data.getvalue()


class Pictures:
    """Answers by path; an unknown one with 404. `asked`: the methods and paths of the requests."""

    def __init__(self) -> None:
        self.answers: dict[str, Response] = {}
        self.asked: list[str] = []
        self.url = ""

    def put(self, path: str, data: bytes, status: int = 200, **headers: str) -> str:
        """Have an answer at a path; its URL."""
        self.answers[path] = Response(data, status, headers)
        return self.url + path

    def answer(self, request: Request) -> Response:
        """The application."""
        self.asked.append(f"{request.method} {request.path}")
        return self.answers.get(request.path, Response(status=404))


@contextmanager
def serving() -> Iterator[Pictures]:
    """A server as long as the block runs."""
    pictures = Pictures()
    server = Serving(Request.application(pictures.answer))
    pictures.url = server.url
    yield pictures
    server.stop()
