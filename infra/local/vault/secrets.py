"""Secret Manager: secrets, versions by number, `latest` or alias, and their states.

`latest` is the version that was made last, whatever its state (docstring of AccessSecretVersion, 2.32).
"""

from __future__ import annotations

import re
from typing import Any

from google.cloud import secretmanager_v1

from infra.local.clock import AdjustableClock
from infra.local.gapic.status import already_exists, failed_precondition, invalid, not_found
from infra.local.vault.checksums import Checksums, verify
from infra.local.vault.store import Store, page

SECRET_ID = re.compile(r"[a-zA-Z0-9_-]{1,255}")
ALIAS = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]{0,62}")
LIMIT = 64 * 1024
MAX_PAGE = 25000
MUTABLE = frozenset({"labels", "annotations", "version_aliases"})
Secret = secretmanager_v1.Secret
SecretVersion = secretmanager_v1.SecretVersion
State = SecretVersion.State


class SecretManager:
    """Each method is the RPC of its name. IAM and everything else answers UNIMPLEMENTED."""

    def __init__(self, store: Store, clock: AdjustableClock, checksums: Checksums) -> None:
        self._store = store
        self._clock = clock
        self._checksums = checksums

    def CreateSecret(self, request: Any) -> Any:
        """A secret without versions; its replication must be said."""
        name = f"{request.parent}/secrets/{request.secret_id}"
        if not SECRET_ID.fullmatch(request.secret_id):
            raise invalid(f"Secret ID [{request.secret_id}] must match the expected format [[a-zA-Z_0-9]+]")
        if "automatic" not in request.secret.replication and "user_managed" not in request.secret.replication:
            raise invalid("Field [secret.replication] is required.")
        with self._store.lock:
            if self._store.get(name, Secret):
                raise already_exists(f"Secret [{name}] already exists.")
            secret = Secret(request.secret)
            secret.name, secret.create_time = name, self._clock.now()
            return self._store.put(secret)

    def GetSecret(self, request: Any) -> Any:
        """One secret, not its payload."""
        return self._secret(request.name)

    def ListSecrets(self, request: Any) -> Any:
        """The secrets of a project."""
        found = self._store.children(f"{request.parent}/secrets", Secret)
        secrets, token = page(found, request, MAX_PAGE)
        return secretmanager_v1.ListSecretsResponse(secrets=secrets, next_page_token=token, total_size=len(found))

    def UpdateSecret(self, request: Any) -> Any:
        """Labels, annotations and aliases; an alias must name a version that exists."""
        paths = set(request.update_mask.paths)
        if not paths or not paths <= MUTABLE:
            raise invalid(f"update_mask must name some of {', '.join(sorted(MUTABLE))}")
        with self._store.lock:
            secret = self._secret(request.secret.name)
            for alias, number in request.secret.version_aliases.items():
                if not ALIAS.fullmatch(alias) or alias == "latest":
                    raise invalid(f"[{alias}] is not a valid alias.")
                self._version(f"{secret.name}/versions/{number}")
            for path in paths:
                setattr(secret, path, getattr(request.secret, path))
            return self._store.put(secret)

    def DeleteSecret(self, request: Any) -> None:
        """With all its versions."""
        with self._store.lock:
            self._store.delete(self._secret(request.name).name)

    def AddSecretVersion(self, request: Any) -> Any:
        """The new version is `latest` at once."""
        if not 0 < len(request.payload.data) <= LIMIT:
            raise invalid("Secret payload must have 1 to 65536 bytes.")
        checked = verify(request.payload, "data")
        with self._store.lock:
            secret = self._secret(request.parent)
            number = len(self._versions(secret.name)) + 1
            version = SecretVersion(name=f"{secret.name}/versions/{number}", state=State.ENABLED)
            version.create_time, version.client_specified_payload_checksum = self._clock.now(), checked
            return self._store.put(version, request.payload.data)

    def GetSecretVersion(self, request: Any) -> Any:
        """One version, not its payload."""
        return self._version(request.name)

    def ListSecretVersions(self, request: Any) -> Any:
        """The versions of a secret, newest first."""
        found = self._versions(self._secret(request.parent).name)[::-1]
        versions, token = page(found, request, MAX_PAGE)
        return secretmanager_v1.ListSecretVersionsResponse(
            versions=versions, next_page_token=token, total_size=len(found)
        )

    def AccessSecretVersion(self, request: Any) -> Any:
        """The payload of an enabled version with its checksum."""
        with self._store.lock:
            version = self._version(request.name)
            if version.state != State.ENABLED:
                raise failed_precondition(f"Secret Version [{version.name}] is in {_state(version)} state.")
            data = self._store.material(version.name)
        checksum = self._checksums.answer("AccessSecretVersion", request.name, data)
        payload = {"data": data, "data_crc32c": checksum}
        return secretmanager_v1.AccessSecretVersionResponse(name=version.name, payload=payload)

    def EnableSecretVersion(self, request: Any) -> Any:
        """Can be accessed again."""
        return self._set_state(request.name, State.ENABLED)

    def DisableSecretVersion(self, request: Any) -> Any:
        """Cannot be accessed until it is enabled."""
        return self._set_state(request.name, State.DISABLED)

    def DestroySecretVersion(self, request: Any) -> Any:
        """The payload is gone for good."""
        return self._set_state(request.name, State.DESTROYED)

    def _secret(self, name: str) -> Any:
        secret = self._store.get(name, Secret)
        if not secret:
            raise not_found(f"Secret [{name}] not found or has no versions.")
        return secret

    def _versions(self, secret: str) -> list[Any]:
        return self._store.children(f"{secret}/versions", SecretVersion)

    def _version(self, name: str) -> Any:
        """A version by its number, its alias, or as `latest`."""
        secret_name, _, which = name.partition("/versions/")
        secret = self._secret(secret_name)
        if which == "latest":
            which = str(len(self._versions(secret_name)))
        elif which in secret.version_aliases:
            which = str(secret.version_aliases[which])
        version = self._store.get(f"{secret_name}/versions/{which}", SecretVersion)
        if not version:
            raise not_found(f"Secret Version [{name}] not found.")
        return version

    def _set_state(self, name: str, state: Any) -> Any:
        with self._store.lock:
            version = self._version(name)
            if version.state == State.DESTROYED:
                raise failed_precondition(f"Secret Version [{version.name}] is in {_state(version)} state.")
            version.state = state
            if state != State.DESTROYED:
                return self._store.put(version)
            version.destroy_time = self._clock.now()
            return self._store.put(version, b"")


def _state(version: Any) -> str:
    return str(State(version.state).name)
