"""The switches of Google's emulator, each with the test that fails when it does nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.local.google.errors import REFUSALS
from infra.local.strictness import Rule

TESTS = "google/test_switches.py"


def _dead(*names: str) -> Callable[[Any], None]:
    """A switch that does nothing."""

    def loosen(emulator: Any) -> None:
        take = emulator.faults.take
        emulator.faults.take = lambda name, **facts: None if name in names else take(name, **facts)

    return loosen


def _switch(name: str, says: str, confidence: str, test: str) -> Rule:
    return Rule(name, says, confidence, f"{TESTS}::{test}", _dead(name))


SWITCHES = (
    _switch("access_denied", "The user presses Cancel", "B", "test_access_denied"),
    _switch("invalid_grant", "A refresh token that is dead", "C",
            "test_a_dead_grant[invalid_grant-invalid_grant-None]"),
    _switch("invalid_rapt", "Workspace session control, told by a subtype", "A",
            "test_a_dead_grant[invalid_rapt-invalid_grant-invalid_rapt]"),
    _switch("admin_policy_enforced", "An administrator has blocked the app", "B",
            "test_a_dead_grant[admin_policy_enforced-admin_policy_enforced-None]"),
    _switch("token_html", "The token endpoint answers a page", "A", "test_token_html"),
    _switch("other_issuer_form", "`iss` without https", "B",
            "test_an_id_token_that_is_odd[other_issuer_form-iss-https://accounts.google.com]"),
    _switch("wrong_nonce", "An ID token of another sign-in", "B",
            "test_an_id_token_that_is_odd[wrong_nonce-nonce-the nonce]"),
    _switch("wrong_audience", "An ID token for another client", "B",
            "test_an_id_token_that_is_odd[wrong_audience-aud-client.apps.googleusercontent.com]"),
    _switch("unverified_email", "An address that is not verified", "B",
            "test_an_id_token_that_is_odd[unverified_email-email_verified-True]"),
    *(_switch(name, f"{status} {message.replace('|', '/')}", "B", f"test_a_documented_refusal[{name}]")
      for name, (status, _, message) in sorted(REFUSALS.items()) if name != "childNotGranted"),
    _switch("html_403", "403 with a page instead of JSON", "D", "test_html_403"),
    _switch("drop", "The call is done, and its answer is lost", "E", "test_drop"),
    _switch("upload_5xx_before", "A chunk is refused and not kept", "B",
            "test_a_chunk_in_trouble[upload_5xx_before-503-None]"),
    _switch("upload_5xx_after", "A chunk is kept, and refused", "B",
            "test_a_chunk_in_trouble[upload_5xx_after-503-262144]"),
    _switch("upload_drop", "A chunk is kept, and the answer is lost", "B",
            "test_a_chunk_in_trouble[upload_drop-None-262144]"),
    _switch("upload_session_gone", "The upload's address is gone: 404 or 410", "B", "test_upload_session_gone"),
    _switch("upload_token_checked", "A token that ends in mid-upload is asked for", "E", "test_upload_token_checked"),
    _switch("upload_quota_at_end", "No room for the last chunk", "E", "test_upload_quota_at_end"),
    _switch("upload_damaged", "Other bytes are stored than were sent", "E", "test_upload_damaged"),
)  # fmt: skip
