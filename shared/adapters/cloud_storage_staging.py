"""The staging bucket in Cloud Storage; its lifecycle rule deletes after seven days."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Client

from shared.core.config import Config
from shared.core.errors import NotFound, Unavailable
from shared.generation.ports import Body

TIMEOUT_S = (5, 60)
CHUNK = 1024 * 1024
UPLOAD_CHUNK = 4 * 1024 * 1024  #: a multiple of 262,144
TROUBLE = (exceptions.GoogleAPICallError, exceptions.RetryError, requests.RequestException)


class CloudStorageStaging:
    """See `Staging`."""

    def __init__(self, config: Config) -> None:
        options: dict[str, Any] = {}
        if config.storage_endpoint:
            options = {
                "client_options": {"api_endpoint": config.storage_endpoint},
                "credentials": AnonymousCredentials(),  # type: ignore[no-untyped-call] # google-auth is partly typed
            }
        self._client = Client(project=config.project_id, **options)
        self._name = config.staging_bucket

    def put(self, name: str, data: bytes, content_type: str) -> None:
        """See `Staging`."""
        with _translated(name):
            self._blob(name).upload_from_string(data, content_type=content_type, timeout=TIMEOUT_S, checksum="crc32c")

    def size(self, name: str) -> tuple[int, str] | None:
        """See `Staging`."""
        with _translated(name):
            blob = self._client.bucket(self._name).get_blob(name, timeout=TIMEOUT_S)
        return (int(blob.size), str(blob.content_type)) if blob else None

    def put_stream(self, name: str, chunks: Iterator[bytes], size: int, content_type: str) -> None:
        """See `Staging`: a resumable upload, which stores nothing until its last byte has come."""
        blob = self._blob(name)
        blob.chunk_size = UPLOAD_CHUNK
        with _translated(name):
            blob.upload_from_file(_Source(chunks), size=size, content_type=content_type, timeout=TIMEOUT_S)

    @contextmanager
    def read(self, name: str, first: int = 0) -> Iterator[Body]:
        """See `Staging`."""
        with _translated(name):
            blob = self._client.bucket(self._name).get_blob(name, timeout=TIMEOUT_S)
            if blob is None:
                raise NotFound(f"no staged object {name}")
            with blob.open("rb", chunk_size=CHUNK, timeout=TIMEOUT_S) as file:
                file.seek(first)
                yield Body(chunks=_chunks(file), total=int(blob.size))

    def delete(self, name: str) -> None:
        """See `Staging`."""
        try:
            with _translated(name):
                self._blob(name).delete(timeout=TIMEOUT_S)
        except NotFound:
            return  # gone already is fine

    def _blob(self, name: str) -> Any:
        return self._client.bucket(self._name).blob(name)


class _Source:
    """Chunks as the client library reads them: so many bytes at a time, never back."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = bytearray()
        self._position = 0

    def tell(self) -> int:
        """How many bytes were read."""
        return self._position

    def read(self, size: int) -> bytes:
        """So many bytes, or what is left."""
        while len(self._rest) < size and (chunk := next(self._chunks, None)) is not None:
            self._rest += chunk
        data = bytes(memoryview(self._rest)[:size])
        del self._rest[:size]
        self._position += len(data)
        return data


def _chunks(file: Any) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


@contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except exceptions.NotFound as error:
        raise NotFound(f"no staged object {name}") from error
    except TROUBLE as error:
        raise Unavailable(f"Cloud Storage: {type(error).__name__}") from error
