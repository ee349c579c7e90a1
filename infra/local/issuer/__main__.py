"""Run the issuer: `python -m infra.local.issuer --state DIR`; prints `ready URL`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from infra.local.control import Started, run_until_signalled
from infra.local.issuer.emulator import IssuerEmulator


def start(words: Sequence[str] | None = None) -> Started:
    """Serve with the options of a command line, by default this process's."""
    parser = argparse.ArgumentParser("infra.local.issuer", description="An OpenID Connect issuer on this machine.")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--state", type=Path, required=True, help="a directory that keeps the keys")
    parser.add_argument("--audience", default="ecosystem-ip", help="for whom tokens are (default: %(default)s)")
    parser.add_argument("--issuer", default="", help="the tokens' iss; default: its own address")
    parser.add_argument("--return-origin", action="append", default=[], help="where the form may send a token to")
    options = parser.parse_args(words)
    origins = frozenset(options.return_origin)
    emulator = IssuerEmulator(options.state, options.audience, issuer=options.issuer, return_origins=origins)
    serving = emulator.serve(options.port)
    return serving.url, serving.stop


if __name__ == "__main__":
    run_until_signalled(*start())
