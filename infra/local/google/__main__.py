"""Run Google: `python -m infra.local.google --state DIR --redirect-uri URI`; prints `ready URL`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from infra.local.control import Started, run_until_signalled
from infra.local.google.accounts import Client
from infra.local.google.emulator import API_KEY, GoogleEmulator


def start(words: Sequence[str] | None = None) -> Started:
    """Serve with the options of a command line, by default this process's."""
    parser = argparse.ArgumentParser("infra.local.google", description="Google's sign-in and Drive on this machine.")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--state", type=Path, required=True, help="a directory that keeps accounts and files")
    parser.add_argument("--client-id", default="local-client.apps.googleusercontent.com")
    parser.add_argument("--client-secret", default="GOCSPX-made-up-local-secret")
    parser.add_argument("--api-key", default=API_KEY, help="what reads public files without a token")
    parser.add_argument("--redirect-uri", action="append", default=[], help="registered, letter by letter; repeatable")
    parser.add_argument("--testing", action="store_true", help="refresh tokens live seven days")
    options = parser.parse_args(words)
    client = Client(options.client_id, options.client_secret, frozenset(options.redirect_uri))
    emulator = GoogleEmulator(options.state, [client], api_key=options.api_key, testing=options.testing)
    serving = emulator.serve(options.port)

    def stop() -> None:
        serving.stop()
        emulator.close()

    return serving.url, stop


if __name__ == "__main__":
    run_until_signalled(*start())
