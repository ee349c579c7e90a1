"""Run the issuer: `python -m infra.local.issuer --state DIR`; prints `ready URL`."""

from __future__ import annotations

import argparse
from pathlib import Path

from infra.local.control import run_until_signalled
from infra.local.issuer.emulator import IssuerEmulator


def main() -> None:
    """Parse the command line, and serve until SIGTERM."""
    parser = argparse.ArgumentParser("infra.local.issuer", description="An OpenID Connect issuer on this machine.")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--state", type=Path, required=True, help="a directory that keeps the keys")
    parser.add_argument("--audience", default="ecosystem-ip", help="for whom tokens are (default: %(default)s)")
    parser.add_argument("--issuer", default="", help="the tokens' iss; default: its own address")
    parser.add_argument("--return-origin", action="append", default=[], help="where the form may send a token to")
    options = parser.parse_args()
    origins = frozenset(options.return_origin)
    emulator = IssuerEmulator(options.state, options.audience, issuer=options.issuer, return_origins=origins)
    serving = emulator.serve(options.port)
    run_until_signalled(serving.url, serving.stop)


if __name__ == "__main__":
    main()
