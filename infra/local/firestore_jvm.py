"""The Firestore emulator's java process: where its parts are, its archive of loaded classes, its start and its end."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import requests

from infra.local.lifetime import dying_with_parent

MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
JAR_IN_SDK = Path("platform/cloud-firestore-emulator/cloud-firestore-emulator.jar")
USUAL_SDKS = (Path("/usr/lib/google-cloud-sdk"), Path("/usr/share/google-cloud-sdk"))
FAST = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
RUNNING = b"Dev App Server is now running"
START_LIMIT = 90.0
STOP_LIMIT = 10.0


class EmulatorError(RuntimeError):
    """The emulator is not installed, did not start, or refused a request; the message says what to do."""


def find_jar(env: Mapping[str, str], sdks: Sequence[Path] = USUAL_SDKS) -> Path:
    """The emulator's jar: FIRESTORE_EMULATOR_JAR, else the Google Cloud SDK's. Raises `EmulatorError`."""
    if configured := env.get("FIRESTORE_EMULATOR_JAR"):
        if not Path(configured).is_file():
            raise EmulatorError(f"FIRESTORE_EMULATOR_JAR names no file: {configured}")
        return Path(configured)
    gcloud = shutil.which("gcloud", path=env.get("PATH", ""))
    for sdk in ([Path(gcloud).resolve().parent.parent] if gcloud else []) + list(sdks):
        if (sdk / JAR_IN_SDK).is_file():
            return sdk / JAR_IN_SDK
    raise EmulatorError(
        "Google's Firestore emulator is not installed: install the Debian package "
        "google-cloud-cli-firestore-emulator, or set FIRESTORE_EMULATOR_JAR to the path of its jar "
        "(it needs Java 17 or newer); or set FIRESTORE_EMULATOR_HOST to one that runs"
    )


def find_java(env: Mapping[str, str]) -> tuple[str, str]:
    """The java command and its version text. Raises `EmulatorError` when it is missing or older than 17."""
    path = f"{env['JAVA_HOME']}/bin" if env.get("JAVA_HOME") else env.get("PATH", "")
    java = shutil.which("java", path=path)
    if not java:
        raise EmulatorError("Java 17 or newer is needed for the Firestore emulator, and there is no java on the PATH")
    version = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
    match = re.search(r'version "(\d+)', version)
    if not match or int(match[1]) < 17:
        raise EmulatorError(
            f"Java 17 or newer is needed for the Firestore emulator; {java} is {version.splitlines()[0]}"
        )
    return java, version


def free_port(wanted: int = 0) -> int:
    """A free port, or the wanted one. Raises `EmulatorError` if it is taken: its owner would pass for the emulator."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as error:
            raise EmulatorError(f"port {wanted} is taken") from error
        return int(probe.getsockname()[1])


class EmulatorProcess:
    """A java process in a group of its own: Ctrl-C in a terminal must not end it before its data are exported.

    What it says is in the log file until it is stopped.
    """

    def __init__(self, command: Sequence[str], port: int, log: Path) -> None:
        self._port = port
        self._listening = threading.Event()
        self._log = log
        self._tail: list[bytes] = []
        self.process = subprocess.Popen(
            [*dying_with_parent("TERM"), *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        """Keep its output, and notice the line that says that it listens. Its end counts as news, too."""
        assert self.process.stdout
        with self.process.stdout as lines, self._log.open("wb", buffering=0) as log:
            for line in lines:
                log.write(line)
                self._tail = [*self._tail[-9:], line]
                if RUNNING in line:
                    self._listening.set()
        self._listening.set()

    def wait_until_it_writes(self) -> None:
        """Return when a first write has succeeded: an open port is not enough. Raises `EmulatorError`."""
        try:
            if not self._listening.wait(START_LIMIT):
                raise EmulatorError(f"the Firestore emulator did not start in {START_LIMIT:.0f} s")
            database = f"http://127.0.0.1:{self._port}/v1/projects/start-probe/databases/(default)"
            requests.patch(
                f"{database}/documents/probe/first",
                json={"fields": {"n": {"integerValue": "1"}}},
                headers={"Authorization": "Bearer owner"},
                timeout=START_LIMIT,
            ).raise_for_status()
        except (EmulatorError, requests.RequestException) as error:
            self.stop()
            said = b"".join(self._tail).decode(errors="replace").strip()
            raise EmulatorError(f"the Firestore emulator did not start: {error}; it said: {said}") from error

    def stop(self, limit: float = STOP_LIMIT) -> None:
        """SIGTERM to the whole group, and SIGKILL if it does not end in the limit (seconds)."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._reader.join()
        self._log.unlink(missing_ok=True)


def command_line(java: str, jar: Path, port: int, flags: Sequence[str], options: Sequence[str] = ()) -> list[str]:
    """The command line; English is the only language that the emulator's messages have."""
    where = ["--host=127.0.0.1", f"--port={port}", "--database-mode=firestore-native"]
    return [java, *flags, "-Duser.language=en", "-cp", str(jar), MAIN_CLASS, "start", *where, *options]


def class_archive(cache_dir: Path, java: str, version: str, jar: Path) -> Path:
    """The archive for this JVM and jar; the first call makes it (about 10 s), parallel ones wait for it."""
    facts = f"{version}|{jar}|{jar.stat().st_size}|{jar.stat().st_mtime_ns}"
    archive = cache_dir.absolute() / f"firestore-{hashlib.sha256(facts.encode()).hexdigest()[:16]}.jsa"
    cache_dir.mkdir(parents=True, exist_ok=True)
    with _locked(cache_dir / "firestore.lock"):
        if not archive.exists():
            _make_archive(archive, java, jar)
    return archive


def _make_archive(archive: Path, java: str, jar: Path) -> None:
    """Start once, write once, stop: at its end the JVM writes the classes that it has loaded."""
    draft = archive.with_suffix(".draft")
    port = free_port()
    command = command_line(java, jar, port, (*FAST, f"-XX:ArchiveClassesAtExit={draft}"))
    jvm = EmulatorProcess(command, port, archive.with_suffix(".log"))
    jvm.wait_until_it_writes()
    jvm.stop(START_LIMIT)
    draft.rename(archive)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
