"""What a user can do with media: look, choose the primary one, delete. Everything is bounded by owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from shared.core.documents import Change, Delete, Documents, Reads, Write, change, write
from shared.core.errors import NotFound
from shared.core.ids import Ids
from shared.core.paging import Page, PageQuery, page_of
from shared.media.model import Media, entity_of, media_key, preview_key
from shared.stories.model import InProject


def own_media(documents: Documents, user_id: str, media_id: str) -> Media:
    """The user's media. Raises `NotFound` for anybody else's."""
    media = documents.get([media_key(media_id)])[0].read(Media)
    if media.user_id != user_id:
        raise NotFound("media of another user")
    return media


def list_media(documents: Documents, user_id: str, filters: Mapping[str, Any], page: PageQuery) -> Page[Media]:
    """The user's media, newest first, that have these values."""
    return page_of(documents, "generated_media", Media, {"userId": user_id, **filters}, page)


def is_primary(documents: Documents, media: Media) -> bool:
    """Whether the entity points to it."""
    key, kind = entity_of(media.entity_type, media.entity_id)
    entity = documents.get([key])[0].read_or_none(kind)
    return entity is not None and media.id in (entity.primary.image, entity.primary.video)


def set_primary(documents: Documents, ids: Ids, user_id: str, media_id: str, *, primary: bool) -> Media:
    """Point the entity to this media, or no longer to it. Raises `NotFound`."""
    media = own_media(documents, user_id, media_id)
    key, kind = entity_of(media.entity_type, media.entity_id)

    def decide(reads: Reads) -> Change:
        entity = reads[key].read(kind)
        wanted = _pointed(entity, media, primary=primary)
        return Change((write(reads[key], wanted),)) if wanted != entity else Change()

    change(documents, [key], decide, command=ids.new())
    return media


def delete_media(
    documents: Documents, ids: Ids, user_id: str, media_id: str, *, trash: Callable[[Media], None] | None
) -> None:
    """Remove the record, its preview and the pointer to it; with `trash` the Drive file goes to the trash first.

    If Drive does not answer, nothing is removed. Raises `NotFound` and what `trash` raises.
    """
    media = own_media(documents, user_id, media_id)
    if trash:
        trash(media)
    entity_key_, kind = entity_of(media.entity_type, media.entity_id)
    keys = [media_key(media_id), preview_key(media_id), entity_key_]

    def decide(reads: Reads) -> Change:
        writes: list[Write] = [Delete(reads[key]) for key in keys[:2] if reads[key].exists]
        entity = reads[entity_key_].read_or_none(kind)
        wanted = _pointed(entity, media, primary=False) if entity else None
        if wanted is not None and wanted != entity:
            writes.append(write(reads[entity_key_], wanted))
        return Change(writes)

    change(documents, keys, decide, command=ids.new())


def _pointed(entity: InProject, media: Media, *, primary: bool) -> InProject:
    current = getattr(entity.primary, media.media_type)
    target = media.id if primary else (None if current == media.id else current)
    return msgspec.structs.replace(
        entity, primary=msgspec.structs.replace(entity.primary, **{media.media_type: target})
    )
