"""What a user can do with media: look, choose the primary one, delete. Everything is bounded by owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from shared.core.clock import Clock
from shared.core.documents import Change, Delete, Documents, Operator, Query, Reads, Write, change, write
from shared.core.errors import NotFound
from shared.core.ids import Ids
from shared.core.paging import Page, PageQuery, filtered_page_of, page_of
from shared.media.facets import facets_of, has_all, used_term
from shared.media.model import Media, entity_of, media_key, preview_key
from shared.stories.model import InProject

MAX_TERMS = 5  #: of a search, that are counted to find the rarest
COUNT = 1000  #: a more frequent term is counted as this frequent
LINEAGE = 100
Filter = tuple[str, Operator, Any]


def own_media(documents: Documents, user_id: str, media_id: str) -> Media:
    """The user's media. Raises `NotFound` for anybody else's."""
    media = documents.get([media_key(media_id)])[0].read(Media)
    if media.user_id != user_id:
        raise NotFound("media of another user")
    return media


def list_media(documents: Documents, user_id: str, filters: Mapping[str, Any], page: PageQuery) -> Page[Media]:
    """The user's media, newest first, that have these values."""
    return page_of(documents, "generated_media", Media, {"userId": user_id, **filters}, page)


def search_media(
    documents: Documents, user_id: str, filters: Mapping[str, Any], terms: Sequence[str], page: PageQuery
) -> Page[Media]:
    """The user's media that have all these terms: the rarest by the index, the others among what it finds."""
    own: tuple[Filter, ...] = (("userId", "==", user_id),)
    counts = {
        term: documents.count(Query("generated_media", (*own, ("facets", "array_contains", term)), limit=COUNT))
        for term in terms[:MAX_TERMS]
    }
    rarest = min(counts, key=lambda term: counts[term])

    def keep(media: Media) -> bool:
        plain = msgspec.to_builtins(media)
        return has_all(media, terms) and all(plain.get(name) == value for name, value in filters.items())

    where: tuple[Filter, ...] = (*own, ("facets", "array_contains", rarest))
    return filtered_page_of(documents, "generated_media", Media, where, page, keep)


def used_in(documents: Documents, user_id: str, media_id: str) -> list[Media]:
    """What was made from this media, newest first, at most `LINEAGE`."""
    where: tuple[Filter, ...] = (("userId", "==", user_id), ("facets", "array_contains", used_term(media_id)))
    query = Query("generated_media", where, (("createdAt", True),), LINEAGE)
    return [found.read(Media) for found in documents.find(query)]


def change_media(
    documents: Documents, ids: Ids, clock: Clock, user_id: str, media_id: str, changes: Mapping[str, Any]
) -> Media:
    """Favourite and tags. Raises `NotFound`."""
    key = media_key(media_id)

    def decide(reads: Reads) -> Change:
        media = reads[key].read(Media)
        if media.user_id != user_id:
            raise NotFound("media of another user")
        after = msgspec.structs.replace(media, **changes, updated_at=clock.now())
        after = msgspec.structs.replace(after, facets=facets_of(after))
        return Change((write(reads[key], after),), after)

    changed: Media = change(documents, [key], decide, command=ids.new())
    return changed


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
