"""`python -m bench [NAME …]`: all measures, or some. Ends with 1 when a bound is missed."""

from __future__ import annotations

import argparse
import importlib
import sys

NAMES = ("composite", "stream", "film", "looks", "export", "start", "studio")


def main() -> int:
    """Run them one after the other."""
    parser = argparse.ArgumentParser("bench", description="Speed and memory, each against a floor of the same run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(NAMES)} (default: all)")
    names = parser.parse_args().names or NAMES
    unknown = set(names) - set(NAMES)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    missed = [name for name in names if not importlib.import_module(f"bench.{name}").main([])]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
