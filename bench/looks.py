"""Single looks at files, and pages of them, at a Drive that takes 20 ms: against waiting and reading alone."""

from __future__ import annotations

import http.client
import io
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.drive_stub import LATENCY_S, PAGE, PAGES
from bench.measure import ROOT, measured, report, verdict
from shared.adapters.google_drive_watch import CONNECTIONS, GoogleDriveWatch
from shared.core.config import Config
from shared.core.logs import Logger
from shared.core.secret import Secret
from shared.drive.model import Access, Ask, DriveFile, FileRef
from tests.fakes.app import ENV

LOOKS = 6400
ACCESS = Access("u", "s", Secret("t"))


def main(words: list[str]) -> bool:
    """Measure, or be measured."""
    if words:
        what, _, at = words[0].partition(":")
        work = {"looks": (_wait, _look), "files": (_read, _files), "changes": (_read, _changes)}[what]
        report(lambda: (work[0] if words[1] == "floor" else work[1])(int(at)))
        return True
    with _stub() as port:
        return all([_looks(port), _pages(port, "files"), _pages(port, "changes")])


def _looks(port: int) -> bool:
    floor, ours = measured("bench.looks", f"looks:{port}", rounds=3)
    rate, cpu = floor["seconds"] / ours["seconds"], ours["cpu"] / LOOKS * 1000
    title = f"{LOOKS} looks over {CONNECTIONS} connections, {LOOKS / ours['seconds']:.0f}/s"
    limits = [("× what waiting alone allows", rate, 0.6, False), ("CPU ms each", cpu, 0.6, True)]
    return verdict(title, [*limits, ("MiB above idle", ours["mib"], 32.0, True)])


def _pages(port: int, what: str) -> bool:
    floor, ours = measured("bench.looks", f"{what}:{port}", rounds=3)
    rate, ideal = (PAGE * PAGES / run["seconds"] for run in (ours, floor))
    title = f"{PAGES} pages of {what}, {rate / ideal:.2f}× of reading their bytes alone"
    return verdict(title, [("files/s", rate, 20_000, False)])


@contextmanager
def _stub() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-m", "bench.drive_stub"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def _watch(port: int) -> GoogleDriveWatch:
    config = Config.from_env({**ENV, "DRIVE_API_URL": f"http://127.0.0.1:{port}/drive/v3"})
    return GoogleDriveWatch(config, lambda: Secret("k"), Logger(io.StringIO()))


def _look(port: int) -> None:
    seen = _watch(port).look([Ask(FileRef(f"1{number:032d}"), None) for number in range(LOOKS)])
    assert all(isinstance(sight, DriveFile) for sight in seen)


def _files(port: int) -> None:
    watch, page, count = _watch(port), None, 0
    while page is None or page.token is not None:
        page = watch.files_page(ACCESS, page.token if page else None)
        count += len(page.files)
    assert count == PAGE * PAGES


def _changes(port: int) -> None:
    watch, token, more, count = _watch(port), "0", True, 0
    while more:
        page = watch.changes(ACCESS, token)
        token, more, count = page.token, page.more, count + len(page.changes)
    assert count == PAGE * PAGES


def _wait(_: int) -> None:
    """As many threads, which only wait."""

    def each() -> None:
        for _ in range(LOOKS // CONNECTIONS):
            time.sleep(LATENCY_S)

    threads = [threading.Thread(target=each) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _read(port: int) -> None:
    """The bytes of the pages, and nothing done with them."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for page in range(PAGES):
        connection.request("GET", f"/drive/v3/files?pageToken={page}")
        connection.getresponse().read()


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
