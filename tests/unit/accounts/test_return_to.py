"""A browser goes back to this site or to a configured frontend, and nowhere else."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.accounts.return_to import checked_return_to, is_foreign, with_outcome
from shared.core.errors import InvalidRequest

SITE, FRONTEND = "https://studio.example", "https://app.example"
HOSTILE = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example",
    "https://evil.example", "https:evil.example", "https:/evil.example", "http://app.example", "HTTPS://evil.example",
    "https://app.example@evil.example", "https://app.example:443@evil.example", "https://app.example.evil.example",
    "https://app.example\\@evil.example", "https://evil.example/https://app.example", "javascript:alert(1)",
    "data:text/html,x", "https://[::1", "https://app.example:0", "home", "?x=1", "\u2215\u2215evil.example", "/" * 3000,
    "/%00\x00", "/a b",
]  # fmt: skip


def lands(target: str) -> str:
    """The origin where a browser ends up: it reads backslashes as slashes and drops tabs and line ends."""
    cleaned = "".join(character for character in target if character not in "\t\n\r").strip().replace("\\", "/")
    parts = urlsplit(urljoin(f"{SITE}/api/auth/callback/google", cleaned))
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


@pytest.mark.parametrize("text", HOSTILE)
def test_what_leads_elsewhere_is_refused(text: str) -> None:
    """With the field."""
    with pytest.raises(InvalidRequest) as error:
        checked_return_to(text, [FRONTEND])
    assert error.value.details["field"] == "returnTo"


@pytest.mark.parametrize(
    ("text", "foreign"),
    [("/", False), ("/a/b?x=1#y", False), (FRONTEND, True), (f"{FRONTEND}/a?next=//b", True), ("/a%2F%2Fb", False)],
)
def test_pages_of_ours_are_taken(text: str, *, foreign: bool) -> None:
    """A path, or a page of the frontend."""
    assert checked_return_to(text, [FRONTEND]) == text
    assert is_foreign(text) is foreign


@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(["/", "\\", "//", "https:", "http:", "app.example", "evil.example", "@", ":", "?", "#", "\t", "%2F", "."]),
        max_size=8,
    ).map("".join)
)  # fmt: skip
@example("https://app.example\\.evil.example")
def test_whatever_is_given_the_browser_stays_with_us(text: str) -> None:
    """Refused, or it lands on one of our origins; adding the outcome does not lead away either."""
    try:
        target = checked_return_to(text, [FRONTEND])
    except InvalidRequest:
        return
    for url in (target, with_outcome(target, drive="connected", code=None)):
        assert lands(url) in (SITE, FRONTEND)


def test_an_outcome_replaces_an_older_one_and_keeps_the_rest() -> None:
    """Parameters of the page stay, in order."""
    assert (
        with_outcome("/a?x=1&drive=error&code=Y&x=2#z", drive="connected", code=None) == "/a?x=1&x=2&drive=connected#z"
    )
