"""The rules of Cloud Storage's emulator, each with the test that fails without it: see `infra.local.strictness`."""

from __future__ import annotations

import re
from typing import Any

from infra.local.storage import api, buckets, objects, preconditions, uploads
from infra.local.storage.content import Content
from infra.local.strictness import Rule, constant, swap

OBJECTS, UPLOADS, BUCKETS = (f"storage/test_{name}.py" for name in ("objects", "uploads", "buckets"))


def _no_conditions(_: Any) -> None:
    swap(preconditions.Preconditions, "check", lambda *_given, **_how: None)


def _no_sums(_: Any) -> None:
    swap(Content, "verify", lambda *_given, **_how: None)


def _any_length(_: Any) -> None:
    begin = uploads.Uploads.begin
    swap(
        uploads.Uploads, "begin", lambda self, bucket, what, conditions, _: begin(self, bucket, what, conditions, None)
    )


RULES = (
    Rule("preconditions", "ifGenerationMatch and its kin hold", "A",
         f"{OBJECTS}::test_replacing_and_deleting_only_what_was_read", _no_conditions),
    Rule("create-once", "ifGenerationMatch=0 creates only what is not there", "A",
         f"{OBJECTS}::test_creating_only_what_is_not_there", _no_conditions),
    Rule("checksums", "A wrong checksum is refused", "A", f"{OBJECTS}::test_a_wrong_checksum_is_refused", _no_sums),
    Rule("lifecycle", "An object is deleted when its lifecycle says so", "B",
         f"{OBJECTS}::test_an_object_is_deleted_when_it_is_seven_days_old", constant(buckets, "DAY", 1e12)),
    Rule("object-names", "A name has at most 1,024 bytes", "B", f"{OBJECTS}::test_a_name_that_cannot_be_is_refused",
         lambda _: swap(objects, "check_name", lambda _name: None)),
    Rule("bucket-names", "A bucket has a name of its own form", "B",
         f"{BUCKETS}::test_a_bucket_that_exists_or_has_a_bad_name_is_refused",
         constant(buckets, "NAME", re.compile(r".*"))),
    Rule("chunks", "A chunk that is not the last is a multiple of 256 KiB", "B",
         f"{UPLOADS}::test_a_chunk_that_does_not_fit_is_refused", constant(uploads, "UNIT", 1)),
    Rule("session-week", "An upload's session lives a week", "B",
         f"{UPLOADS}::test_a_session_ends_after_a_week_or_when_it_is_cancelled", constant(uploads, "LIFETIME", 1e12)),
    Rule("conditions-last", "The preconditions of an upload's start hold at its end", "B",
         f"{UPLOADS}::test_the_preconditions_of_the_start_hold_at_the_end",
         lambda _: swap(uploads, "Preconditions", lambda **_how: preconditions.Preconditions())),
    Rule("last-sums", "A checksum of the last chunk is verified", "B",
         f"{UPLOADS}::test_a_checksum_of_the_last_chunk_is_verified", _no_sums),
    Rule("announced", "An announced length is kept", "B", f"{UPLOADS}::test_an_announced_length_is_kept", _any_length),
    Rule("no-range", "A session that has nothing says so without a Range", "B",
         f"{UPLOADS}::test_a_session_that_has_nothing_says_so_without_a_range",
         lambda _: swap(api, "_progress", lambda told: ("", 308, {"Range": f"bytes=0-{told.kept}"}))),
)  # fmt: skip
