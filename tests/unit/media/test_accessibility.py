"""Whether a file can still be read: two witnesses, two looks, three answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.drive.model import DriveFile, Sight, Unclear
from shared.media.accessibility import (
    CONFIRM,
    LONGEST_DAYS,
    NOT_ASKED,
    Verdict,
    after,
    first_look,
    judge,
)
from shared.media.model import Accessibility, Media

START = datetime(2026, 1, 1, tzinfo=UTC)
SEEN = DriveFile(id="f", size=5, sha256="aa", public=True)
TRASHED = DriveFile(id="f", size=5, sha256="aa", public=True, trashed=True)
BLOCKED = DriveFile(id="f", size=5, sha256="aa", can_download=False)
DOWN = Unclear("unavailable")
DEAD = Unclear("needs_reconnect")


def media(*, owned: bool, **changes: Any) -> Media:
    """A record."""
    given: dict[str, Any] = {
        "id": "m", "user_id": "u", "tenant_id": "t", "project_id": "p", "entity_type": "character", "entity_id": "c",
        "media_type": "image", "file_name": "f", "mime_type": "image/png", "file_size_bytes": 5, "checksum": "aa",
        "drive_file_id": "f", "google_sub": "s" if owned else None, "created_at": START, "updated_at": START,
        "accessibility": Accessibility(checked_at=START) if owned else first_look(START),
    }  # fmt: skip
    return Media(**{**given, **changes})


@pytest.mark.parametrize(
    ("owned", "by_token", "by_key", "state", "reason"),
    [
        (True, SEEN, NOT_ASKED, "accessible", None),
        (True, TRASHED, NOT_ASKED, "lost", "trashed"),
        (True, None, None, "lost", "not_granted_or_gone"),
        (True, None, SEEN, "accessible", None),
        (True, None, TRASHED, "lost", "trashed"),
        (True, None, DOWN, "unknown", "unavailable"),
        (True, DOWN, None, "unknown", "unavailable"),
        (True, DEAD, None, "unknown", "needs_reconnect"),
        (True, DEAD, SEEN, "accessible", None),
        (True, DEAD, TRASHED, "lost", "trashed"),
        (False, NOT_ASKED, SEEN, "accessible", None),
        (False, NOT_ASKED, TRASHED, "lost", "trashed"),
        (False, NOT_ASKED, BLOCKED, "lost", "content_blocked"),
        (False, None, None, "lost", "not_granted_or_gone"),
        (False, DEAD, None, "lost", "not_granted_or_gone"),
        (False, SEEN, None, "lost", "private"),
        (False, NOT_ASKED, DOWN, "unknown", "unavailable"),
        (False, None, DOWN, "unknown", "unavailable"),
    ],
)
def test_what_two_witnesses_say_together(
    by_token: Sight, by_key: Sight, state: str, reason: str | None, *, owned: bool
) -> None:
    """The user's own by the token first, a linked one by the key first."""
    verdict = judge(media(owned=owned), by_token, by_key)
    assert (verdict.state, verdict.reason) == (state, reason)


def test_a_restricted_file_needs_no_second_witness() -> None:
    """The key never saw it."""
    restricted = media(owned=True, sharing="restricted")
    assert judge(restricted, None, DOWN).state == "lost"
    assert judge(restricted, DEAD, None).state == "unknown"


FINE, GONE, UNTOLD = Verdict(state="accessible"), Verdict(state="lost", reason="r"), Verdict(state="unknown")
looks = st.lists(st.tuples(st.sampled_from([FINE, GONE, UNTOLD]), st.integers(0, 20 * 60)), max_size=30)


@given(looks, st.booleans(), st.booleans())
def test_a_file_is_lost_only_after_two_misses_far_apart_and_found_at_once(
    history: list[tuple[Verdict, int]], owned: bool, asked: bool
) -> None:
    """Whatever else happens between; what nobody can say changes nothing."""
    record, now = media(owned=owned), START
    first_miss: datetime | None = None
    for verdict, minutes in history:
        now += timedelta(minutes=minutes)
        before, record = record, after(record, verdict, now, asked=asked)
        if verdict.state == "accessible":
            assert record.is_accessible
            assert record.accessibility.state == "accessible"
            first_miss = None
        elif verdict.state == "lost":
            first_miss = first_miss or now
            assert record.is_accessible == (before.is_accessible and now < first_miss + CONFIRM)
        else:
            assert record.is_accessible == before.is_accessible
        assert record.is_accessible == (record.accessibility.state != "lost")
        if not record.is_accessible or not owned or record.accessibility.state == "unknown":
            assert record.accessibility.next_check_at is not None


@given(st.integers(1, 12))
def test_a_stable_linked_file_is_looked_at_less_and_less_often(times: int) -> None:
    """From a day to 30; a doubt or the user's own look begins anew."""
    record, gaps = media(owned=False), []
    for _ in range(times):
        due = record.accessibility.next_check_at
        assert due
        record = after(record, FINE, due)
        following = record.accessibility.next_check_at
        assert following
        gaps.append(following - due)
    assert gaps == sorted(gaps)
    assert gaps[-1] <= timedelta(days=LONGEST_DAYS)
    for again in (after(record, FINE, START, asked=True), after(after(record, GONE, START), FINE, START)):
        assert again.accessibility.interval_days == 1


def test_nothing_is_written_of_an_own_file_that_is_as_it_was() -> None:
    """Its feed tells when something happens."""
    record = media(owned=True)
    assert after(record, judge(record, SEEN, NOT_ASKED), START + timedelta(days=9)) is record
    restricted = after(record, judge(record, DriveFile(id="f", size=5, public=False), NOT_ASKED), START)
    assert restricted.sharing == "restricted"
    other = after(record, judge(record, DriveFile(id="f", size=6, sha256="bb", public=True), NOT_ASKED), START)
    assert (other.file_size_bytes, other.checksum, other.version) == (6, "bb", 2)
