"""Cloud Tasks moves a job one step on."""

from __future__ import annotations

from typing import Any

import pytest

from shared.core.errors import Unavailable
from tests.fakes.app import stored
from tests.fakes.studio import Studio


def test_each_task_does_one_step_and_asks_for_the_next() -> None:
    """Until the job has ended, and then no more."""
    studio = Studio()
    ana = studio.writer()
    job = ana.generate(ana.character()).data
    studio.run()
    assert ana.job(job["id"])["state"] == "SUCCEEDED"
    said = [task.payload for task in studio.queue.dispatched]
    assert all(payload["v"] == 1 and payload["jobId"] == job["id"] for payload in said)
    assert [payload["announced"] for payload in said if "announced" in payload] == [True]
    assert studio.queue.next_at() is None


def test_a_task_that_comes_again_or_late_changes_nothing() -> None:
    """The stored job decides."""
    studio = Studio()
    ana = studio.writer()
    job = ana.picture()
    before = stored(studio.app)
    for _ in range(3):
        assert studio.task({"v": 1, "jobId": job["id"]}).status_code == 204
    assert stored(studio.app) == before
    assert len(studio.provider.asked) == 1


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", {}, {"jobId": 7}, {"jobId": "made-up"}, {"jobId": "a/b"}])
def test_a_task_that_can_never_work_is_dropped_and_logged(payload: Any) -> None:
    """2xx, or it would come again for ever; nothing changes."""
    studio = Studio()
    before = stored(studio.app)
    answer = studio.task(payload)
    assert answer.status_code == 204
    assert stored(studio.app) == before


def test_what_may_pass_is_asked_for_again() -> None:
    """503, whatever its own status."""
    studio = Studio()
    ana = studio.writer()
    job = ana.generate(ana.character()).data

    class Down:
        def __getattr__(self, _: str) -> Any:
            raise Unavailable("Firestore is down")

    documents = studio.app.documents
    studio.app.built.pop("engine")
    studio.app.documents = Down()  # broken on purpose
    assert studio.task({"v": 1, "jobId": job["id"]}).status_code == 503
    studio.app.built.pop("engine")
    studio.app.documents = documents
    studio.run()
    assert ana.job(job["id"])["state"] == "SUCCEEDED"


def test_only_the_invoker_may_call() -> None:
    """With a token for this function."""
    studio = Studio()
    answer = studio.task({"v": 1, "jobId": "x"}, email="somebody@else.example")
    assert answer.status_code == 403
