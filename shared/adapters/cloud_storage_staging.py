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

TIMEOUT_S = (5, 60)
CHUNK = 1024 * 1024
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

    @contextmanager
    def read(self, name: str) -> Iterator[Iterator[bytes]]:
        """See `Staging`."""
        with _translated(name), self._blob(name).open("rb", chunk_size=CHUNK, timeout=TIMEOUT_S) as file:
            first = file.read(CHUNK)  # an object that is not there shows itself here, before anything is streamed
            yield _chunks(first, file)

    def delete(self, name: str) -> None:
        """See `Staging`."""
        try:
            with _translated(name):
                self._blob(name).delete(timeout=TIMEOUT_S)
        except NotFound:
            return  # gone already is fine

    def _blob(self, name: str) -> Any:
        return self._client.bucket(self._name).blob(name)


def _chunks(first: bytes, file: Any) -> Iterator[bytes]:
    chunk = first
    while chunk:
        yield chunk
        chunk = file.read(CHUNK)


@contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except exceptions.NotFound as error:
        raise NotFound(f"no staged object {name}") from error
    except TROUBLE as error:
        raise Unavailable(f"Cloud Storage: {type(error).__name__}") from error
