"""A file that is in Drive already, as a media: linked to an entity, or in the place of another file."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from shared.core.documents import Change, Create, Key, Operator, Query, Reads, Replace, Write, change, write
from shared.core.errors import AssetWrongType, Conflict, NotFound
from shared.core.idempotency import earlier_result, payload_hash, record_key, remember
from shared.core.ids import digest
from shared.media.accessibility import first_look
from shared.media.facets import facets_of
from shared.media.library import Facts, Found, Library, facts_of, find_file, link_of
from shared.media.model import Accessibility, EntityType, FormerFile, Media, Preview, entity_of, media_key, preview_key
from shared.media.service import own_media
from shared.media.watch import watch_key, watched
from shared.stories.model import InProject
from shared.stories.service import LIVE_STEPS

MediaType = Literal["image", "video"]
MAX_HISTORY = 100


def link_asset(
    library: Library,
    user_id: str,
    entity: tuple[EntityType, str],
    drive_url: str,
    media_type: MediaType,
    *,
    idempotency_key: str | None = None,
) -> tuple[Media, bool]:
    """Link a file to an entity's gallery: the media, and whether it is new; the same file twice is the same media.

    Raises `InvalidDriveUrl`, `NotFound` for an entity that is not the user's, `AssetNotAccessible`, `AssetWrongType`,
    `DriveUnavailable`, `IdempotencyKeyReused`.
    """
    owner = own_entity(library, user_id, entity)
    ref = link_of(drive_url)
    memory = Memory.of(user_id, idempotency_key, "link", entity, drive_url, media_type)
    if earlier := memory.earlier(library):
        return own_media(library.documents, user_id, earlier), False
    found = find_file(library, user_id, ref)
    if there := _in_gallery(library, user_id, entity, found.file.id):
        if there.media_type != media_type:
            raise AssetWrongType(expected=media_type, found=there.media_type)
        return there, False
    facts = facts_of(library, user_id, found, media_type)
    media = linked(library, user_id, entity, owner.project_id, found, facts, media_type, drive_url)
    return add(library, media, facts.preview, memory)


def replace_asset(library: Library, user_id: str, media_id: str, drive_url: str) -> Media:
    """Another file in the place of a media's. The media stays what it is: id, lineage, primary flag, tags.

    Raises `NotFound`, `Conflict` while it is being made, and what linking raises.
    """
    media = _replaceable(library, user_id, media_id)
    ref = link_of(drive_url)
    found = find_file(library, user_id, ref)
    facts = facts_of(library, user_id, found, media.media_type)
    keys = [media_key(media_id), preview_key(media_id), watch_key(user_id)]

    def decide(reads: Reads) -> Change:
        now = library.clock.now()
        before = reads[keys[0]].read(Media)
        if before.drive_file_id == found.file.id:
            return Change((), before)
        after = _replaced(before, found, facts, drive_url, now)
        preview = Preview(user_id=user_id, webp=facts.preview)
        writes = [Replace(reads[keys[0]], after), write(reads[keys[1]], preview)]
        return Change([*writes, *watched(reads, user_id, media.tenant_id, now)], after)

    replaced: Media = change(library.documents, keys, decide, command=library.ids.new())
    library.logger.info("asset.replaced", mediaId=media_id, driveFileId=found.file.id)
    return replaced


class Memory(msgspec.Struct, frozen=True):
    """What an Idempotency-Key remembers: the media that the same request made."""

    key: Key | None
    request_hash: str

    @classmethod
    def of(cls, user_id: str, idempotency_key: str | None, *request: object) -> Memory:
        """Of a request."""
        return cls(record_key(user_id, idempotency_key) if idempotency_key else None, payload_hash(*request))

    def earlier(self, library: Library) -> str | None:
        """The id of the media that it made before. Raises `IdempotencyKeyReused`."""
        if self.key is None:
            return None
        reads = Reads({self.key: library.documents.get([self.key])[0]})
        return earlier_result(reads, self.key, self.request_hash, library.clock.now())

    def writes(self, reads: Reads, media_id: str, now: datetime) -> list[Write]:
        """What keeps it."""
        return [remember(reads, self.key, self.request_hash, media_id, now)] if self.key else []


def own_entity(library: Library, user_id: str, entity: tuple[EntityType, str]) -> InProject:
    """The user's entity. Raises `NotFound` for anybody else's."""
    key, kind = entity_of(*entity)
    found = library.documents.get([key])[0].read(kind)
    if found.user_id != user_id:
        raise NotFound("an entity of another user")
    return found


def linked(
    library: Library,
    user_id: str,
    entity: tuple[EntityType, str],
    project_id: str,
    found: Found,
    facts: Facts,
    media_type: MediaType,
    drive_url: str | None,
) -> Media:
    """A record for a file; its id is the same for the same file in the same gallery."""
    now = library.clock.now()
    return Media(
        id=digest("asset", user_id, *entity, found.file.id),
        user_id=user_id,
        tenant_id=library.tenant_id,
        project_id=project_id,
        entity_type=entity[0],
        entity_id=entity[1],
        media_type=media_type,
        source_type="linked" if drive_url else "uploaded",
        original_drive_url=drive_url,
        linked_at=now if drive_url else None,
        created_at=now,
        updated_at=now,
        **_of_file(found, facts, now),
    )


def add(library: Library, media: Media, preview: bytes, memory: Memory) -> tuple[Media, bool]:
    """Write a new record with its preview; the first of its type becomes the entity's primary one.

    A record that is there already is the answer. Raises `NotFound` when the entity is gone meanwhile.
    """
    entity, kind = entity_of(media.entity_type, media.entity_id)
    keys = [media_key(media.id), preview_key(media.id), entity, watch_key(media.user_id)]
    keys += [memory.key] if memory.key else []
    now = library.clock.now()

    def decide(reads: Reads) -> Change:
        there = reads[keys[0]].read_or_none(Media)
        if there and there.drive_file_id == media.drive_file_id:
            return Change(memory.writes(reads, there.id, now), (there, False))
        if there:  # it was linked once, and replaced: this is another media
            return Change((), (msgspec.structs.replace(media, id=library.ids.new()), None))
        owner = reads[entity].read(kind)
        if getattr(owner.primary, media.media_type) is None:
            primary = msgspec.structs.replace(owner.primary, **{media.media_type: media.id})
            owner = msgspec.structs.replace(owner, primary=primary)
        made = msgspec.structs.replace(media, facets=facets_of(media))
        writes: list[Write] = [
            Create(keys[0], made),
            write(reads[keys[1]], Preview(user_id=media.user_id, webp=preview)),
            Replace(reads[entity], owner),  # also unchanged: it cannot be deleted meanwhile
            *watched(reads, media.user_id, media.tenant_id, now),
            *memory.writes(reads, media.id, now),
        ]
        return Change(writes, (made, True))

    made, new = change(library.documents, keys, decide, command=library.ids.new())
    if new is None:
        return add(library, made, preview, memory)
    library.logger.info("asset.added", mediaId=made.id, sourceType=made.source_type, new=new)
    return made, new


def _of_file(found: Found, facts: Facts, now: datetime) -> dict[str, Any]:
    """The columns of a record that are of its file."""
    owned = found.google_sub is not None
    return {
        "file_name": found.file.name,
        "mime_type": facts.mime_type,
        "file_size_bytes": facts.size,
        "width": facts.width,
        "height": facts.height,
        "duration_seconds": facts.duration_seconds,
        "drive_file_id": found.file.id,
        "google_sub": found.google_sub,
        "resource_key": found.ref.resource_key,
        "checksum": facts.checksum,
        "drive_web_view_link": found.file.web_view_link,
        "sharing": "public" if found.public else "restricted",
        "is_accessible": True,
        "accessibility": Accessibility(checked_at=now) if owned else first_look(now),
        "last_checked_at": now,
    }


def _in_gallery(library: Library, user_id: str, entity: tuple[EntityType, str], file_id: str) -> Media | None:
    query = Query("generated_media", where=(("userId", "==", user_id), ("driveFileId", "==", file_id)))
    found = [snapshot.read(Media) for snapshot in library.documents.find(query)]
    return next((media for media in found if (media.entity_type, media.entity_id) == entity), None)


def _replaceable(library: Library, user_id: str, media_id: str) -> Media:
    try:
        return own_media(library.documents, user_id, media_id)
    except NotFound:
        where: tuple[tuple[str, Operator, Any], ...] = (
            ("userId", "==", user_id),
            ("mediaId", "==", media_id),
            ("step", "in", list(LIVE_STEPS)),
        )
        if library.documents.find(Query("generation_jobs", where=where, limit=1)):
            message = "This is still being made. Replace it when it is done."
            raise Conflict("not delivered yet", message=message) from None
        raise


def _replaced(before: Media, found: Found, facts: Facts, drive_url: str, now: datetime) -> Media:
    former = FormerFile(
        drive_file_id=before.drive_file_id,
        resource_key=before.resource_key,
        google_sub=before.google_sub,
        source_type=before.source_type,
        file_name=before.file_name,
        until=now,
    )
    after = msgspec.structs.replace(
        before,
        **_of_file(found, facts, now),
        source_type="replaced",
        original_drive_url=drive_url,
        linked_at=now,
        history=(*before.history, former)[-MAX_HISTORY:],
        version=before.version + 1,
        updated_at=now,
    )
    return msgspec.structs.replace(after, facets=facets_of(after))
