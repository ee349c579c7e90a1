"""Where a browser goes after Google: a path of this site, or a page on a configured frontend. Nowhere else."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from shared.core.errors import InvalidRequest

MAX_LENGTH = 2000


def checked_return_to(text: str | None, frontends: Collection[str]) -> str:
    """The address, or `/` when none is given. Raises `InvalidRequest` for one that leads elsewhere."""
    if not text:
        return "/"
    if len(text) <= MAX_LENGTH and text.isascii() and text.isprintable() and not set(text) & set("\\ \t"):
        if text.startswith("/") and not text.startswith("//"):
            return text
        if _origin(text) in frontends:
            return text
    message = "returnTo must be a path of this site, or a page of a configured frontend."
    raise InvalidRequest("returnTo leads elsewhere", message=message, field="returnTo")


def is_foreign(return_to: str) -> bool:
    """Whether it is on another origin, which cannot see our cookie."""
    return not return_to.startswith("/")


def with_outcome(return_to: str, **parameters: str | None) -> str:
    """The address with parameters added; those of ours that it had are replaced."""
    parts = urlsplit(return_to)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in parameters]
    added = [(name, value) for name, value in parameters.items() if value is not None]
    return urlunsplit(parts._replace(query=urlencode([*kept, *added])))


def _origin(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        if parts.username is not None or parts.password is not None or parts.port == 0:
            return None
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}"
