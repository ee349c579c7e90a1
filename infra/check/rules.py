"""`infra/firestore.rules` in Google's own emulator: the functions' client is let in, and nobody else."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import requests

from infra.local.firestore import FirestoreEmulator
from infra.local.firestore_jvm import EmulatorError

ROOT = Path(__file__).parents[2]
PATH = ROOT / "infra" / "firestore.rules"
COLLECTIONS = ("users", "generation_jobs", "generated_media", "user_google_drive_tokens", "anything")


def problems(rules: Path = PATH) -> Iterator[str]:
    """Who is let in and must not be. A mistake in the rules answers 400, so 403 is asked for exactly."""
    emulator = FirestoreEmulator(ROOT / ".local" / "cache", rules=rules)
    try:
        host = emulator.start()
        for collection in COLLECTIONS:
            url = f"http://{host}/v1/projects/demo/databases/(default)/documents/{collection}"
            yield from _asked(url)
    except EmulatorError as error:
        yield f"the Firestore emulator does not start: {error}"
    finally:
        emulator.stop()


def _asked(url: str) -> Iterator[str]:
    owner = {"Authorization": "Bearer owner"}  # what a server's client sends to the emulator
    if (status := requests.get(url, headers=owner, timeout=10).status_code) != 200:
        yield f"a function reading {url} is answered {status}"
    for who, headers in (("nobody", {}), ("a user", {"Authorization": f"Bearer {_user_token()}"})):
        for method in ("GET", "POST"):
            status = requests.request(method, url, headers=headers, json={"fields": {}}, timeout=10).status_code
            if status != 403:
                yield f"{who} with {method} {url} is answered {status}, not 403"


def _user_token() -> str:
    """An ID token of Firebase without a signature, which the emulator takes."""
    claims = {"sub": "ana", "user_id": "ana", "iss": "https://securetoken.google.com/demo", "aud": "demo", "iat": 0}
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."
