"""Canaries: secrets that were really used, looked for wherever they must not be."""

from __future__ import annotations

import base64
import re
import sqlite3
from collections.abc import Iterator

import google.auth.credentials
import pytest
from google.cloud.firestore import Client

from infra.local.cloud import LocalCloud
from infra.local.journal import fingerprint
from infra.local.settings import PROJECT

SHAPES = re.compile(rb"ya29\.[\w-]{20}|1//0[\w-]{20}|GOCSPX-[\w-]{10}")  #: those that were revoked too


def canaries(local: LocalCloud) -> dict[str, str]:
    """Every secret of a cloud, by what it is: the settings', and each token that Google has given and still knows."""
    found = {
        "session secret": local.secrets.session,
        "client secret": local.secrets.google_client,
        "provider key": local.secrets.modelslab,
        "Google API key": local.secrets.google_key,
    }
    with sqlite3.connect(f"file:{local.state / 'google' / 'google.sqlite'}?mode=ro", uri=True) as database:
        rows = database.execute("select kind, id from rows where kind in ('access', 'refresh')").fetchall()
    database.close()
    return found | {f"{kind} token {number}": token for number, (kind, token) in enumerate(rows)}


def leaks(local: LocalCloud, places: dict[str, bytes]) -> list[str]:
    """Where a canary can be read, plainly or in base64."""
    wanted = canaries(local)
    found = []
    for place, text in places.items():
        found += [f"a secret of the shape {match.group()[:6]!r} in {place}" for match in SHAPES.finditer(text)]
        for name, secret in wanted.items():
            forms = (
                secret.encode(),
                base64.b64encode(secret.encode())[:-4],
                base64.urlsafe_b64encode(secret.encode())[:-4],
            )
            found += [f"the {name} in {place}" for form in forms if form in text]
    return sorted(set(found))


def unused(local: LocalCloud, journals: str) -> list[str]:
    """The canaries that no emulator has been shown: looking for those would prove nothing."""
    return [
        name
        for name, secret in canaries(local).items()
        if name != "session secret" and fingerprint(secret) not in journals
    ]


def logs(local: LocalCloud) -> dict[str, bytes]:
    """What the functions, the scheduler and the emulators have printed."""
    return {path.name: path.read_bytes() for path in (local.state / "logs").glob("*.log")}


def firestore(host: str) -> Client:
    """A client that sees everything."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FIRESTORE_EMULATOR_HOST", host)
        return Client(PROJECT, credentials=google.auth.credentials.AnonymousCredentials())  # type: ignore[no-untyped-call]


def stored(client: Client) -> Iterator[tuple[str, str, str]]:
    """Everything that Firestore exports: path, time of the last write, and the fields as text (bytes as Latin-1)."""
    for collection in sorted(client.collections(), key=lambda collection: str(collection.id)):
        for document in sorted(collection.stream(), key=lambda document: str(document.id)):
            yield document.reference.path, document.update_time.rfc3339(), _text(document.to_dict())


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_text(item)}" for name, item in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_text, value)) + "]"
    return str(value)
