"""The composition root builds late and once."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from shared.app import App, port
from shared.core.config import Config
from tests.unit.core.test_config import ENV

ROOT = Path(__file__).parents[3]
CLIENTS = """
import sys, main
heavy = ("google.cloud.", "googleapiclient", "grpc", "PIL", "httplib2")
light = "google.cloud.functions"
print([name for name in sys.modules if name.startswith(heavy) and not name.startswith(light)])
"""


class CountingApp(App):
    """An app with a port that counts how often it is built."""

    builds = 0

    @port
    def counted(self: App) -> object:
        """Something expensive."""
        CountingApp.builds += 1
        return object()


def test_a_port_is_built_once_even_by_32_threads() -> None:
    """`functools.cached_property` has no lock: 32 threads built 32 clients."""
    app = CountingApp(Config.from_env(ENV))
    start = threading.Barrier(32)
    seen: list[object] = []

    def touch() -> None:
        start.wait()
        seen.append(app.counted)

    threads = [threading.Thread(target=touch) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert CountingApp.builds == 1
    assert len(set(map(id, seen))) == 1


def test_a_port_can_be_assigned() -> None:
    """Tests put fakes there."""
    app = CountingApp(Config.from_env(ENV))
    fake = object()
    app.counted = fake

    assert app.counted is fake


def test_importing_main_loads_no_cloud_client() -> None:
    """A function pays only for what it touches."""
    done = subprocess.run([sys.executable, "-c", CLIENTS], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
