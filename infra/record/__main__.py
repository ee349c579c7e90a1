"""Record what Drive really answers: `make record`, or `python -m infra.record --help`.

Needs an access token with the scope drive.file and an API key of the same project, in the environment:
GOOGLE_ACCESS_TOKEN and GOOGLE_API_KEY. Makes a folder and a file of half a megabyte in that Drive, and deletes both.
The recording has no secret, id or address in it: look at it before you commit it.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from infra.record.drive import record

PLACE = Path(__file__).parents[2] / "recordings"


def main() -> int:
    """Record, and say where it is."""
    parser = argparse.ArgumentParser("infra.record", description=__doc__)
    parser.add_argument("--origin", default="https://www.googleapis.com")
    parser.add_argument("--out", type=Path, default=PLACE / "drive.json")
    options = parser.parse_args()
    missing = [name for name in ("GOOGLE_ACCESS_TOKEN", "GOOGLE_API_KEY") if not os.environ.get(name)]
    if missing:
        parser.error(f"set {' and '.join(missing)}; see docs/emulators.md")
    source = f"{options.origin} {datetime.now(UTC):%Y-%m-%d}"
    made = record(options.origin, os.environ["GOOGLE_ACCESS_TOKEN"], os.environ["GOOGLE_API_KEY"], source)
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n")
    print(f"{len(made.exchanges)} exchanges in {options.out}: look at them before you commit them")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
