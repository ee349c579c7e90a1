"""Chromium, as the system has it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One for a module: while it is open, nothing else can run an event loop in this process.

    A machine without it fails: what cannot be looked at is not proved.
    """
    path = shutil.which("chromium")
    assert path, "chromium is not on this machine: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
