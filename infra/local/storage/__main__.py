"""Run the Cloud Storage emulator: `python -m infra.local.storage --state DIR`; prints `ready URL`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from infra.local.control import Started, run_until_signalled
from infra.local.storage.emulator import StorageEmulator


def bucket(text: str) -> tuple[str, int | None]:
    """`NAME` or `NAME:DAYS`. Raises ValueError."""
    name, _, days = text.partition(":")
    return name, int(days) if days else None


def start(words: Sequence[str] | None = None) -> Started:
    """Serve with the options of a command line, by default this process's."""
    parser = argparse.ArgumentParser("infra.local.storage", description="Cloud Storage on this machine.")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--state", type=Path, required=True, help="a directory that keeps buckets and objects")
    parser.add_argument(
        "--bucket", type=bucket, action="append", default=[], help="NAME or NAME:DAYS; objects are deleted after DAYS"
    )
    options = parser.parse_args(words)
    emulator = StorageEmulator(options.state, buckets=dict(options.bucket))
    serving = emulator.serve(options.port)

    def stop() -> None:
        serving.stop()
        emulator.close()

    return serving.url, stop


if __name__ == "__main__":
    run_until_signalled(*start())
