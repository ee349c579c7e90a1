"""Pages of a list: newest first, by an opaque token that holds where the last page ended."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec

from shared.core.documents import Documents, Operator, Query
from shared.core.errors import InvalidRequest
from shared.core.ids import is_document_id

DEFAULT_SIZE = 20
MAX_SIZE = 100
SCAN = 500  #: documents that are read for one page of a search
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
T = TypeVar("T")


class PageQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The query of every list."""

    page_size: int = DEFAULT_SIZE
    page_token: str | None = None


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items, and the token of the next page; None is the only end."""

    items: Sequence[T]
    next_page_token: str | None


def page_of(
    documents: Documents,
    collection: str,
    kind: type[T],
    where: Mapping[str, Any],
    page: PageQuery,
    more: tuple[tuple[str, Operator, Any], ...] = (),
) -> Page[T]:
    """The documents with these values and other conditions, newest first. Raises `InvalidRequest`: malformed token."""
    size = min(max(page.page_size, 1), MAX_SIZE)
    query = Query(
        collection,
        where=(*((name, "==", value) for name, value in where.items()), *more),
        order=(("createdAt", True),),
        limit=size + 1,
        after=_decoded(page.page_token) if page.page_token is not None else None,
    )
    found = documents.find(query)
    token = None
    if len(found) > size:
        last = found[size - 1]
        token = _encoded((last.data or {})["createdAt"], last.key.id)
    return Page([snapshot.read(kind) for snapshot in found[:size]], token)


def filtered_page_of(
    documents: Documents,
    collection: str,
    kind: type[T],
    where: tuple[tuple[str, Operator, Any], ...],
    page: PageQuery,
    keep: Callable[[T], bool],
) -> Page[T]:
    """The same for a condition that no index has: at most `SCAN` documents are read, so a page may have few items.

    Raises `InvalidRequest` for a malformed token.
    """
    size = min(max(page.page_size, 1), MAX_SIZE)
    after = _decoded(page.page_token) if page.page_token is not None else None
    kept: list[T] = []
    for _ in range(SCAN // MAX_SIZE):
        found = documents.find(Query(collection, where, (("createdAt", True),), MAX_SIZE, after))
        for snapshot in found:
            after = ((snapshot.data or {})["createdAt"], snapshot.key.id)
            item = snapshot.read(kind)
            if keep(item):
                kept.append(item)
            if len(kept) == size:
                return Page(kept, _encoded(*after))
        if len(found) < MAX_SIZE:
            return Page(kept, None)
    return Page(kept, _encoded(*after) if after else None)


def _encoded(created_at: datetime, document_id: str) -> str:
    micros = (created_at - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(msgspec.json.encode([micros, document_id])).decode().rstrip("=")


def _decoded(token: str) -> tuple[datetime, str]:
    try:
        text = base64.b64decode(token.encode() + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        micros, document_id = msgspec.json.decode(text, type=tuple[int, str])
        created_at = _EPOCH + timedelta(microseconds=micros)
    except (ValueError, OverflowError, msgspec.MsgspecError) as error:
        raise _malformed() from error
    if not is_document_id(document_id):
        raise _malformed()
    return created_at, document_id


def _malformed() -> InvalidRequest:
    return InvalidRequest("malformed page token", message="That page token is not one of ours.", field="pageToken")
