"""Cloud KMS: key rings, symmetric keys and their versions.

Rules from the docstrings of google-cloud-kms 3.18: a new version is not primary until UpdateCryptoKeyPrimaryVersion;
a destroyed version is DESTROY_SCHEDULED for 30 days and can be restored until then; rings and keys cannot be deleted.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from typing import Any

from google.cloud import kms_v1

from infra.local.clock import AdjustableClock
from infra.local.gapic.status import already_exists, failed_precondition, invalid, not_found, unimplemented
from infra.local.vault.store import Store, page

RESOURCE_ID = re.compile(r"[a-zA-Z0-9_-]{1,63}")
LOCATION = re.compile(r"projects/[^/]+/locations/[^/]+")
DESTRUCTION_DELAY = dt.timedelta(days=30)
KEY_BYTES = 32
MAX_PAGE = 1000
State = kms_v1.CryptoKeyVersion.CryptoKeyVersionState
Algorithm = kms_v1.CryptoKeyVersion.CryptoKeyVersionAlgorithm
Purpose = kms_v1.CryptoKey.CryptoKeyPurpose
SYMMETRIC = Algorithm.GOOGLE_SYMMETRIC_ENCRYPTION


class KeyRpcs:
    """Each method is the RPC of its name."""

    def __init__(self, store: Store, clock: AdjustableClock) -> None:
        self._store = store
        self._clock = clock

    def CreateKeyRing(self, request: Any) -> Any:
        """Refuses a ring that exists."""
        name = f"{request.parent}/keyRings/{request.key_ring_id}"
        _check(LOCATION.fullmatch(request.parent) and RESOURCE_ID.fullmatch(request.key_ring_id), "key_ring_id")
        with self._store.lock:
            if self._store.get(name, kms_v1.KeyRing):
                raise already_exists(f"KeyRing {name} already exists.")
            return self._store.put(kms_v1.KeyRing(name=name, create_time=self._clock.now()))

    def GetKeyRing(self, request: Any) -> Any:
        """One ring."""
        return self._found(request.name, kms_v1.KeyRing)

    def ListKeyRings(self, request: Any) -> Any:
        """The rings of a location."""
        found = self._store.children(f"{request.parent}/keyRings", kms_v1.KeyRing)
        rings, token = page(found, request, MAX_PAGE)
        return kms_v1.ListKeyRingsResponse(key_rings=rings, next_page_token=token, total_size=len(found))

    def CreateCryptoKey(self, request: Any) -> Any:
        """A key with its first version, which is the primary one. The ring must exist."""
        name, key = f"{request.parent}/cryptoKeys/{request.crypto_key_id}", request.crypto_key
        _check(RESOURCE_ID.fullmatch(request.crypto_key_id), "crypto_key_id")
        _check(key.purpose, "purpose")
        if key.purpose != Purpose.ENCRYPT_DECRYPT or key.version_template.algorithm not in (0, SYMMETRIC):
            raise unimplemented("only symmetric keys of purpose ENCRYPT_DECRYPT are emulated")
        with self._store.lock:
            self._found(request.parent, kms_v1.KeyRing)
            if self._store.get(name, kms_v1.CryptoKey):
                raise already_exists(f"CryptoKey {name} already exists.")
            made = kms_v1.CryptoKey(name=name, purpose=key.purpose, labels=key.labels, create_time=self._clock.now())
            made.version_template.algorithm = Algorithm(SYMMETRIC)
            made.version_template.protection_level = kms_v1.ProtectionLevel(kms_v1.ProtectionLevel.SOFTWARE)
            made.destroy_scheduled_duration = key.destroy_scheduled_duration or DESTRUCTION_DELAY
            if not request.skip_initial_version_creation:
                made.primary = self._new_version(name)
            self._store.put(made)
            return self._key(name)

    def GetCryptoKey(self, request: Any) -> Any:
        """One key with its primary version."""
        return self._key(request.name)

    def ListCryptoKeys(self, request: Any) -> Any:
        """The keys of a ring."""
        self._found(request.parent, kms_v1.KeyRing)
        found = self._store.children(f"{request.parent}/cryptoKeys", kms_v1.CryptoKey)
        keys, token = page([self._key(key.name) for key in found], request, MAX_PAGE)
        return kms_v1.ListCryptoKeysResponse(crypto_keys=keys, next_page_token=token, total_size=len(found))

    def CreateCryptoKeyVersion(self, request: Any) -> Any:
        """A new version; it is not primary."""
        with self._store.lock:
            self._key(request.parent)
            return self._new_version(request.parent)

    def GetCryptoKeyVersion(self, request: Any) -> Any:
        """One version."""
        return self._version(request.name)

    def ListCryptoKeyVersions(self, request: Any) -> Any:
        """The versions of a key, oldest first."""
        self._key(request.parent)
        found = self._store.children(f"{request.parent}/cryptoKeyVersions", kms_v1.CryptoKeyVersion)
        versions, token = page([self._version(version.name) for version in found], request, MAX_PAGE)
        return kms_v1.ListCryptoKeyVersionsResponse(
            crypto_key_versions=versions, next_page_token=token, total_size=len(found)
        )

    def UpdateCryptoKeyPrimaryVersion(self, request: Any) -> Any:
        """What encrypts from now on; it must be enabled."""
        with self._store.lock:
            key = self._key(request.name)
            version = self._version(f"{request.name}/cryptoKeyVersions/{request.crypto_key_version_id}")
            require(version, State.ENABLED)
            key.primary = version
            self._store.put(key)
            return self._key(key.name)

    def UpdateCryptoKeyVersion(self, request: Any) -> Any:
        """Enable or disable."""
        wanted = request.crypto_key_version
        if list(request.update_mask.paths) != ["state"] or wanted.state not in (State.ENABLED, State.DISABLED):
            raise invalid("only the state can be updated, to ENABLED or DISABLED")
        with self._store.lock:
            version = self._version(wanted.name)
            require(version, State.ENABLED, State.DISABLED)
            version.state = wanted.state
            return self._store.put(version)

    def DestroyCryptoKeyVersion(self, request: Any) -> Any:
        """Unusable at once, gone when the key's `destroy_scheduled_duration` (30 days) is over."""
        with self._store.lock:
            version = self._version(request.name)
            require(version, State.ENABLED, State.DISABLED)
            delay = self._key(key_of(version.name)).destroy_scheduled_duration
            version.state, version.destroy_time = State.DESTROY_SCHEDULED, self._clock.now() + delay
            return self._store.put(version)

    def RestoreCryptoKeyVersion(self, request: Any) -> Any:
        """A version that was to be destroyed is DISABLED again."""
        with self._store.lock:
            version = self._version(request.name)
            require(version, State.DESTROY_SCHEDULED)
            version.state, version.destroy_time = State.DISABLED, None
            return self._store.put(version)

    def _found(self, name: str, kind: Any) -> Any:
        message = self._store.get(name, kind)
        if not message:
            raise not_found(f"{kind.__name__} {name} not found.")
        return message

    def _key(self, name: str) -> Any:
        key = self._found(name, kms_v1.CryptoKey)
        if key.primary.name:
            key.primary = self._version(key.primary.name)
        return key

    def _version(self, name: str) -> Any:
        """A version as it is now: what was to be destroyed by now is."""
        version = self._found(name, kms_v1.CryptoKeyVersion)
        if version.state == State.DESTROY_SCHEDULED and version.destroy_time <= self._clock.now():
            version.state, version.destroy_event_time = State.DESTROYED, version.destroy_time
            self._store.put(version, b"")
        return version

    def _new_version(self, key: str) -> Any:
        count = len(self._store.children(f"{key}/cryptoKeyVersions", kms_v1.CryptoKeyVersion))
        version = kms_v1.CryptoKeyVersion(
            name=f"{key}/cryptoKeyVersions/{count + 1}",
            state=State.ENABLED,
            protection_level=kms_v1.ProtectionLevel.SOFTWARE,
            algorithm=SYMMETRIC,
            create_time=self._clock.now(),
            generate_time=self._clock.now(),
        )
        return self._store.put(version, os.urandom(KEY_BYTES))


def key_of(name: str) -> str:
    """The name of the key that a name of a key or a version belongs to."""
    return name.partition("/cryptoKeyVersions/")[0]


def _check(valid: Any, field: str) -> None:
    if not valid:
        raise invalid(f"The request's field {field} is missing or malformed.")


def require(version: Any, *states: Any) -> None:
    """Raises FAILED_PRECONDITION unless the version is in one of the states."""
    if version.state not in states:
        raise failed_precondition(f"{version.name} is not enabled, current state is: {State(version.state).name}.")
