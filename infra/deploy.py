"""Roll one image to every function, look at it, and go on or take it back: `python infra/deploy.py --help`.

    release    1  what serves now is noted, for the way back
               2  each service gets a revision of the image under a tag, without traffic; callees before callers
               3  smoke test: each revision is ready, and the open ones answer at the tag's address
               4  canary: a share of the open ones' traffic, watched for errors in the new revisions' logs
               5  all of it; a last smoke test at the public address
               Whatever fails from 2 on takes every service back to what served before, and ends with 1.
    rollback   every service goes back to its revision before the newest

`--print` shows every command and runs none. Needs gcloud and PyYAML only: Cloud Build runs it as it is.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parents[1]))
from infra.smoke import Failure, look_at

MANIFEST = Path(__file__).with_name("functions.yaml")
ORDER = {"task": 0, "cron": 1, "admin": 1, "hook": 2, "public": 3}  #: callees before callers
OPEN = ("public", "hook")
Run = Callable[[Sequence[str]], str]


class Broken(Exception):
    """A release that must be taken back; the message says why."""


@dataclass(frozen=True)
class Service:
    """One function, as gcloud knows it."""

    name: str
    kind: str
    paths: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether everybody may call it."""
        return self.kind in OPEN


@dataclass(frozen=True)
class Order:
    """What is asked for on the command line."""

    project: str
    region: str
    image: str = ""
    tag: str = ""
    canary: int = 10
    watch: int = 300  #: seconds
    url: str = ""


def services(path: Path = MANIFEST) -> list[Service]:
    """Those of the manifest, callees first."""
    functions = yaml.safe_load(path.read_text(encoding="utf-8"))["functions"]
    found = [Service(name.replace("_", "-"), one["kind"], tuple(one["routes"])) for name, one in functions.items()]
    return sorted(found, key=lambda service: ORDER[service.kind])


def gcloud(order: Order, *words: str) -> list[str]:
    """A command line."""
    return ["gcloud", *words, f"--project={order.project}", "--quiet"]


def on(order: Order, service: Service, *words: str) -> list[str]:
    """A command about a service: `words` begin with the verb."""
    verb, *flags = words
    return gcloud(order, "run", "services", verb, service.name, *flags, f"--region={order.region}")


def described(order: Order, service: Service) -> list[str]:
    """Which revision serves, and where its tags answer."""
    return on(order, service, "describe", "--format=json")


def rolled(order: Order, service: Service) -> list[str]:
    """A revision of the image under the tag, without traffic."""
    return on(order, service, "update", f"--image={order.image}", f"--tag={order.tag}", "--no-traffic")


def errors(order: Order, revisions: Sequence[str], since: str) -> list[str]:
    """Whether the new revisions have logged a mistake of ours."""
    either = " OR ".join(f'resource.labels.revision_name="{name}"' for name in revisions)
    query = f'resource.type="cloud_run_revision" jsonPayload.event="request.failed" timestamp>="{since}" ({either})'
    return gcloud(order, "logging", "read", query, "--limit=1", "--format=value(insertId)")


def back(order: Order, service: Service, revision: str) -> list[str]:
    """All traffic to a revision that served before."""
    return on(order, service, "update-traffic", f"--to-revisions={revision}=100")


def newest(order: Order, service: Service) -> list[str]:
    """Its two newest revisions."""
    shape = ("--limit=2", "--sort-by=~metadata.creationTimestamp", "--format=value(metadata.name)")
    return gcloud(order, "run", "revisions", "list", f"--service={service.name}", f"--region={order.region}", *shape)


def plan(order: Order) -> Iterator[list[str]]:
    """Every command of a release that goes well, for `--print` and for the lint."""
    all_ = services()
    yield from (described(order, service) for service in all_)
    yield from (rolled(order, service) for service in all_)
    yield from (described(order, service) for service in all_)
    if order.canary:
        yield from (
            on(order, one, "update-traffic", f"--to-tags={order.tag}={order.canary}") for one in all_ if one.is_open
        )
        yield errors(order, ["REVISION"], "2026-01-01T00:00:00Z")
    yield from (on(order, service, "update-traffic", "--to-latest") for service in all_)
    yield from (back(order, service, "REVISION") for service in all_[:1])
    yield newest(order, all_[0])


