"""A release on the local cloud with a gcloud that records: what goes well goes on, what does not is taken back whole."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import requests
from werkzeug.wrappers import Request, Response

from infra.deploy import Order, Release, rollback, services
from infra.local.serving import Serving
from tests.e2e.conftest import Cloud, cloud  # noqa: F401 a fixture

OLD, NEW, TAG = "old", "new", "c-1"


class Gcloud:
    """Records commands and answers as the service does; `front` is where the new revisions answer."""

    def __init__(self, front: str) -> None:
        self.front = front
        self.commands: list[list[str]] = []
        self.serves: dict[str, str] = {service.name: OLD for service in services()}
        self.made: set[str] = set()
        self.not_ready: set[str] = set()
        self.errors = ""
        self.fails: tuple[str, ...] = ()  #: words of a command that ends with 1

    def __call__(self, command: Sequence[str]) -> str:
        """See `Run`."""
        words = list(command)
        self.commands.append(words)
        if self.fails and all(any(fail in word for word in words) for fail in self.fails):
            raise subprocess.CalledProcessError(1, words, stderr="PERMISSION_DENIED")
        match words[1:4]:
            case ["run", "services", "describe"]:
                return json.dumps(self._described(words[4]))
            case ["run", "services", "update"]:
                self.made.add(words[4])
            case ["run", "services", "update-traffic"]:
                self._traffic(words[4], words[5])
            case ["run", "revisions", "list"]:
                return f"{NEW}\n{OLD}\n"
            case ["logging", "read", _]:
                return self.errors
        return ""

    def _described(self, name: str) -> dict[str, Any]:
        created = f"{name}-{NEW if name in self.made else OLD}"
        ready = f"{name}-{OLD}" if name in self.not_ready else created
        traffic: list[dict[str, Any]] = [{"revisionName": f"{name}-{self.serves[name]}", "percent": 100}]
        if name in self.made:
            traffic.append({"revisionName": created, "tag": TAG, "url": self.front})
        status = {"latestCreatedRevisionName": created, "latestReadyRevisionName": ready, "traffic": traffic}
        return {"metadata": {"name": name}, "status": status}

    def _traffic(self, name: str, how: str) -> None:
        if how == "--to-latest":
            self.serves[name] = NEW
        elif how.startswith("--to-revisions="):
            self.serves[name] = how.removeprefix("--to-revisions=").partition("=")[0].removeprefix(f"{name}-")


class Front:
    """In front of the local cloud: some paths answer otherwise, as a broken revision does."""

    def __init__(self, url: str) -> None:
        self.url, self.broken = url, dict[str, Response]()
        self.serving = Serving(Request.application(self.answer))

    def answer(self, request: Request) -> Response:
        """The broken answer, or the cloud's."""
        if request.path in self.broken:
            return self.broken[request.path]
        there = requests.get(f"{self.url}{request.full_path}", timeout=20, allow_redirects=False)
        kept = {name: there.headers[name] for name in ("Content-Type", "Location") if name in there.headers}
        return Response(there.content, there.status_code, kept)


@pytest.fixture
def front(cloud: Cloud) -> Iterator[Front]:  # noqa: F811 the fixture
    """Where the new revisions answer."""
    made = Front(cloud.local.url)
    yield made
    made.serving.stop()


def released(front: Front, gcloud: Gcloud, **more: Any) -> tuple[bool, str]:
    """How a release ends, and what was said."""
    said: list[str] = []
    order = Order(project="p", region="r", image="i@sha256:1", tag=TAG, watch=60, **more)
    return Release(order, gcloud, lambda _: None, said.append).go(), "\n".join(said)


