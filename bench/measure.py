"""One measure in a process of its own: seconds, CPU seconds, and the peak of memory above what it had before."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.local.manifest import default_env

ROOT = Path(__file__).parents[1]
MIB = 1024 * 1024


def memory(name: str) -> int:
    """A line of /proc/self/status, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def report(work: Callable[[], object]) -> None:
    """Do it once, in a child; print what it took for the parent."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    idle, began, cpu = memory("VmRSS"), time.perf_counter(), time.process_time()
    work()
    seconds, cpu, peak = time.perf_counter() - began, time.process_time() - cpu, memory("VmHWM")
    took = {"seconds": seconds, "cpu": cpu, "mib": (peak - idle) / MIB}
    print(json.dumps(took))  # noqa: T201 the parent reads it


def measured(module: str, word: str, rounds: int = 5) -> tuple[Any, Any]:
    """The floor and ours, round by round, each in a child: median seconds, and median peak in MiB."""
    runs: dict[bool, list[dict[str, float]]] = {True: [], False: []}
    for _ in range(rounds):
        for floor in (True, False):
            runs[floor].append(_child(module, word, "floor" if floor else "ours"))
    return _median(runs[True]), _median(runs[False])


def _child(module: str, *words: str) -> dict[str, float]:
    done = subprocess.run(  # noqa: S603 our own module
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        env={**os.environ, **default_env()},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _median(runs: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def verdict(title: str, limits: list[tuple[str, float, float, bool]]) -> bool:
    """Print a measure: name, value, bound, and whether it must be below it. Whether all hold."""
    good = all((value <= bound) == below for _, value, bound, below in limits)
    words = ", ".join(f"{name} {value:.2f} ({'≤' if below else '≥'} {bound:g})" for name, value, bound, below in limits)
    print(f"{'ok  ' if good else 'MISS'} {title}: {words}", flush=True)  # noqa: T201 a report for a person
    return good