class Release:
    """One run. `run` executes a command and gives its output; `pause` waits; `say` tells the person."""

    def __init__(self, order: Order, run: Run, pause: Callable[[float], None], say: Callable[[str], None]) -> None:
        self.order, self.run, self.pause, self.say = order, run, pause, say
        self.before: dict[str, str] = {}  #: by service: the revision that served

    def go(self) -> bool:
        """The whole release. False: it was taken back."""
        all_ = services()
        for service in all_:
            self.before[service.name] = _serving(self._told(service))
        try:
            self._roll(all_)
            self._canary([service for service in all_ if service.is_open])
            for service in all_:
                self.run(on(self.order, service, "update-traffic", "--to-latest"))
            if self.order.url:
                look_at(self.order.url, [path for service in all_ if service.is_open for path in service.paths])
        except (Broken, Failure, subprocess.CalledProcessError) as problem:
            self.say(f"This release is taken back: {_why(problem)}")
            self._take_back(all_)
            return False
        self.say(f"{len(all_)} services serve {self.order.image}")
        return True

    def _roll(self, all_: Sequence[Service]) -> None:
        for service in all_:
            self.run(rolled(self.order, service))
        for service in all_:
            told = self._told(service)
            _require_ready(service, told)
            if service.is_open:
                look_at(_tagged(told, self.order.tag), service.paths)
                self.say(f"{service.name} answers at its tag")

    def _canary(self, open_: Sequence[Service]) -> None:
        """A share of the traffic for a while; one mistake in the new revisions' logs is one too many."""
        if not self.order.canary:
            return
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        for service in open_:
            self.run(on(self.order, service, "update-traffic", f"--to-tags={self.order.tag}={self.order.canary}"))
        new = [self._told(service)["status"]["latestReadyRevisionName"] for service in open_]
        self.say(f"{self.order.canary} per cent for {self.order.watch} seconds")
        for _ in range(max(1, self.order.watch // 30)):
            self.pause(min(30, self.order.watch))
            if self.run(errors(self.order, new, since)).strip():
                raise Broken("the canary's logs have answers 500")

    def _take_back(self, all_: Sequence[Service]) -> None:
        """Callers first, so that nobody calls what is not there. What is not back is named: a person must do it."""
        left = []
        for service in reversed(all_):
            revision = self.before.get(service.name)
            if not revision:
                continue
            try:
                self.run(back(self.order, service, revision))
            except subprocess.CalledProcessError:
                left.append(service.name)
        if left:
            self.say(f"NOT taken back: {', '.join(left)}. Do it by hand: gcloud run services update-traffic NAME …")
        else:
            self.say("Everything serves what served before.")

    def _told(self, service: Service) -> dict[str, Any]:
        return dict(json.loads(self.run(described(self.order, service))))


def rollback(order: Order, run: Run, say: Callable[[str], None]) -> bool:
    """Each service to the revision before its newest. False: some could not."""
    well = True
    for service in reversed(services()):
        names = run(newest(order, service)).split()
        if len(names) < 2:
            say(f"{service.name} has no earlier revision")
            well = False
            continue
        run(back(order, service, names[1]))
        say(f"{service.name}: {names[1]}")
    return well


def _serving(told: dict[str, Any]) -> str:
    """The revision with most of the traffic; the latest one where the service follows it."""
    status = told.get("status", {})
    traffic: dict[str, Any] = max(status.get("traffic", []), key=lambda one: one.get("percent", 0), default={})
    return str(traffic.get("revisionName") or status.get("latestReadyRevisionName", ""))


def _tagged(told: dict[str, Any], tag: str) -> str:
    for one in told.get("status", {}).get("traffic", []):
        if one.get("tag") == tag and one.get("url"):
            return str(one["url"])
    raise Broken(f"no address for the tag {tag} of {told.get('metadata', {}).get('name')}")


def _require_ready(service: Service, told: dict[str, Any]) -> None:
    status = told.get("status", {})
    if status.get("latestCreatedRevisionName") != status.get("latestReadyRevisionName"):
        raise Broken(f"{service.name}: the new revision does not become ready")


def _why(problem: Exception) -> str:
    if isinstance(problem, subprocess.CalledProcessError):
        return f"{shlex.join(problem.cmd)} ended with {problem.returncode}: {(problem.stderr or '').strip()[-500:]}"
    return str(problem)


def execute(command: Sequence[str]) -> str:
    """Run a command, shown before; its output. Raises `CalledProcessError`."""
    sys.stdout.write(f"{shlex.join(command)}\n")
    sys.stdout.flush()
    return subprocess.run(list(command), check=True, capture_output=True, text=True).stdout  # noqa: S603


def main() -> int:
    """From the command line."""
    parser = argparse.ArgumentParser("infra/deploy.py", description="Roll one image to every function, or go back.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("release", "rollback"):
        one = commands.add_parser(name)
        one.add_argument("--project", required=True)
        one.add_argument("--region", required=True)
        one.add_argument("--print", action="store_true", dest="print_only", help="show the commands, run none")
    one = commands.choices["release"]
    one.add_argument("--image", required=True, help="with its digest: HOST/PATH@sha256:…")
    one.add_argument("--tag", required=True, help="of the revisions, such as c-1a2b3c4")
    one.add_argument("--canary", type=int, default=10, help="per cent; 0 for none")
    one.add_argument("--watch", type=int, default=300, help="seconds that the canary is watched")
    one.add_argument("--url", default="", help="the public address, for the last look")
    given = vars(parser.parse_args())
    command, print_only = given.pop("command"), given.pop("print_only")
    order = Order(**given)
    say: Callable[[str], None] = lambda text: print(text, flush=True)  # noqa: T201, E731 to the person
    if print_only:
        for words in plan(order):
            say(shlex.join(words))
        return 0
    well = Release(order, execute, time.sleep, say).go() if command == "release" else rollback(order, execute, say)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
