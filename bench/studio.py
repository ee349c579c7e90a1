"""The studio's first paints on a processor four times slower: against a page of the same browser that is only text."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from bench.measure import verdict
from infra.local.cloud import LocalCloud
from infra.local.demo.writer import Writer

SLOWER, ROUNDS = 4, 5
FLOOR = "data:text/html,<!doctype html><title>Floor</title><h1>A page that is only text</h1>"
PAINT = """() => new Promise(done => new PerformanceObserver(list => {
  const last = list.getEntries().at(-1);
  done(last.startTime);
}).observe({type: 'largest-contentful-paint', buffered: true}))"""


def main(_: list[str]) -> bool:
    """Median of some loads with an empty cache, signed out and signed in."""
    with tempfile.TemporaryDirectory() as folder:
        cloud = LocalCloud(Path(folder))
        try:
            cloud.start()
            writer = Writer(cloud.url, "bench@gmail.com")
            writer.sign_in()
            writer.call("POST", "/api/projects", {"name": "The Tin Lantern"})
            floor, out, signed_in = _paints(cloud.url, writer)
        finally:
            cloud.stop()
    title = f"first paint, {SLOWER} times slower; a page that is only text {floor:.2f} s"
    return verdict(title, [("s for the sign-in page", out, 1.5, True), ("s for the projects", signed_in, 1.5, True)])


def _paints(url: str, writer: Writer) -> tuple[float, float, float]:
    path = shutil.which("chromium")
    assert path, "chromium is not on this machine: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        runs = [
            (_paint(browser, FLOOR, "h1"), _paint(browser, url, "h1"), _paint(browser, url, ".card", writer))
            for _ in range(ROUNDS)
        ]
        browser.close()
    floor, out, signed_in = (statistics.median(column) for column in zip(*runs, strict=True))
    return floor, out, signed_in


def _paint(browser: Browser, url: str, wanted: str, writer: Writer | None = None) -> float:
    """Seconds until the largest thing is painted, in a browser that knows nothing."""
    context = browser.new_context()
    if writer:
        _sign_in(context, url, writer)
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(url)
    page.wait_for_selector(wanted)
    seconds = float(page.evaluate(PAINT)) / 1000
    context.close()
    return seconds


def _sign_in(context: BrowserContext, url: str, writer: Writer) -> None:
    host = urlsplit(url).hostname
    for cookie in writer.http.cookies:
        context.add_cookies([{"name": cookie.name, "value": cookie.value or "", "domain": host or "", "path": "/"}])
