"""The provider says: look now."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from functions.hooks import modelslab
from tests.fakes.app import Response, call, stored
from tests.fakes.studio import Browser, Studio


def rendering(studio: Studio) -> tuple[Browser, dict[str, Any], str]:
    """A job at the provider, and the path of its webhook."""
    ana = studio.writer()
    job = ana.generate(ana.character()).data
    studio.run_until(ana, job["id"], "RUNNING")
    return ana, job, urlsplit(studio.provider.asked[0].webhook.reveal()).path


def hook(studio: Studio, path: str, body: Any) -> Response:
    """One call of it."""
    return call(studio.app, modelslab.ROUTES, "POST", path, body)


def test_a_webhook_makes_us_look_at_once() -> None:
    """Nothing else is believed: the result comes from our own fetch."""
    studio = Studio()
    ana, job, path = rendering(studio)
    studio.clock.advance(21)
    body = {"status": "success", "id": "999", "output": ["https://evil.example/x.png"]}
    assert hook(studio, path, body).status == 204
    studio.run(webhooks=False)

    assert any(task.name.endswith("-w") for task in studio.queue.dispatched)
    assert ana.job(job["id"])["state"] == "SUCCEEDED"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"\xff",
        {"id": None},
        {"id": {"a": 1}},
        {"id": "../x"},
        {"id": True},
        {"id": "x" * 500},
    ],
)
def test_a_body_that_says_nothing_still_means_look(body: Any) -> None:
    """Whatever it holds."""
    studio = Studio()
    ana, job, path = rendering(studio)
    assert hook(studio, path, body).status == 204
    studio.run(webhooks=False)
    assert ana.job(job["id"])["state"] == "SUCCEEDED"


def test_a_forged_webhook_changes_nothing() -> None:
    """Another job's token, a made-up one, a made-up job."""
    studio = Studio()
    _, job, path = rendering(studio)
    before = stored(studio.app)
    for wrong in (f"{path}0", f"/hooks/modelslab/{job['id']}/{'0' * 64}", f"/hooks/modelslab/other/{path[-64:]}"):
        assert hook(studio, wrong, {"id": "1000"}).error == "NOT_FOUND"
    assert stored(studio.app) == before


def test_a_webhook_that_comes_late_or_twice_changes_nothing() -> None:
    """The job has ended."""
    studio = Studio()
    ana, job, path = rendering(studio)
    studio.run()
    before = stored(studio.app)
    for _ in range(2):
        assert hook(studio, path, {"id": "1000"}).status == 204
    studio.run()
    assert stored(studio.app) == before
    assert ana.job(job["id"])["state"] == "SUCCEEDED"


def test_a_job_whose_answer_was_lost_is_found_by_its_webhook() -> None:
    """The id in it is tried, and believed once our own fetch of it succeeds."""
    studio = Studio()
    studio.provider.faults = lambda _: frozenset({"lost"})
    ana = studio.writer()
    job = ana.generate(ana.character()).data
    studio.run_until(ana, job["id"], "RUNNING")
    studio.clock.advance(21)
    path = urlsplit(studio.provider.asked[0].webhook.reveal()).path
    assert hook(studio, path, {"id": int(next(iter(studio.provider.jobs)))}).status == 204
    studio.run(webhooks=False)

    assert ana.job(job["id"])["state"] == "SUCCEEDED"
    assert studio.provider.charges(f"job-{job['id']}") == len(studio.provider.asked) == 1
