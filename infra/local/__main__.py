"""The local cloud from the command line: `python -m infra.local up | down | status | reset | demo`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from infra.local.cloud import LocalCloud
from infra.local.demo.run import run_demo
from infra.local.parts import Choices
from infra.local.supervisor import ROOT, PartFailed

WATCHED = ("shared", "functions", "main.py", "infra/functions.yaml")


def say(text: str) -> None:
    """To the person."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def up(state: Path, render_seconds: float) -> int:
    """Everything stays up; the functions are loaded again when their source changes. Ends with Ctrl-C."""
    running = _running(state)
    if running:
        say(f"The local cloud is up already: {running['url']} (pid {running['pid']}). End it with: make down")
        return 1
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    cloud = LocalCloud(state / "dev", usual_ports=True, choices=Choices(render_seconds=render_seconds), echo=sys.stdout)
    seen = _stamps()  # before anything is loaded: what changes meanwhile is loaded again too
    try:
        cloud.start()
        facts = {"pid": os.getpid(), "url": cloud.url, "ports": cloud.ports.numbers}
        _file(state).write_text(json.dumps(facts))
        say(_welcome(cloud))
        return _watch(cloud, ended, seen)
    except PartFailed as failure:
        say(str(failure))
        return 1
    finally:
        say("Ending …")
        cloud.stop()
        _file(state).unlink(missing_ok=True)


def _watch(cloud: LocalCloud, ended: threading.Event, seen: dict[str, float]) -> int:
    while not ended.wait(0.7):
        failure = cloud.supervisor.failed(but=("gateway",))
        if failure:
            say(failure)
            return 1
        now = _stamps()
        if now != seen:
            seen = now
            say("The source has changed: loading the functions again")
            try:
                cloud.restart_gateway()
            except PartFailed as failure_:
                say(f"{failure_}\nWaiting for the next change.")
    return 0


def _stamps() -> dict[str, float]:
    paths = [
        path for name in WATCHED for path in ((ROOT / name).rglob("*.py") if (ROOT / name).is_dir() else [ROOT / name])
    ]
    return {str(path): path.stat().st_mtime for path in paths if path.exists()}


def _welcome(cloud: LocalCloud) -> str:
    pages = {
        "studio API": cloud.url,
        "sign in": f"{cloud.url}/api/auth/login?returnTo=/",
        "Drive": cloud.ports.url("google"),
        "ModelsLab": cloud.ports.url("modelslab"),
        "e-mail sign-in": cloud.ports.url("issuer"),
        "tasks": cloud.ports.url("tasks-control"),
        "staging": cloud.ports.url("storage"),
    }
    lines = "\n".join(f"  {name:<15} {url}" for name, url in pages.items())
    return f"\nEverything is up (Ctrl-C ends it):\n{lines}\n  files           {cloud.state / 'google' / 'drive'}\n"


def down(state: Path) -> int:
    """End a local cloud that runs elsewhere, and wait until it has."""
    running = _running(state)
    if not running:
        say("The local cloud is not up.")
        return 0
    os.kill(int(running["pid"]), signal.SIGTERM)
    pause = threading.Event()
    for _ in range(600):
        if not _alive(int(running["pid"])):
            say("Ended.")
            return 0
        pause.wait(0.1)
    say(f"Process {running['pid']} does not end.")
    return 1


def status(state: Path) -> int:
    """What runs, and where."""
    running = _running(state)
    if not running:
        say("The local cloud is not up. Start it with: make dev")
        return 1
    say(f"pid {running['pid']}   {running['url']}")
    for part, port in running["ports"].items():
        say(f"  {part:<14} {port}")
    return 0


def reset(state: Path) -> int:
    """Forget the state; what was downloaded or made to start faster stays."""
    if _running(state):
        say("The local cloud is up. End it first: make down")
        return 1
    for path in (state / "dev", state / "demo"):
        shutil.rmtree(path, ignore_errors=True)
    say("Forgotten.")
    return 0


def _file(state: Path) -> Path:
    return state / "state.json"


def _running(state: Path) -> dict[str, Any] | None:
    if not _file(state).exists():
        return None
    found: dict[str, Any] = json.loads(_file(state).read_text())
    return found if _alive(int(found["pid"])) else None


def _alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and "infra.local" in Path(f"/proc/{pid}/cmdline").read_text()


def main() -> int:
    """Parse the command line."""
    parser = argparse.ArgumentParser("python -m infra.local", description="The whole cloud on this machine.")
    parser.add_argument("--state", type=Path, default=ROOT / ".local", help="where its state is (default: %(default)s)")
    commands = parser.add_subparsers(dest="command", required=True)
    starting = commands.add_parser("up", help="start everything and stay; Ctrl-C ends it")
    starting.add_argument("--render-seconds", type=float, default=4, help="for each picture (default: %(default)s)")
    commands.add_parser("down", help="end what `up` has started")
    commands.add_parser("status", help="what runs, and on which ports")
    commands.add_parser("reset", help="forget all state")
    commands.add_parser("demo", help="sign a writer in, make two characters and a moodboard")
    options = parser.parse_args()
    if options.command == "up":
        return up(options.state, options.render_seconds)
    if options.command == "demo":
        return run_demo(options.state / "demo")
    return {"down": down, "status": status, "reset": reset}[options.command](options.state)


def _interrupted(*_: int | FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupted)
    sys.exit(main())
