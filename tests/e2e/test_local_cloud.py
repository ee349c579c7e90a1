"""The local cloud as a person uses it: it starts, survives a restart, and leaves no process behind however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.local.demo.writer import Writer
from tests.e2e.conftest import patiently

ROOT = Path(__file__).parents[2]
UP = "Everything is up"


class Command:
    """`python -m infra.local …`, and every process that comes of it, found again by a mark in its environment."""

    def __init__(self, state: Path, *words: str) -> None:
        self.mark = f"MARK={uuid.uuid4().hex}"
        name, _, value = self.mark.partition("=")
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "infra.local", "--state", str(state), *words],
            cwd=ROOT,
            env={**os.environ, name: value},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []

    def until(self, text: str) -> None:
        """Read what it prints up to a line with this text; it is killed when that has not come in two minutes."""
        assert self.process.stdout
        late = threading.Timer(120, self.process.kill)
        late.start()
        try:
            for line in self.process.stdout:
                self.lines.append(line)
                if text in line:
                    return
        finally:
            late.cancel()
        raise AssertionError(f"{text!r} never came:\n{''.join(self.lines)}")

    def end(self) -> str:
        """Read the rest until it has ended; all that it has printed."""
        assert self.process.stdout
        if not self.process.stdout.closed:
            self.lines += self.process.stdout
            self.process.stdout.close()
        self.process.wait(60)
        return "".join(self.lines)

    def alive(self, part: str = "") -> list[int]:
        """The living processes that came of it, or those of a part."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                marked = self.mark.encode() in (folder / "environ").read_bytes()
                command = (folder / "cmdline").read_text()
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue  # it has just ended, or is another user's
            if marked and part in command:
                found.append(int(folder.name))
        return found

    def leaves_nothing(self) -> bool:
        """Whether all have ended, at the latest after ten seconds."""
        pause = threading.Event()
        for _ in range(100):
            if not self.alive():
                return True
            pause.wait(0.1)
        return False


Start = Callable[..., Command]


def local(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    command = [sys.executable, "-m", "infra.local", "--state", str(state), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Where the local cloud keeps its state."""
    return tmp_path / "local"


@pytest.fixture
def start(state: Path) -> Iterator[Start]:
    """Starts a command; whatever a failing test leaves is ended."""
    started: list[Command] = []

    def begin(*words: str) -> Command:
        started.append(Command(state, *words))
        return started[-1]

    yield begin
    for command in started:
        command.process.kill()
        command.end()


@pytest.mark.parametrize("moment", ["Starting the local cloud", "up after", "Signed in as", "rendering", "storing"])
def test_ctrl_c_during_the_demo_leaves_no_process(start: Start, moment: str) -> None:
    """While it starts, signs in, waits for a picture, stores one."""
    demo = start("demo")
    demo.until(moment)
    demo.process.send_signal(signal.SIGINT)
    said = demo.end()

    assert demo.process.returncode == 130, said
    assert "Traceback" not in said
    assert demo.leaves_nothing()


def test_an_impatient_person_presses_ctrl_c_twice(start: Start) -> None:
    """The second one, while it is ending, is no way to leave something running."""
    demo = start("demo")
    demo.until("up after")
    demo.process.send_signal(signal.SIGINT)
    demo.until("Interrupted")
    demo.process.send_signal(signal.SIGINT)
    demo.end()
    assert demo.leaves_nothing()


def test_a_killed_supervisor_takes_everything_with_it(start: Start) -> None:
    """SIGKILL, as when memory runs out: nothing of it can clean up."""
    up = start("up")
    up.until(UP)
    assert len(up.alive()) > 5
    up.process.kill()
    up.end()
    assert up.leaves_nothing()


@pytest.mark.parametrize("part", ["infra.local.storage", "infra.local.firestore", "java"])
def test_a_part_that_crashes_ends_all_and_says_why(start: Start, part: str) -> None:
    """A half-living cloud would mislead."""
    up = start("up")
    up.until(UP)
    os.kill(up.alive(part)[0], signal.SIGKILL)
    said = up.end()

    assert up.process.returncode == 1
    assert "ended by itself" in said
    assert up.leaves_nothing()


def test_the_state_survives_a_restart_and_reset_forgets_it(start: Start, state: Path) -> None:
    """Stories, sessions and the connected Drive; `status`, `down` and a second `up` say what is the case."""
    up = start("up")
    up.until(UP)
    facts = json.loads((state / "state.json").read_text())
    ana = Writer(facts["url"], "ana@gmail.com")
    assert ana.sign_in() == "connected"
    project = ana.call("POST", "/api/projects", {"name": "The Compass"})

    assert facts["url"] in local(state, "status").stdout
    assert local(state, "up").returncode == 1
    assert local(state, "reset").returncode == 1
    assert "Ended." in local(state, "down").stdout
    assert (up.end() and up.process.returncode, up.leaves_nothing()) == (0, True)
    assert local(state, "status").returncode == 1

    again = start("up")
    again.until(UP)
    ana.base = json.loads((state / "state.json").read_text())["url"]
    assert ana.call("GET", f"/api/projects/{project['id']}")["name"] == "The Compass"
    assert ana.call("GET", "/api/user/google-drive/status")["isConnected"]
    local(state, "down")
    again.end()

    assert local(state, "reset").returncode == 0
    assert not (state / "dev").exists()


def test_the_functions_are_loaded_again_when_their_source_changes(start: Start, state: Path) -> None:
    """And the emulators stay."""
    up = start("up")
    up.until(UP)
    url = json.loads((state / "state.json").read_text())["url"]
    before, google = up.alive("infra.local.gateway"), up.alive("infra.local.google")
    os.utime(ROOT / "functions" / "__init__.py")
    up.until("loading the functions again")
    up.until("ready")

    assert up.alive("infra.local.gateway") != before
    assert up.alive("infra.local.google") == google
    assert patiently(lambda: Writer(url, "a@gmail.com").raw("GET", "/health")).status_code == 200
    local(state, "down")
    up.end()


def test_the_commands_explain_themselves(state: Path) -> None:
    """--help names every command; nothing that is up is said so."""
    said = local(state, "--help").stdout
    assert [word for word in ("up", "down", "status", "reset", "demo") if word not in said] == []
    assert local(state, "down").stdout == "The local cloud is not up.\n"
