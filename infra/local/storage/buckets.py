"""Buckets, and the lifecycle rule that deletes what is old."""

from __future__ import annotations

import re
from typing import Any

from infra.local.clock import AdjustableClock
from infra.local.storage.errors import Refusal, invalid, no_bucket, not_implemented
from infra.local.storage.store import Resource, Store

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
SETTINGS = ("location", "lifecycle", "labels", "storageClass", "iamConfiguration", "softDeletePolicy")
DAY = 86400.0


class Buckets:
    """Operations on buckets. They raise `Refusal`."""

    def __init__(self, store: Store, clock: AdjustableClock) -> None:
        self._store = store
        self._clock = clock

    def insert(self, body: Resource, project: str) -> Resource:
        """Make a bucket. 409 if there is one of the name, whoever owns it."""
        name = body.get("name")
        if not project:
            raise invalid("Required parameter: project", "required")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise invalid(f"Invalid bucket name: '{name}'")
        now = self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        base: Resource = {
            "kind": "storage#bucket",
            "id": name,
            "name": name,
            "location": "US",
            "storageClass": "STANDARD",
        }
        base |= {"timeCreated": now, "updated": now, "metageneration": "1", "etag": "CAE=", "projectNumber": "1"}
        with self._store.lock:
            if self._store.bucket(name):
                message = "Your previous request to create the named bucket succeeded and you already own it."
                raise Refusal(409, "conflict", message)
            self._store.put_bucket(base | _settings(body))
        return self.get(name)

    def get(self, name: str) -> Resource:
        """A bucket, after its lifecycle rules did what they had to."""
        bucket = self._store.bucket(name)
        if not bucket:
            raise no_bucket()
        self._apply_lifecycle(bucket)
        return bucket

    def all(self) -> list[Resource]:
        """All buckets: there is one project."""
        return self._store.buckets()

    def patch(self, name: str, body: Resource) -> Resource:
        """Change settings."""
        with self._store.lock:
            bucket = self.get(name)
            changed = bucket | _settings(body) | {"metageneration": str(int(bucket["metageneration"]) + 1)}
            self._store.put_bucket(changed)
        return changed

    def delete(self, name: str) -> None:
        """Delete a bucket. 409 unless it is empty."""
        with self._store.lock:
            self.get(name)
            if self._store.objects(name):
                raise Refusal(409, "conflict", "The bucket you tried to delete is not empty.")
            self._store.delete_bucket(name)

    def _apply_lifecycle(self, bucket: Resource) -> None:
        """Delete what is older than a rule says. The service may take a day longer; nobody can count on that."""
        for rule in bucket.get("lifecycle", {}).get("rule", []):
            moment = self._clock.time() - rule["condition"]["age"] * DAY
            for name in self._store.older_than(bucket["name"], moment):
                self._store.delete_object(bucket["name"], name)


def _settings(body: Resource) -> Resource:
    """What a caller may set. Raises 501 for settings and rules that would have no effect here."""
    if body.get("versioning", {}).get("enabled") or body.get("retentionPolicy"):
        raise not_implemented("Object versioning or retention")
    for rule in body.get("lifecycle", {}).get("rule", []):
        _check_rule(rule)
    return {name: body[name] for name in SETTINGS if name in body}


def _check_rule(rule: dict[str, Any]) -> None:
    if rule.get("action") != {"type": "Delete"} or set(rule.get("condition", {})) != {"age"}:
        raise not_implemented("A lifecycle rule other than deletion by age")
    if not isinstance(rule["condition"]["age"], int) or rule["condition"]["age"] < 0:
        raise invalid("A lifecycle rule's age must be a number of days.")
