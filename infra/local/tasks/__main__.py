"""Run the Cloud Tasks emulator: `python -m infra.local.tasks --state DIR`; prints `ready URL HOST:PORT`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import yaml

from infra.local.control import Started, run_until_signalled
from infra.local.tasks.attempts import GOOGLE
from infra.local.tasks.emulator import TasksEmulator
from infra.local.tasks.manifest import queues_of


def start(words: Sequence[str] | None = None) -> Started:
    """Serve with the options of a command line, by default this process's."""
    parser = argparse.ArgumentParser("infra.local.tasks", description="Cloud Tasks on this machine.")
    parser.add_argument("--port", type=int, default=0, help="gRPC; default: a free one")
    parser.add_argument("--control-port", type=int, default=0, help="HTTP: keys of the tokens, control API, page")
    parser.add_argument("--state", type=Path, required=True, help="a directory that keeps queues and tasks")
    parser.add_argument("--manifest", type=Path, help="a YAML file whose `queues` are made at start")
    parser.add_argument("--parent", default="projects/demo/locations/us-central1", help="where these queues are")
    parser.add_argument("--issuer", default=GOOGLE, help="the tokens' iss (default: %(default)s)")
    parser.add_argument("--account", action="append", help="a service account that tasks may name; default: any")
    options = parser.parse_args(words)
    manifest = yaml.safe_load(options.manifest.read_text()) if options.manifest else {"queues": {}}
    accounts = frozenset(options.account) if options.account else None
    queues = queues_of(manifest, options.parent)
    emulator = TasksEmulator(options.state, queues=queues, issuer=options.issuer, accounts=accounts)
    serving = emulator.serve(options.port, options.control_port)

    def stop() -> None:
        serving.stop()
        emulator.close()

    return f"{serving.url} {serving.host}", stop


if __name__ == "__main__":
    run_until_signalled(*start())
