"""Run ModelsLab: `python -m infra.local.modelslab --state DIR`; prints `ready URL`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from infra.local.control import Started, run_until_signalled
from infra.local.modelslab.emulator import API_KEY, ModelsLabEmulator


def start(words: Sequence[str] | None = None) -> Started:
    """Serve with the options of a command line, by default this process's."""
    parser = argparse.ArgumentParser("infra.local.modelslab", description="The picture provider on this machine.")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--state", type=Path, required=True, help="a directory that keeps jobs, charges and results")
    parser.add_argument("--api-key", default=API_KEY, help="a made-up one by default")
    parser.add_argument("--render-seconds", type=float, default=4, help="for each picture (default: %(default)s)")
    parser.add_argument("--scale", type=float, default=1, help="of the pictures' sides (default: %(default)s)")
    parser.add_argument("--queue-limit", type=int, default=5, help="jobs that the account may have (5, 10, 15)")
    parser.add_argument("--admit-origin", action="append", default=[], help="where http is allowed for webhooks")
    options = parser.parse_args(words)
    emulator = ModelsLabEmulator(
        options.state,
        api_key=options.api_key,
        render_seconds=options.render_seconds,
        scale=options.scale,
        queue_limit=options.queue_limit,
        admit_origins=frozenset(options.admit_origin),
    )
    serving = emulator.serve(options.port)

    def stop() -> None:
        serving.stop()
        emulator.close()

    return serving.url, stop


if __name__ == "__main__":
    run_until_signalled(*start())
