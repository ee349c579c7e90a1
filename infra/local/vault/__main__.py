"""Run KMS and Secret Manager: `python -m infra.local.vault --state DIR`; prints `ready URL HOST:PORT`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from infra.local.control import Started, run_until_signalled
from infra.local.vault.emulator import VaultEmulator


def start(words: Sequence[str] | None = None) -> Started:
    """Serve with the options of a command line, by default this process's."""
    parser = argparse.ArgumentParser("infra.local.vault", description="Cloud KMS and Secret Manager on this machine.")
    parser.add_argument("--port", type=int, default=0, help="gRPC, for both services; default: a free one")
    parser.add_argument("--control-port", type=int, default=0, help="HTTP: control API and page; default: a free one")
    parser.add_argument("--state", type=Path, required=True, help="a directory that keeps keys and secrets")
    parser.add_argument("--key", action="append", default=[], help="full name of a symmetric key to make if missing")
    options = parser.parse_args(words)
    emulator = VaultEmulator(options.state, keys=options.key)
    serving = emulator.serve(options.port, options.control_port)

    def stop() -> None:
        serving.stop()
        emulator.close()

    return f"{serving.url} {serving.host}", stop


if __name__ == "__main__":
    run_until_signalled(*start())
