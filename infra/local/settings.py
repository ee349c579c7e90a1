"""What runs on which port, and the settings that the product gets from it."""

from __future__ import annotations

import itertools
import json
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.api_core.exceptions import AlreadyExists

from infra.local.google.accounts import PICKER_KEY
from infra.local.manifest import queue_shards

PROJECT, REGION, BUCKET = "local", "europe-west1", "local-staging"
PARENT = f"projects/{PROJECT}/locations/{REGION}"
KMS_KEY = f"{PARENT}/keyRings/app/cryptoKeys/tokens"
INVOKER = f"task-invoker@{PROJECT}.iam.gserviceaccount.com"
CLIENT_ID = "local-client.apps.googleusercontent.com"
AUDIENCE = "ecosystem-ip"
USUAL = {
    "gateway": 8080,
    "google": 8081,
    "modelslab": 8082,
    "issuer": 8083,
    "storage": 8084,
    "tasks-control": 8085,
    "vault-control": 8086,
    "firestore": 8090,
    "tasks": 8091,
    "vault": 8092,
}
OTHERS = 15_000  #: below those that the system gives to outgoing connections
CALLBACKS = ("/api/auth/callback/google", "/api/user/google-drive/callback")


@dataclass(frozen=True)
class Ports:
    """Which port each part has."""

    numbers: dict[str, int]

    def __getitem__(self, part: str) -> int:
        return self.numbers[part]

    def url(self, part: str) -> str:
        """The origin of an HTTP part."""
        return f"http://localhost:{self.numbers[part]}"

    def host(self, part: str) -> str:
        """The host:port of a gRPC part."""
        return f"127.0.0.1:{self.numbers[part]}"


def choose_ports(*, usual: bool) -> Ports:
    """The usual ports where they are free; others, or without `usual`, any free ones."""
    chosen: dict[str, int] = {}
    held = []
    others = itertools.count(OTHERS + os.getpid() * 16 % 16_000)  # two clouds that start at once do not meet
    for part, wanted in USUAL.items():
        probe = _bound(wanted) if usual else None
        while probe is None:
            probe = _bound(next(others))
        held.append(probe)
        chosen[part] = probe.getsockname()[1]
    for probe in held:
        probe.close()
    return Ports(chosen)


def _bound(port: int) -> socket.socket | None:
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        probe.close()
        return None
    return probe


@dataclass(frozen=True)
class Secrets:
    """Made-up secrets of one local cloud, kept over a restart."""

    session: str
    google_client: str
    google_key: str
    modelslab: str

    @classmethod
    def of(cls, state: Path) -> Secrets:
        """Those of a state directory; made when they are missing."""
        path = state / "secrets.json"
        made = {"session": secrets.token_urlsafe(48), "google_client": f"GOCSPX-{secrets.token_urlsafe(21)}"}
        made |= {"google_key": f"AIza{secrets.token_urlsafe(26)}", "modelslab": secrets.token_urlsafe(36)}
        kept = json.loads(path.read_text()) if path.exists() else {}
        if made.keys() != kept.keys():
            path.touch(mode=0o600)
            path.write_text(json.dumps(made | kept))
        return cls(**made | kept)

    def put(self, client: Any) -> None:
        """Into Secret Manager (its client), where the product reads them."""
        values = {
            "SESSION_SECRET": self.session,
            "GOOGLE_CLIENT_SECRET": self.google_client,
            "GOOGLE_API_KEY": self.google_key,
            "GOOGLE_PICKER_KEY": PICKER_KEY,
            "MODELSLAB_API_KEY": self.modelslab,
        }
        for name, value in values.items():
            try:
                client.create_secret(
                    parent=f"projects/{PROJECT}", secret_id=name, secret={"replication": {"automatic": {}}}
                )
            except AlreadyExists:
                continue
            client.add_secret_version(parent=f"projects/{PROJECT}/secrets/{name}", payload={"data": value.encode()})


def own_hosts(ports: Ports) -> dict[str, str]:
    """Settings with which the studio has an origin of its own, and every function a host of its own."""
    template = f"http://{{service}}.localhost:{ports['gateway']}"
    return {"STUDIO_API_URL": template, "FRONTEND_ORIGINS": template.format(service="api-studio")}


def environment(ports: Ports) -> dict[str, str]:
    """The product's settings: the same code and clients as in production, at other addresses."""
    google, gateway = ports.url("google"), ports.url("gateway")
    issuer = {"issuer": ports.url("issuer"), "audience": AUDIENCE, "certsUrl": f"{ports.url('issuer')}/jwks"}
    pages = {"Google (Drive)": google, "ModelsLab": ports.url("modelslab"), "E-mail sign-in": ports.url("issuer")}
    pages |= {"Cloud Tasks": ports.url("tasks-control"), "Cloud Storage": ports.url("storage")}
    return {
        "PROJECT_ID": PROJECT,
        "REGION": REGION,
        "PUBLIC_BASE_URL": gateway,
        "FUNCTION_URL": gateway,
        "GOOGLE_CLIENT_ID": CLIENT_ID,
        "KMS_KEY": KMS_KEY,
        "STAGING_BUCKET": BUCKET,
        "TASK_INVOKER": INVOKER,
        "SESSION_COOKIE": "session",
        "BEHIND_IAM": "true",
        "REFERENCE_DELIVERY": "url",
        "TRUSTED_ISSUERS": json.dumps([issuer]),
        "GOOGLE_AUTH_URL": f"{google}/o/oauth2/v2/auth",
        "GOOGLE_TOKEN_URL": f"{google}/token",
        "GOOGLE_REVOKE_URL": f"{google}/revoke",
        "GOOGLE_CERTS_URL": f"{google}/oauth2/v1/certs",
        "DRIVE_API_URL": f"{google}/drive/v3",
        "DRIVE_UPLOAD_URL": f"{google}/upload/drive/v3",
        "DRIVE_WEB_URL": google,
        "MODELSLAB_URL": f"{ports.url('modelslab')}/api",
        "MODELSLAB_OUTPUT_HOSTS": f"localhost:{ports['modelslab']}",
        "TASK_CERTS_URL": f"{ports.url('tasks-control')}/oauth2/v1/certs",
        "TASK_TOKEN_URL": f"{ports.url('tasks-control')}/_emulator/token",
        "TASKS_ENDPOINT": ports.host("tasks"),
        "KMS_ENDPOINT": ports.host("vault"),
        "SECRETS_ENDPOINT": ports.host("vault"),
        "STORAGE_ENDPOINT": ports.url("storage"),
        "FIRESTORE_EMULATOR_HOST": ports.host("firestore"),
        "QUEUE_SHARDS": json.dumps(queue_shards()),
        "EMAIL_SIGN_IN_URL": ports.url("issuer"),
        "PICKER_URL": f"{google}/js/api.js",
        "LOCAL_LINKS": json.dumps(pages),
    }
