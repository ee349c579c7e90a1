"""Run KMS and Secret Manager: `python -m infra.local.vault --state DIR`; prints `ready URL HOST:PORT`."""

from __future__ import annotations

import argparse
from pathlib import Path

from infra.local.control import run_until_signalled
from infra.local.vault.emulator import VaultEmulator


def main() -> None:
    """Parse the command line, and serve until SIGTERM."""
    parser = argparse.ArgumentParser("infra.local.vault", description="Cloud KMS and Secret Manager on this machine.")
    parser.add_argument("--port", type=int, default=0, help="gRPC, for both services; default: a free one")
    parser.add_argument("--control-port", type=int, default=0, help="HTTP: control API and page; default: a free one")
    parser.add_argument("--state", type=Path, required=True, help="a directory that keeps keys and secrets")
    parser.add_argument("--key", action="append", default=[], help="full name of a symmetric key to make if missing")
    options = parser.parse_args()
    emulator = VaultEmulator(options.state, keys=options.key)
    serving = emulator.serve(options.port, options.control_port)
    run_until_signalled(f"{serving.url} {serving.host}", serving.stop)
    emulator.close()


if __name__ == "__main__":
    main()
