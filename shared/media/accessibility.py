"""Whether a file can still be read, as pure rules: two witnesses, two looks, three answers.

The witnesses are the user's token, which sees what the app made or the user picked, and the API key, which sees what
anyone with the link may read. Only definite answers count. A file that is missed is in doubt until a second look, hours
later, finds it missing too; only then is it lost. What nobody can say (an outage, a connection that is down) is unknown
and changes neither. One look is enough to find a file again.

reasons: trashed, private, not_granted_or_gone, content_blocked; of what is unknown: needs_reconnect, unavailable.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from shared.drive.model import DriveFile, Sight, Unclear
from shared.media.model import Accessibility, Media

CONFIRM = timedelta(hours=4)  #: how long a doubt lasts before the second look
RETRY = timedelta(hours=3)  #: after a look that could not tell; twice as long each time, up to a day
FIRST_DAYS, LONGEST_DAYS, GROWTH = 1, 30, 3  #: between two looks at a file that does not change
EARLY = timedelta(hours=2)  #: looks are made once a day, and not to the minute


NOT_ASKED = Unclear("not_asked")


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What both witnesses say together; `file` is what was seen, `public` whether the link works for anyone."""

    state: Literal["accessible", "lost", "unknown"]
    reason: str | None = None
    file: DriveFile | None = None
    public: bool | None = None


def judge(media: Media, by_token: Sight, by_key: Sight) -> Verdict:
    """What is known now. A file that is the user's to read is judged by the token first, another one by the key."""
    if isinstance(by_key, DriveFile):
        return _of_seen(by_key, public=True)
    if isinstance(by_token, DriveFile):
        if media.google_sub is None and by_key is None:
            return Verdict(state="lost", reason="private")  # it was linked as public, and is not any more
        return _of_seen(by_token, public=by_token.public)
    if media.google_sub is None:
        return _missed() if by_key is None else _unknown(by_key)
    if isinstance(by_token, Unclear):
        return _unknown(by_token)
    return _missed() if by_key is None or media.sharing == "restricted" else _unknown(by_key)


def after(media: Media, verdict: Verdict, now: datetime, *, asked: bool = False) -> Media:
    """The record after a look; the same value when there is nothing to write. `asked`: by the user."""
    match verdict.state:
        case "accessible":
            changed = _found(media, verdict, now, asked=asked)
        case "lost":
            changed = _missing(media, verdict, now)
        case _:
            changed = _untold(media, verdict, now)
    if asked:
        known = msgspec.structs.replace(changed.accessibility, checked_at=now, asked_at=now)
        changed = msgspec.structs.replace(changed, accessibility=known, last_checked_at=now)
    return changed


def first_look(now: datetime) -> Accessibility:
    """Of a file that has just been linked by its address: nothing but looking tells when it goes."""
    return Accessibility(checked_at=now, next_check_at=now + timedelta(days=FIRST_DAYS) - EARLY)


def used(media: Media, now: datetime) -> Media:
    """A linked file that is used as a reference: the next look is within a day, and the time grows anew."""
    soon = first_look(now).next_check_at
    known = media.accessibility
    if known.next_check_at is None or soon is None or known.next_check_at <= soon:
        return media
    again = msgspec.structs.replace(known, interval_days=FIRST_DAYS, next_check_at=soon)
    return msgspec.structs.replace(media, accessibility=again)


def _of_seen(file: DriveFile, *, public: bool | None) -> Verdict:
    if file.trashed:
        return Verdict(state="lost", reason="trashed", file=file)
    if not file.can_download:
        return Verdict(state="lost", reason="content_blocked", file=file)
    return Verdict(state="accessible", file=file, public=public)


def _missed() -> Verdict:
    return Verdict(state="lost", reason="not_granted_or_gone")


def _unknown(sight: Sight) -> Verdict:
    reason = "needs_reconnect" if isinstance(sight, Unclear) and sight.reason == "needs_reconnect" else "unavailable"
    return Verdict(state="unknown", reason=reason)


