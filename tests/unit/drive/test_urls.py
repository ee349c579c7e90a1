"""The address of a Drive file, as people paste it."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.drive.urls import HOSTS, MAX_LENGTH, DriveLink, parse_drive_url

CASES = json.loads((Path(__file__).parent / "drive_urls.json").read_text(encoding="utf-8"))
FILE, KEY = "1ohkOgmE8MiNx68u6ynBfYkgjeKu_x3ZK", "0-ABCDEFGHIXJQpIGqBJq3MC"
VIEW = f"https://drive.google.com/file/d/{FILE}/view"


@pytest.mark.parametrize(("text", "file_id", "key", "kind", "origin"), CASES)
def test_the_forms_that_were_met(text: str, file_id: str | None, key: str | None, kind: str, origin: str) -> None:
    """Each with its kind, its id and its resource key."""
    assert parse_drive_url(text) == DriveLink(kind=kind, file_id=file_id, resource_key=key), origin  # type: ignore[arg-type] # data


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"https://www.google.com/url?q={quote(VIEW, safe='')}&sa=D", "file"),
        (f"https://www.googleapis.com/drive/v3/files/{FILE}?alt=media", "file"),
        (f"http://drive.google.com:80/file/d/{FILE}/view", "file"),
        (f"https://drive.google.com:443/file/d/{FILE}/view", "file"),
        (f"https://docs.google.com/a/example.com/document/d/{FILE}/edit?rtpof=true", "document"),
        (f"https://lh3.googleusercontent.com/d/{FILE}=w1000", "file"),
        ("https://forms.gle/AbCdEf123456", "short_link"),
        ("https://drive.app.goo.gl/abcdef", "short_link"),
        (f"https://docs.google.com/videos/d/{FILE}/edit", "unsupported"),
    ],
)
def test_other_forms_of_the_same_rules(text: str, kind: str) -> None:
    """Wrapped once, on usual ports, of a domain, a native file's address."""
    link = parse_drive_url(text)
    assert link.kind == kind
    assert link.file_id == (None if kind in ("short_link", "unsupported") else FILE)


@pytest.mark.parametrize(
    "text",
    [
        f"https://drive.google.com/open?id={FILE}&id=1abc123XYZabc",
        f"ftp://drive.google.com/file/d/{FILE}/view",
        f"javascript:https://drive.google.com/file/d/{FILE}/view",
        f"https://drive.google.com.evil.example/file/d/{FILE}/view",
        f"https://drive.google.com./file/d/{FILE}/view",
        f"https://drive.google.com\\@evil.example/file/d/{FILE}/view",
        f"https://evil.example\\.drive.google.com/file/d/{FILE}/view",
        f"https://drive.google.com/file/d/{FILE}\n.evil/view",
        f"https://drive.google.com/file/d/{FILE[:16]}\n{FILE[16:]}/view",
        f"https://drive.google.com/file/d/{FILE}%2F..%2Fx/view",
        f"https://www.google.com/url?q={quote('https://www.google.com/url?q=' + quote(VIEW, safe=''), safe='')}",
        f"https://www.google.com/url?q=https://evil.example/file/d/{FILE}/view",
        f"https://drive.google.com/drive/folders/{FILE}/{FILE}",
        "https://drive.google.com/file/d/short/view",
        f"https://drive.google.com/file/d/{'x' * 129}/view",
        f"https://drive.google.com:0/file/d/{FILE}/view",
        f"https://drive.google.com:99999/file/d/{FILE}/view",
        f"https://[drive.google.com]/file/d/{FILE}/view",
        "https://drive.google.com/open?id=" + "&".join(["a=b"] * 500),
        VIEW + " " * MAX_LENGTH + "x",
    ],
)
def test_what_is_ambiguous_foreign_or_odd_yields_no_id(text: str) -> None:
    """Two ids, look-alike hosts, other schemes, odd ports, hidden characters, wrapped twice, too long."""
    assert parse_drive_url(text) == DriveLink(kind="invalid")


def test_a_resource_key_is_one_or_none() -> None:
    """An empty one is none, and of two different ones nobody knows which."""
    for query, key in (
        (f"resourcekey={KEY}", KEY),
        ("resourcekey=", None),
        (f"resourcekey={KEY}&ResourceKey=0-b", None),
    ):
        assert parse_drive_url(f"{VIEW}?{query}").resource_key == key


pieces = st.lists(
    st.one_of(
        st.sampled_from([*HOSTS, "https://", "http://", "/", "?", "&", "#", "@", ":", "id=", "q=", "continue=", "..", "%2F",
                         "file", "d", "u", "0", "a", "drive", "folders", "e", "open", "uc", FILE, "evil.example", "=w10",
                         "resourcekey=", "<", ">", "[", "]", "\\", "\x00", "．", "ⓖ"]),
        st.text(max_size=5),
    ),
    max_size=14,
).map("".join)  # fmt: skip


@given(st.one_of(st.text(max_size=200), pieces))
@example("https://[")
@example("https://drive.google.com/a")
@example("//drive.google.com/file/d/" + FILE)
def test_whatever_is_pasted_there_is_an_answer_and_no_id_from_elsewhere(text: str) -> None:
    """It never raises; an id is one, stands in the text, and comes with one of our hosts or alone."""
    link = parse_drive_url(text)
    if link.file_id is None:
        return
    assert 10 <= len(link.file_id) <= 128
    assert link.kind not in ("invalid", "published", "unsupported", "short_link")
    if link.kind != "bare_id":
        assert any(host in text.lower() for host in HOSTS)


@given(
    st.text("abcdefghijklmnopqrstuvwxyz0123456789-.", min_size=1, max_size=30).filter(lambda host: host not in HOSTS)
)
@example("drive.google.com.evil.example")
@example("xdrive.google.com")
@example("drive.google.com.")
def test_no_other_host_yields_an_id(host: str) -> None:
    """However alike."""
    assert parse_drive_url(f"https://{host}/file/d/{FILE}/view").file_id is None
