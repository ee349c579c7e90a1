"""One look at one file, now: because its user asks."""

from __future__ import annotations

from datetime import timedelta

from shared.core.documents import Change, Reads, Replace, change
from shared.core.errors import NotFound, RateLimited
from shared.drive.model import DriveFile, FileRef, Unclear
from shared.media.accessibility import NOT_ASKED, Verdict, after, judge
from shared.media.library import Library, sight_by_key, sight_by_token
from shared.media.model import Media, media_key
from shared.media.service import own_media
from shared.media.watch import sooner, watch_key

PAUSE = timedelta(seconds=10)  #: between two looks at one file that its user asks for


def check_asset(library: Library, user_id: str, media_id: str) -> tuple[Media, Verdict]:
    """Look at the file: the record afterwards, and what was seen.

    Raises `NotFound`, `RateLimited` when the last look was just now.
    """
    media = own_media(library.documents, user_id, media_id)
    now = library.clock.now()
    asked = media.accessibility.asked_at
    if asked and now < asked + PAUSE:
        wait = round((asked + PAUSE - now).total_seconds()) or 1
        raise RateLimited("looked just now", message="We have looked at this file just now.", retryAfter=wait)
    verdict = look(library, media)
    key, watch = media_key(media_id), watch_key(user_id)

    def decide(reads: Reads) -> Change:
        found = reads[key].read(Media)
        if found.user_id != user_id:
            raise NotFound("media of another user")
        if found.drive_file_id != media.drive_file_id:
            return Change((), found)  # replaced meanwhile: what was seen is of the other file
        changed = after(found, verdict, now, asked=True)
        return Change([Replace(reads[key], changed), *sooner(reads, changed)], changed)

    changed: Media = change(library.documents, [key, watch], decide, command=library.ids.new())
    return changed, verdict


def look(library: Library, media: Media) -> Verdict:
    """What the witnesses say: the second one is asked when the first does not see the file."""
    ref = FileRef(media.drive_file_id, media.resource_key)
    if media.google_sub is None:
        by_key = sight_by_key(library, ref)
        by_token = NOT_ASKED if isinstance(by_key, DriveFile) else sight_by_token(library, media.user_id, ref)[0]
        return judge(media, by_token, by_key)
    by_token, google_sub = sight_by_token(library, media.user_id, ref)
    if by_token is None and google_sub != media.google_sub:
        by_token = Unclear("needs_reconnect")  # another Google account is connected: it cannot know
    by_key = NOT_ASKED if isinstance(by_token, DriveFile) else sight_by_key(library, ref)
    return judge(media, by_token, by_key)
