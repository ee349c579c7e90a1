"""Starting the whole local cloud: seconds and memory, with and without Google's Firestore emulator."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from bench.measure import MIB, verdict
from infra.local.cloud import LocalCloud
from infra.local.parts import services
from infra.local.supervisor import Supervisor


def main(_: list[str]) -> bool:
    """Measure here: the parts are processes of their own."""
    with tempfile.TemporaryDirectory() as folder:
        seconds, whole, without = _started(Path(folder))
    title = f"the local cloud is up after {seconds['all']:.1f} s, Firestore after {seconds['firestore']:.1f} s"
    limits = [("s without Firestore", seconds["others"], 2.0, True), ("s", seconds["all"], 8.0, True)]
    return verdict(f"{title}, {whole / MIB:.0f} MiB", [*limits, ("MiB without it", without / MIB, 200.0, True)])


def _started(state: Path) -> tuple[dict[str, float], int, int]:
    cloud = LocalCloud(state)
    try:
        began = time.perf_counter()
        cloud.start()
        taken = time.perf_counter() - began
        memory = {part: _tree(cloud.supervisor.pid(part)) for part in cloud.supervisor.names()}
    finally:
        cloud.stop()
    alone = _alone(state / "alone", cloud)
    seconds = {"all": taken, "firestore": alone, "others": max(0.0, taken - alone)}
    return seconds, sum(memory.values()), sum(size for part, size in memory.items() if part != "firestore")


def _alone(state: Path, cloud: LocalCloud) -> float:
    """How long Firestore takes by itself."""
    (state / "logs").mkdir(parents=True)
    supervisor = Supervisor(state / "logs")
    parts = services(cloud.ports, state, Path(__file__).parents[1] / ".local" / "cache", cloud.secrets, cloud.choices)
    began = time.perf_counter()
    try:
        supervisor.start([part for part in parts if part.name == "firestore"])
        return time.perf_counter() - began
    finally:
        supervisor.stop()


def _tree(pid: int) -> int:
    """Memory of a process and its children that is theirs alone or shared by so many (PSS), in bytes."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    own = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return own + sum(map(_tree, map(int, children)))


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