def _found(media: Media, verdict: Verdict, now: datetime, *, asked: bool) -> Media:
    """Readable. A linked file is looked at again after a time that grows while nothing happens to it."""
    known = media.accessibility
    doubted = known.state != "accessible" or asked
    days = FIRST_DAYS if doubted else min(LONGEST_DAYS, known.interval_days * GROWTH)
    linked = media.google_sub is None
    next_at = now + timedelta(days=days) - EARLY if linked else None
    fresh = Accessibility(interval_days=days if linked else FIRST_DAYS, next_check_at=next_at, checked_at=now)
    changes: dict[str, object] = _as_seen(media, verdict)
    if linked or doubted or changes:
        changes |= {"is_accessible": True, "accessibility": fresh, "last_checked_at": now}
    return msgspec.structs.replace(media, **changes) if changes else media


def _as_seen(media: Media, verdict: Verdict) -> dict[str, object]:
    """Sharing and content, where they differ from the record: the user may change both in Drive."""
    changes: dict[str, object] = {}
    sharing = media.sharing if verdict.public is None else "public" if verdict.public else "restricted"
    if sharing != media.sharing:
        changes["sharing"] = sharing
    file = verdict.file
    if file and file.size is not None and _has_changed(media, file):
        changes |= {"file_size_bytes": file.size, "checksum": file.sha256, "version": media.version + 1}
        changes |= {"width": file.width or media.width, "height": file.height or media.height}
    return changes


def _has_changed(media: Media, file: DriveFile) -> bool:
    """Whether other bytes are in the file; a checksum that one side does not know says nothing."""
    if file.size != media.file_size_bytes:
        return True
    return None not in (file.sha256, media.checksum) and file.sha256 != media.checksum


def _missing(media: Media, verdict: Verdict, now: datetime) -> Media:
    """In doubt after the first look, lost after a second one that comes late enough."""
    known = media.accessibility
    if not media.is_accessible:
        return _still_lost(media, verdict, now)
    since = known.missed_at
    if since is None:
        doubt = Accessibility(
            state="unknown",
            reason=verdict.reason,
            misses=1,
            missed_at=now,
            checked_at=now,
            next_check_at=now + CONFIRM,
        )
        return msgspec.structs.replace(media, accessibility=doubt, last_checked_at=now)
    if now < since + CONFIRM:
        return media
    lost = Accessibility(
        state="lost",
        reason=verdict.reason,
        misses=2,
        missed_at=since,
        checked_at=now,
        next_check_at=now + timedelta(days=FIRST_DAYS) - EARLY,
    )
    return msgspec.structs.replace(media, is_accessible=False, accessibility=lost, last_checked_at=now)


def _still_lost(media: Media, verdict: Verdict, now: datetime) -> Media:
    known = media.accessibility
    if known.next_check_at and known.next_check_at > now and known.reason == verdict.reason:
        return media
    days = min(LONGEST_DAYS, known.interval_days * GROWTH)
    next_at = now + timedelta(days=days) - EARLY
    again = msgspec.structs.replace(
        known, reason=verdict.reason, checked_at=now, interval_days=days, next_check_at=next_at
    )
    return msgspec.structs.replace(media, accessibility=again, last_checked_at=now)


def _untold(media: Media, verdict: Verdict, now: datetime) -> Media:
    """Nobody can say: the record stays as it is, but for when it is looked at again."""
    known = media.accessibility
    if known.next_check_at is None or known.next_check_at > now:
        return media
    state, reason = known.state, known.reason
    if media.is_accessible and known.missed_at is None:
        state, reason = "unknown", verdict.reason
    pause = min(RETRY * 2**known.unclear, timedelta(days=FIRST_DAYS) - EARLY)
    later = msgspec.structs.replace(
        known, state=state, reason=reason, unclear=min(known.unclear + 1, 10), next_check_at=now + pause
    )
    return msgspec.structs.replace(media, accessibility=later)
