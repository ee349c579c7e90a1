"""What a media can be found by: tags, words, and what it was made from, as one array that the database indexes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from shared.media.model import Media

MAX_WORDS = 150  #: of a prompt and a file's name; an index entry is written for each
_WORD = re.compile(r"[^\W_]{2,40}")


def facets_of(media: Media) -> tuple[str, ...]:
    """Every term of a media, each once."""
    found = words_of(f"{media.file_name} {media.prompt_used or ''}")[:MAX_WORDS]
    terms = [
        *map(tag_term, media.tags),
        *map(word_term, found),
        *(used_term(made.media_id) for made in media.made_from),
    ]
    return tuple(dict.fromkeys(terms))


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared: of two characters or more, without case."""
    return list(dict.fromkeys(_WORD.findall(unicodedata.normalize("NFKC", text).casefold())))


def terms_of(q: str | None, tag: str | None) -> list[str]:
    """The terms that must all be there."""
    return [*([tag_term(tag)] if tag else ()), *map(word_term, words_of(q or ""))]


def tag_term(tag: str) -> str:
    """A tag's term."""
    return f"t:{unicodedata.normalize('NFKC', tag).casefold().strip()}"


def word_term(word: str) -> str:
    """A word's term."""
    return f"w:{word}"


def used_term(media_id: str) -> str:
    """The term of what was made from this media."""
    return f"m:{media_id}"


def has_all(media: Media, terms: Sequence[str]) -> bool:
    """Whether every term is there."""
    return set(terms) <= set(media.facets)
