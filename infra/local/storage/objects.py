"""Objects: bytes with a generation, and metadata with a metageneration."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import NamedTuple

from infra.local.clock import AdjustableClock
from infra.local.storage.buckets import Buckets
from infra.local.storage.content import Content
from infra.local.storage.errors import invalid, no_object
from infra.local.storage.preconditions import Preconditions
from infra.local.storage.store import Resource, Store

WRITABLE = ("contentType", "metadata", "cacheControl", "contentDisposition", "contentEncoding", "contentLanguage")
MAX_NAME_BYTES = 1024
MAX_PAGE = 1000


class Page(NamedTuple):
    """A part of a listing: objects, and prefixes up to the delimiter. An empty token: the last page."""

    items: list[Resource]
    prefixes: list[str]
    token: str


class Objects:
    """Operations on objects. They raise `Refusal`."""

    def __init__(self, store: Store, buckets: Buckets, clock: AdjustableClock) -> None:
        self._store = store
        self._buckets = buckets
        self._clock = clock
        self._last_generation = 0

    def check_insert(self, bucket: str, resource: Resource, conditions: Preconditions) -> None:
        """What is checked before any byte is taken."""
        self._buckets.get(bucket)
        check_name(resource.get("name"))
        found = self._store.object(bucket, resource["name"])
        conditions.check(found[0] if found else None)

    def insert(self, bucket: str, resource: Resource, content: Content, conditions: Preconditions) -> Resource:
        """Make an object, or its next generation. The content's file is its own from now on."""
        content.verify(resource)
        with self._store.lock:
            self.check_insert(bucket, resource, conditions)
            made = self._resource(bucket, resource, content)
            self._store.put_object(made, content.path, self._clock.time())
        return made

    def get(
        self, bucket: str, name: str, conditions: Preconditions, generation: str | None = None
    ) -> tuple[Resource, Path]:
        """The live object and its file; a generation must be the live one, as others are not kept."""
        self._buckets.get(bucket)
        found = self._store.object(bucket, name)
        if not found or generation not in (None, found[0]["generation"]):
            raise no_object(bucket, name)
        conditions.check(found[0], reading=True)
        return found

    def patch(self, bucket: str, name: str, body: Resource, conditions: Preconditions) -> Resource:
        """Change metadata; null deletes a field or an entry of `metadata`."""
        with self._store.lock:
            resource, _ = self.get(bucket, name, Preconditions())
            conditions.check(resource)
            for field in WRITABLE:
                if field == "metadata" and isinstance(body.get(field), dict):
                    merged = resource.get("metadata", {}) | body["metadata"]
                    resource[field] = {key: value for key, value in merged.items() if value is not None}
                elif field in body:
                    resource[field] = body[field]
            resource = {key: value for key, value in resource.items() if value is not None}
            resource |= {"metageneration": str(int(resource["metageneration"]) + 1), "updated": self._now()}
            self._store.change_object(resource | {"etag": _etag(resource)})
        return resource

    def delete(self, bucket: str, name: str, conditions: Preconditions, generation: str | None = None) -> None:
        """Delete the live object."""
        with self._store.lock:
            resource, _ = self.get(bucket, name, Preconditions(), generation)
            conditions.check(resource)
            self._store.delete_object(bucket, name)

    def page(self, bucket: str, prefix: str, delimiter: str, size: int, token: str) -> Page:
        """By name, from behind the token."""
        self._buckets.get(bucket)
        items: list[Resource] = []
        prefixes: list[str] = []
        last = token
        for resource in self._store.objects(bucket):
            entry = _rolled_up(resource["name"], prefix, delimiter)
            if not resource["name"].startswith(prefix) or entry <= token or entry in prefixes:
                continue
            if len(items) + len(prefixes) == size:
                return Page(items, prefixes, last)
            last = entry
            if entry == resource["name"]:
                items.append(resource)
            else:
                prefixes.append(entry)
        return Page(items, prefixes, "")

    def _now(self) -> str:
        return self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _resource(self, bucket: str, given: Resource, content: Content) -> Resource:
        self._last_generation = max(self._last_generation + 1, int(self._clock.time() * 1_000_000))
        now, generation = self._now(), str(self._last_generation)
        resource: Resource = {
            "kind": "storage#object",
            "id": f"{bucket}/{given['name']}/{generation}",
            "name": given["name"],
            "bucket": bucket,
            "generation": generation,
            "metageneration": "1",
            "contentType": "application/octet-stream",
            "storageClass": "STANDARD",
            "size": str(content.size),
            "md5Hash": content.md5,
            "crc32c": content.crc32c,
            "timeCreated": now,
            "updated": now,
            "timeStorageClassUpdated": now,
        }
        resource |= {name: given[name] for name in WRITABLE if given.get(name) is not None}
        return resource | {"etag": _etag(resource)}


def check_name(name: object) -> None:
    """Raises 400 for what cannot be an object's name."""
    if not isinstance(name, str) or not name:
        raise invalid("Required", "required")
    if len(name.encode()) > MAX_NAME_BYTES or name in (".", "..") or set(name) & set("\r\n"):
        raise invalid(f"Invalid object name: {name[:100]!r}")


def _rolled_up(name: str, prefix: str, delimiter: str) -> str:
    """The name, or what of it stands for all names up to the next delimiter."""
    end = name.find(delimiter, len(prefix)) if delimiter else -1
    return name if end < 0 else name[: end + len(delimiter)]


def _etag(resource: Resource) -> str:
    return base64.b64encode(f"{resource['generation']}/{resource['metageneration']}".encode()).decode()
