"""A file's bytes, by whichever way is open: the user's token, or the API key for what anyone with the link may read.

A file that the app made or the user picked is read with the token; a public one that was only linked, with the key.
When the first way is closed the other is tried, so that a public file outlives its owner's connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

from shared.core.errors import AppError, DriveNotConnected, DriveReconnectRequired
from shared.drive.model import Access, Source
from shared.drive.ports import Download, DriveAccess, DriveFiles, DriveRefusal, TokenRejected

T = TypeVar("T")
CLOSED = (DriveRefusal, DriveNotConnected, DriveReconnectRequired)


def as_user(drives: DriveAccess, user_id: str, act: Callable[[Access], T]) -> T:
    """Do it with the user's token, once more with a new one when Drive refuses it. Raises what both may."""
    access = drives.access(user_id)
    try:
        return act(access)
    except TokenRejected:
        return act(drives.renew(access))


@contextmanager
def opened(
    drives: DriveAccess, drive: DriveFiles, source: Source, first: int = 0, last: int | None = None
) -> Iterator[Download]:
    """Bytes `first` to `last`, inclusive. Raises what `DriveFiles.download` does, or the connection's errors."""
    with ExitStack() as stack:

        def by(access: Access | None) -> Download:
            file = source.file
            return stack.enter_context(
                drive.download(access, file.file_id, first, last, resource_key=file.resource_key)
            )

        yield _first_open(
            *([lambda: as_user(drives, source.user_id, by)] if source.owned else ()),
            *([lambda: by(None)] if source.public else ()),
        )


def _first_open(*ways: Callable[[], Download]) -> Download:
    """By the first way that is not closed. Raises the first one's error when all are."""
    closed: list[AppError] = []
    for way in ways:
        try:
            return way()
        except CLOSED as error:
            closed.append(error)
    raise closed[0]