def test_a_good_release_goes_to_all_callees_first(front: Front) -> None:
    """Without traffic first; a share of the open ones' next; at the end each service follows its latest again."""
    gcloud = Gcloud(front.serving.url)
    well, said = released(front, gcloud, url=front.serving.url)
    assert (well, set(gcloud.serves.values())) == (True, {NEW}), said
    rolled = [words[4] for words in gcloud.commands if words[3] == "update"]
    assert rolled.index("tasks-advance-job") < rolled.index("hooks-modelslab") < rolled.index("api-jobs")
    assert all("--no-traffic" in words for words in gcloud.commands if words[3] == "update")
    shared = {words[4] for words in gcloud.commands if any("--to-tags" in word for word in words)}
    assert shared == {service.name for service in services() if service.is_open}
    last = {words[4]: words[5] for words in gcloud.commands if words[3] == "update-traffic"}
    assert set(last.values()) == {"--to-latest"}


BROKEN = {
    "500 on health": ("/health", Response("{}", 500)),
    "health says otherwise": ("/health", Response('{"success": true, "data": {"status": "bad"}}')),
    "wrong models": ("/api/models", Response('{"success": true, "data": []}')),
    "models are no JSON": ("/api/models", Response("<html>")),
    "502 of a proxy": ("/api/projects", Response("<html>", 502)),
    "another's refusal": ("/api/projects", Response('{"error": {"code": 403}}', 403)),
    "no studio": ("/", Response("<html>Hello</html>")),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_revision_is_taken_back_before_it_has_traffic(front: Front, case: str) -> None:
    """Every service serves what it served."""
    path, answer = BROKEN[case]
    front.broken[path] = answer
    gcloud = Gcloud(front.serving.url)
    well, said = released(front, gcloud)
    assert (well, set(gcloud.serves.values())) == (False, {OLD})
    assert "This release is taken back" in said
    assert path in said
    assert not any("--to-tags" in word for words in gcloud.commands for word in words)


def test_a_revision_that_does_not_become_ready_is_taken_back(front: Front) -> None:
    """It has no address to look at."""
    gcloud = Gcloud(front.serving.url)
    gcloud.not_ready.add("tasks-advance-job")
    well, said = released(front, gcloud)
    assert (well, set(gcloud.serves.values())) == (False, {OLD})
    assert "tasks-advance-job: the new revision does not become ready" in said


def test_a_canary_with_a_mistake_in_its_logs_is_taken_back(front: Front) -> None:
    """Asked for in the new revisions only, from the canary's beginning on."""
    gcloud = Gcloud(front.serving.url)
    gcloud.errors = "abc\n"
    well, said = released(front, gcloud)
    assert (well, set(gcloud.serves.values())) == (False, {OLD})
    assert "the canary's logs have answers 500" in said
    (query,) = {words[3] for words in gcloud.commands if words[1] == "logging"}
    assert f'resource.labels.revision_name="api-jobs-{NEW}"' in query
    assert "timestamp>=" in query


def test_a_command_that_fails_is_told_and_taken_back(front: Front) -> None:
    """With what gcloud said."""
    gcloud = Gcloud(front.serving.url)
    gcloud.fails = ("update", "api-jobs", "--image")
    well, said = released(front, gcloud)
    assert (well, set(gcloud.serves.values())) == (False, {OLD})
    assert "PERMISSION_DENIED" in said


def test_what_could_not_be_taken_back_is_named(front: Front) -> None:
    """A person must do it; the others are back."""
    front.broken["/health"] = Response("{}", 500)
    gcloud = Gcloud(front.serving.url)
    gcloud.serves["api-jobs"] = "older"
    gcloud.fails = ("update-traffic", "api-jobs", "--to-revisions")
    well, said = released(front, gcloud)
    assert not well
    assert "NOT taken back: api-jobs." in said


def test_a_release_can_be_taken_back_later(front: Front) -> None:
    """Each service to the revision before its newest."""
    gcloud = Gcloud(front.serving.url)
    said: list[str] = []
    assert rollback(Order(project="p", region="r"), gcloud, said.append)
    assert set(gcloud.serves.values()) == {OLD}
