"""Google's own Firestore emulator, started fast: java on its jar, with an archive of its loaded classes.

    python -m infra.local.firestore --port 8085 --project demo --state .local/firestore

`gcloud emulators firestore start` spends most of its time in Python, bash and the JVM's warm-up. The jar with the
serial collector, the first compiler tier only and an application class-data (AppCDS) archive takes a quarter of the
time, half of the memory and one process instead of three. The archive (45 MB) is made once for each JVM and jar.

No other stand-in is ever started in its place: the in-memory ones lose updates.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import requests

from infra.local.firestore_jvm import (
    FAST,
    START_LIMIT,
    EmulatorError,
    EmulatorProcess,
    class_archive,
    command_line,
    find_jar,
    find_java,
    free_port,
)

HEAP = "-Xmx256m"
SNAPSHOT = "snapshot"
FORMER = ".former"


def given_host(env: Mapping[str, str]) -> str | None:
    """The emulator that the environment already has, as host:port. It is used as it is."""
    return env.get("FIRESTORE_EMULATOR_HOST") or None


class FirestoreEmulator:
    """One emulator process. Every project id is a world of its own in it; `import_from` fills all of them.

    `import_from` is a directory that `export` wrote; `rules` are security rules. `port` 0 picks a free one.
    Environment: FIRESTORE_EMULATOR_JAR, JAVA_HOME, PATH.
    """

    def __init__(
        self,
        cache_dir: Path,
        port: int = 0,
        import_from: Path | None = None,
        env: Mapping[str, str] = os.environ,
        rules: Path | None = None,
    ) -> None:
        self._cache_dir = cache_dir
        self._wanted_port = port
        self._import_from = import_from
        self._env = env
        self._rules = rules
        self._jvm: EmulatorProcess | None = None
        self.host = ""

    def start(self) -> str:
        """Start, and return host:port when a first write has succeeded. Raises `EmulatorError`."""
        jar, (java, version) = find_jar(self._env), find_java(self._env)
        port = free_port(self._wanted_port)
        options = [f"--import-data={snapshot_file(self._import_from)}"] if self._import_from else []
        options += [f"--rules={self._rules}"] if self._rules else []
        archive = class_archive(self._cache_dir, java, version, jar)
        flags = (*FAST, f"-XX:SharedArchiveFile={archive}", "-Xlog:cds=off", HEAP)
        log = self._cache_dir / f"firestore-{port}.log"
        self._jvm = EmulatorProcess(command_line(java, jar, port, flags, options), port, log)
        self._jvm.wait_until_it_writes()
        self.host = f"127.0.0.1:{port}"
        return self.host

    @property
    def pid(self) -> int:
        """The process id of java, which leads its own process group."""
        return self._running().process.pid

    def export(self, project: str, directory: Path, database: str = "(default)") -> Path:
        """Write a database into a directory that `import_from` takes; a former export is replaced as a whole.

        Kept: every value with its type. Not kept: create and update times. Raises `EmulatorError`.
        """
        draft = directory.with_name(directory.name + ".draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        order = {
            "database": f"projects/{project}/databases/{database}",
            "export_directory": str(draft.absolute()),
            "export_name": SNAPSHOT,
        }
        answer = requests.post(
            f"http://{self.host}/emulator/v1/projects/{project}:export", json=order, timeout=START_LIMIT
        )
        if not answer.ok:
            raise EmulatorError(f"the export was refused with {answer.status_code}: {answer.text[:300]}")
        former = directory.with_name(directory.name + FORMER)
        shutil.rmtree(former, ignore_errors=True)
        if directory.exists():
            directory.rename(former)
        draft.rename(directory)
        shutil.rmtree(former, ignore_errors=True)
        return snapshot_file(directory)

    def wait(self, limit: float | None = None) -> int | None:
        """Wait until the process ends: its exit status, or None when the limit (seconds) came first."""
        try:
            return self._running().process.wait(limit)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """End the process. Does nothing when it is not running."""
        if self._jvm:
            self._jvm.stop()
            self._jvm = None

    def _running(self) -> EmulatorProcess:
        if not self._jvm:
            raise EmulatorError("the emulator is not running")
        return self._jvm


def latest_export(directory: Path) -> Path | None:
    """Where the last whole export is, also when a kill came while it was being replaced; None if there is none."""
    candidates = (directory, directory.with_name(directory.name + FORMER))
    return next((candidate for candidate in candidates if candidate.exists()), None)


def snapshot_file(directory: Path) -> Path:
    """The file that names all parts of an export. Raises `EmulatorError` if there is none."""
    file = directory.absolute() / SNAPSHOT / f"{SNAPSHOT}.overall_export_metadata"
    if not file.is_file():
        raise EmulatorError(f"{directory} holds no export of the Firestore emulator")
    return file


def main() -> None:
    """Run until SIGTERM or Ctrl-C; with --state, keep the project's data there."""
    parser = argparse.ArgumentParser(
        prog="infra.local.firestore", description="Google's Firestore emulator, started fast."
    )
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--cache", type=Path, default=Path(".local/cache"), help="for the class archive")
    parser.add_argument("--state", type=Path, help="a directory that keeps the data between runs")
    parser.add_argument("--every", type=float, default=60, help="seconds between saves (default: %(default)s)")
    parser.add_argument("--project", default="demo", help="whose data --state keeps (default: %(default)s)")
    arguments = parser.parse_args()
    state: Path | None = arguments.state
    emulator = FirestoreEmulator(arguments.cache, arguments.port, latest_export(state) if state else None)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        print(f"ready http://{emulator.start()}", flush=True)  # noqa: T201 the line that its starter waits for
        while (status := emulator.wait(arguments.every if state else None)) is None and state:
            print(f"saved {emulator.export(arguments.project, state)}", flush=True)  # noqa: T201 for who watches
        sys.exit(f"the Firestore emulator ended by itself with status {status}")
    except KeyboardInterrupt:
        if state and emulator.host:
            emulator.export(arguments.project, state)
    except EmulatorError as error:
        sys.exit(str(error))
    finally:
        emulator.stop()


if __name__ == "__main__":
    main()
