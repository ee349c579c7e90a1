"""The emulator as one object, for tests and for the command."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flask import Flask, render_template_string
from flask.typing import ResponseReturnValue
from google.cloud import kms_v1
from google.cloud.kms_v1.services.key_management_service.transports.grpc import KeyManagementServiceGrpcTransport
from google.cloud.secretmanager_v1.services.secret_manager_service.transports.grpc import (
    SecretManagerServiceGrpcTransport,
)

from infra.local.clock import AdjustableClock
from infra.local.control import control
from infra.local.faults import Faults
from infra.local.gapic.server import RPC_FAULTS, GrpcServing, Service
from infra.local.gapic.serving import EmulatorServing
from infra.local.interference import Disturbances, Interfering
from infra.local.journal import Journal
from infra.local.serving import Serving
from infra.local.vault.checksums import CHECKSUM_FAULTS, Checksums
from infra.local.vault.cipher import KeyManagement
from infra.local.vault.secrets import SecretManager
from infra.local.vault.store import Store

PAGE = """<!doctype html><title>KMS and Secret Manager</title><meta charset=utf-8>
<style>body{font:15px system-ui;margin:2rem}</style><h1>Keys and secrets</h1>
<ul>{% for name in names %}<li>{{ name }}</li>{% else %}There are none.{% endfor %}</ul>"""


class VaultEmulator:
    """Cloud KMS and Secret Manager with their state in `state/vault.sqlite`.

    `keys` are full names of symmetric keys, made with their rings at start and after a reset where they are missing.
    """

    def __init__(self, state: Path, clock: AdjustableClock | None = None, keys: Iterable[str] = ()) -> None:
        self.clock = clock or AdjustableClock()
        self.journal = Journal()
        self.disturbances = Disturbances()
        self.faults = Faults(RPC_FAULTS | CHECKSUM_FAULTS)
        self._store = Store(state / "vault.sqlite")
        checksums = Checksums(self.faults)
        self._keys = KeyManagement(self._store, self.clock, checksums)
        self._secrets = SecretManager(self._store, self.clock, checksums)
        self._configured = list(keys)
        self._make_keys()
        self.app = Flask(__name__)
        self.app.register_blueprint(control(self.journal, self.faults, self.clock.advance, self.reset))
        self.app.add_url_rule("/", view_func=self._page)

    def serve(self, port: int = 0, control_port: int = 0) -> EmulatorServing:
        """Answer on two ports of the loopback address (0: any)."""
        services = [
            Service(KeyManagementServiceGrpcTransport, self._keys, self.journal, self.faults, self.disturbances),
            Service(SecretManagerServiceGrpcTransport, self._secrets, self.journal, self.faults, self.disturbances),
        ]
        return EmulatorServing(
            GrpcServing(services, port),
            Serving(Interfering(self.app, self.disturbances, self.clock.advance), control_port),
        )

    def reset(self) -> None:
        """Forget keys, secrets, faults and the journal."""
        self._store.clear()
        self.faults.clear()
        self.journal.clear()
        self._make_keys()

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    def _make_keys(self) -> None:
        for key in self._configured:
            ring, _, key_id = key.partition("/cryptoKeys/")
            location, _, ring_id = ring.partition("/keyRings/")
            if not self._store.get(ring, kms_v1.KeyRing):
                self._keys.CreateKeyRing(kms_v1.CreateKeyRingRequest(parent=location, key_ring_id=ring_id))
            if not self._store.get(key, kms_v1.CryptoKey):
                purpose = kms_v1.CryptoKey.CryptoKeyPurpose.ENCRYPT_DECRYPT
                order = kms_v1.CreateCryptoKeyRequest(parent=ring, crypto_key_id=key_id)
                order.crypto_key.purpose = kms_v1.CryptoKey.CryptoKeyPurpose(purpose)
                self._keys.CreateCryptoKey(order)

    def _page(self) -> ResponseReturnValue:
        return render_template_string(PAGE, names=self._store.names())
