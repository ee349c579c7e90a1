"""A fair turn in real time: three processes of the functions, of which one is killed while its job is at the provider.

Judged by the provider's own log: how many it had at once, and when it accepted what.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
import requests

from infra.local.cloud import LocalCloud
from infra.local.demo.writer import Writer
from infra.local.parts import Choices
from tests.e2e.conftest import QUICK, Cloud, ended, patiently

LIMIT = 5
GREED = [114, 60, 45, 30, 20, 5, 5, 5, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1]  #: jobs of each of 20 users: 300 in all
LIGHT = 2  #: jobs of a light user at most
KILLED = -9


@pytest.fixture
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Three processes behind one port; a provider that would take more than we may give it."""
    settings = {**QUICK, "SIGN_UP_GRANT": "600", "PROVIDER_CONCURRENCY": str(LIMIT)}
    choices = Choices(
        render_seconds=0.3, scale=0.01, sweep_every=2, queue_limit=15, instances=3, extra_env=settings
    )  # fmt: skip
    local = LocalCloud(tmp_path_factory.mktemp("cloud"), choices=choices)
    try:
        local.start()
        yield Cloud(local)
    finally:
        local.stop()


def ask_for_all(writer: Writer, count: int) -> list[dict[str, Any]]:
    """One after the other, again with the same key when a process dies under the request."""
    character = patiently(lambda: writer.make_character("Sari"))["id"]
    jobs = []
    for number in range(count):
        body, key = {"characterId": character}, f"{writer.email}-{number}"
        answer = patiently(lambda: writer.raw("POST", "/api/generate/character", body, Idempotency_Key=key))  # noqa: B023
        assert answer.status_code == 202, answer.text
        jobs.append(dict(answer.json()["data"]))
    return jobs


def ideal(asked: dict[str, list[float]], turns: list[float]) -> dict[str, list[float]]:
    """Seconds that each user would have waited if the same turns had gone round among those who had asked."""
    waiting = {user: deque(sorted(times)) for user, times in asked.items()}
    order = deque(sorted(asked, key=lambda user: min(asked[user])))
    waits: dict[str, list[float]] = defaultdict(list)
    for turn in turns:
        for _ in range(len(order)):
            user = order[0]
            order.rotate(-1)
            if waiting[user] and waiting[user][0] <= turn:
                waits[user].append(turn - waiting[user].popleft())
                break
    return waits


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return sorted(values)[-(-len(values) * 95 // 100) - 1]


def test_the_limit_is_kept_all_jobs_end_and_light_users_are_served_soon(cloud: Cloud) -> None:
    """300 jobs of 20 users, greedy ones first; each tenth asking is refused for a full queue, some answers are lost."""
    writers = [cloud.signed_in(f"w{number}") for number in range(len(GREED))]
    for name, every, value in (
        ("error", 10, "429"),
        ("retry_seconds", 10, "2"),
        ("drop", 47, "after"),
        ("fails", 31, "failed"),
    ):
        cloud.fault("modelslab", name, times=-1, every=every, params={"value": value})
    journal = cloud.local.state / "crash"
    cloud.local.restart_gateway(2, CRASH_AT="submit:after", CRASH_JOURNAL=str(journal))
    with ThreadPoolExecutor(len(GREED)) as pool:
        asked = list(pool.map(ask_for_all, writers, GREED))
        assert cloud.local.supervisor.wait_end("gateway-2", 60) == KILLED
        done = list(pool.map(lambda pair: [ended(*pair_) for pair_ in pair], _pairs(writers, asked)))

    jobs = {job["id"]: job for jobs in done for job in jobs}
    assert len(jobs) == 300
    accepted = ledger(cloud)
    charged = Counter(entry["track_id"].removeprefix("job-") for entry in accepted)
    assert all(charged[job_id] <= 1 for job_id in jobs)
    assert all(charged[job["id"]] == 1 for job in jobs.values() if job["state"] == "SUCCEEDED")
    states = Counter(job["state"] for job in jobs.values())
    assert states["SUCCEEDED"] >= 0.85 * len(jobs)
    most = max(event["queued"] or 0 for event in cloud.journal("modelslab") if event["event"] == "request")
    assert most == LIMIT, "never more at once, and no fewer when many wait"

    waited, best = waits(asked, accepted)
    light = [user for user, count in enumerate(GREED) if count <= LIGHT]
    real = [wait for user in light for wait in waited[str(user)]]
    round_robin = [wait for user in light for wait in best[str(user)]]
    assert p95(real) <= 2 * p95(round_robin), (p95(real), p95(round_robin), states)


def _pairs(writers: list[Writer], asked: list[list[dict[str, Any]]]) -> list[list[tuple[Writer, dict[str, Any]]]]:
    return [[(writer, job) for job in jobs] for writer, jobs in zip(writers, asked, strict=True)]


def ledger(cloud: Cloud) -> list[dict[str, Any]]:
    """What the provider has accepted and charged, in its order."""
    url = f"{cloud.local.ports.url('modelslab')}/_emulator/ledger"
    return list(requests.get(url, timeout=30).json()["entries"])


def waits(
    asked: list[list[dict[str, Any]]], accepted: list[dict[str, Any]]
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """By user: from asking to the provider's acceptance; and the same if the turns had gone round."""
    begun = {job["id"]: datetime.fromisoformat(job["createdAt"]).timestamp() for jobs in asked for job in jobs}
    owner = {job["id"]: str(user) for user, jobs in enumerate(asked) for job in jobs}
    real: dict[str, list[float]] = defaultdict(list)
    times: dict[str, list[float]] = defaultdict(list)
    turns = []
    for entry in accepted:
        job_id = entry["track_id"].removeprefix("job-")
        real[owner[job_id]].append(entry["at"] - begun[job_id])
        times[owner[job_id]].append(begun[job_id])
        turns.append(entry["at"])
    return real, ideal(times, turns)
