"""The emulator with both official clients on one channel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import pytest
from google.cloud import kms_v1, secretmanager_v1
from google.cloud.kms_v1.services.key_management_service.transports.grpc import KeyManagementServiceGrpcTransport
from google.cloud.secretmanager_v1.services.secret_manager_service.transports.grpc import (
    SecretManagerServiceGrpcTransport,
)

from infra.local.gapic.serving import EmulatorServing
from infra.local.strictness import loosened_by_env
from infra.local.vault.emulator import VaultEmulator
from infra.local.vault.rules import RULES

LOCATION = "projects/demo/locations/us-central1"
RING = f"{LOCATION}/keyRings/main"
KEY = f"{RING}/cryptoKeys/tokens"
PROJECT = "projects/demo"


class World(NamedTuple):
    """The emulator and its clients; there is one key, and no secret."""

    emulator: VaultEmulator
    serving: EmulatorServing
    keys: kms_v1.KeyManagementServiceClient
    secrets: secretmanager_v1.SecretManagerServiceClient

    def encrypt(self, plaintext: bytes = b"data key", aad: bytes = b"user:1", **fields: Any) -> kms_v1.EncryptResponse:
        """With the key's primary version."""
        request = {"name": KEY, "plaintext": plaintext, "additional_authenticated_data": aad, **fields}
        return self.keys.encrypt(request=request)

    def decrypt(self, ciphertext: bytes, aad: bytes = b"user:1", **fields: Any) -> kms_v1.DecryptResponse:
        """With whatever version it was encrypted."""
        request = {"name": KEY, "ciphertext": ciphertext, "additional_authenticated_data": aad, **fields}
        return self.keys.decrypt(request=request)

    def set_state(self, version: int, state: str) -> None:
        """Enable or disable a version of the key."""
        wanted = kms_v1.CryptoKeyVersion(name=f"{KEY}/cryptoKeyVersions/{version}", state=state)
        self.keys.update_crypto_key_version(crypto_key_version=wanted, update_mask={"paths": ["state"]})

    def make_secret(self, secret_id: str, *payloads: bytes) -> str:
        """A secret with versions."""
        secret = secretmanager_v1.Secret(replication={"automatic": {}})
        name = self.secrets.create_secret(parent=PROJECT, secret_id=secret_id, secret=secret).name
        for payload in payloads:
            self.secrets.add_secret_version(parent=name, payload=secretmanager_v1.SecretPayload(data=payload))
        return name

    def read(self, name: str, version: str = "latest") -> bytes:
        """The payload of a version."""
        return self.secrets.access_secret_version(name=f"{name}/versions/{version}").payload.data


def connect(
    host: str,
) -> tuple[kms_v1.KeyManagementServiceClient, secretmanager_v1.SecretManagerServiceClient, Any]:
    """Both clients on one plaintext channel."""
    channel = grpc.insecure_channel(host)
    keys = kms_v1.KeyManagementServiceClient(transport=KeyManagementServiceGrpcTransport(channel=channel))
    secrets = secretmanager_v1.SecretManagerServiceClient(transport=SecretManagerServiceGrpcTransport(channel=channel))
    return keys, secrets, channel


def make_key(keys: kms_v1.KeyManagementServiceClient) -> None:
    """The ring and the key that every test has."""
    keys.create_key_ring(parent=LOCATION, key_ring_id="main", key_ring=kms_v1.KeyRing())
    key = kms_v1.CryptoKey(purpose=kms_v1.CryptoKey.CryptoKeyPurpose.ENCRYPT_DECRYPT)
    keys.create_crypto_key(parent=RING, crypto_key_id="tokens", crypto_key=key)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An emulator with one key."""
    emulator = VaultEmulator(tmp_path)
    loosened_by_env("vault", RULES, emulator)
    serving = emulator.serve()
    keys, secrets, channel = connect(serving.host)
    make_key(keys)
    yield World(emulator, serving, keys, secrets)
    channel.close()
    serving.stop()
    emulator.close()
