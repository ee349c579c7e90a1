"""An emulator with one bucket, and the official client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Blob, Bucket, Client

from infra.local.serving import Serving
from infra.local.storage.emulator import StorageEmulator
from infra.local.storage.rules import RULES
from infra.local.strictness import loosened_by_env

BUCKET = "staging-demo"
DAYS = 7


class World(NamedTuple):
    """The emulator, its server, the client and its bucket."""

    emulator: StorageEmulator
    serving: Serving
    client: Client
    bucket: Bucket

    def put(self, name: str, data: bytes = b"picture") -> Blob:
        """Upload an object."""
        blob = self.bucket.blob(name)
        blob.upload_from_string(data, content_type="image/png")
        return blob

    @property
    def upload_url(self) -> str:
        """Where the API takes uploads."""
        return f"{self.serving.url}/upload/storage/v1/b/{BUCKET}/o"


def connect(url: str) -> Client:
    """The official client as the product makes it for an emulator."""
    anonymous = AnonymousCredentials()  # type: ignore[no-untyped-call]  # google-auth
    return Client(project="demo", credentials=anonymous, client_options={"api_endpoint": url})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A bucket whose objects are deleted after seven days."""
    emulator = StorageEmulator(tmp_path, buckets={BUCKET: DAYS})
    loosened_by_env("storage", RULES, emulator)
    serving = emulator.serve()
    client = connect(serving.url)
    yield World(emulator, serving, client, client.bucket(BUCKET))
    client.close()
    serving.stop()
    emulator.close()
