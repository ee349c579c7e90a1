"""Cloud Tasks deletes an account, step by step."""

from __future__ import annotations

from typing import Any

import pytest

from functions.api import account, assets, media
from functions.cron import sweep_jobs
from shared.core.documents import Conflicted, OutcomeUnknown
from shared.core.errors import Unavailable
from tests.fakes.app import stored
from tests.fakes.studio import Browser, Studio
from tests.unit.functions.api.test_assets import by_hand, png


def busy(studio: Studio) -> tuple[Browser, str]:
    """A writer who has something of everything, and whose id it is."""
    ana = studio.writer()
    user_id = ana.id
    sari = ana.character()
    made = ana.picture(sari)["media"]
    ana.picture(sari, imageReferenceId=made["id"])
    ana.link(sari, by_hand(studio, public=True), Idempotency_Key="k")
    path = f"/api/assets/upload?entityType=character&entityId={sari}"
    ana.call(assets.ROUTES, "POST", path, png(7, 7), Content_Type="image/png")
    project = ana.make("projects", name="Other")["id"]
    for collection, fields in (
        ("universes", {"name": "u"}),
        ("scenes", {"title": "s"}),
        ("moodboards", {"title": "m"}),
    ):
        ana.make(collection, projectId=project, **fields)
    studio.hours(26)
    return ana, user_id


def close(browser: Browser) -> None:
    """The user wants it."""
    assert browser.call(account.ROUTES, "DELETE", "/api/account").status == 202


def mentions(studio: Studio, *words: str) -> list[Any]:
    """Documents in which one of these words stands anywhere, the ledger apart."""
    return [
        key
        for key, data in stored(studio.app).items()
        if key.collection != "credit_ledger" and any(word in f"{key} {data}" for word in words)
    ]


def test_nothing_refers_to_the_user_afterwards_but_the_ledger() -> None:
    """Which knows a random account; the files in Drive stay; nobody else's things are touched."""
    studio = Studio()
    budi = studio.writer("budi@gmail.com")
    kept = budi.picture()["media"]["id"]
    ana, user_id = busy(studio)
    files = {file_id: file.trashed for file_id, file in studio.files.files.items()}
    spent = [data["amount"] for key, data in stored(studio.app).items() if key.collection == "credit_ledger"]
    close(ana)
    studio.run()

    assert mentions(studio, user_id, "ana@gmail.com", "sub-ana") == []
    ledger = {key: data for key, data in stored(studio.app).items() if key.collection == "credit_ledger"}
    assert [data["amount"] for data in ledger.values()] == spent
    assert user_id not in str(ledger)
    assert {file_id: file.trashed for file_id, file in studio.files.files.items()} == files
    assert [one["id"] for one in budi.call(media.ROUTES, "GET", "/api/media").data] == [kept]


@pytest.mark.parametrize("step", ["queued", "rendering", "storing", "blocked"])
def test_a_job_under_way_is_ended_and_its_credits_released(step: str) -> None:
    """Wherever it is; what the provider renders is awaited and dropped, and no slot stays taken."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character()
    user_id = ana.id
    job = ana.generate(sari).data
    if step == "blocked":
        studio.google.forget("ana@gmail.com")
        studio.run_until(ana, job["id"], "ACTION_REQUIRED")
    if step in ("rendering", "storing"):
        studio.run_until(ana, job["id"], "RUNNING")
    if step == "storing":
        studio.files.trouble = _no_upload
        for _ in range(4):
            studio.post_webhooks()
            studio.queue.run_next(studio.clock, studio.handle)
    files = len(studio.files.files)
    close(ana)
    studio.run()
    studio.files.trouble = lambda _: None
    studio.run()

    types = [data["type"] for key, data in stored(studio.app).items() if key.collection == "credit_ledger"]
    assert sorted(types) == ["grant", "hold", "release"]
    assert mentions(studio, user_id, job["id"]) == []
    assert len(studio.files.files) == files
    budi = studio.writer("budi@gmail.com")
    assert budi.picture()["state"] == "SUCCEEDED"


def test_who_comes_back_is_somebody_new_without_another_gift() -> None:
    """One sign-up grant for each identity."""
    studio = Studio()
    ana, user_id = busy(studio)
    close(ana)
    studio.run()
    again = studio.writer()
    assert again.id != user_id
    assert again.call(media.ROUTES, "GET", "/api/media").data == []
    assert again.generate(again.character()).error == "INSUFFICIENT_CREDITS"


@pytest.mark.parametrize("error", [Conflicted, OutcomeUnknown, Unavailable])
@pytest.mark.parametrize("number", range(1, 20, 2))
def test_a_deletion_that_breaks_anywhere_goes_on(error: type[Exception], number: int) -> None:
    """At any commit: refused, of unknown outcome, or failed; and with every task lost."""
    studio = Studio()
    ana, user_id = busy(studio)
    close(ana)
    documents = studio.app.documents
    commit, count = documents.commit, 0

    def breaking(writes: Any, command: str) -> None:
        nonlocal count
        count += 1
        if count == number and error is OutcomeUnknown:
            commit(writes, command)
        if count == number:
            raise error("on purpose")
        commit(writes, command)

    documents.commit = breaking  # type: ignore[method-assign]
    while studio.queue.next_at() is not None:
        studio.queue.run_next(studio.clock, lambda task: studio.app.closing.step(task.payload["userId"]))
        studio.queue.drop_all()
    documents.commit = commit  # type: ignore[method-assign]
    for _ in range(10):
        studio.clock.advance(60)
        sweep_jobs.handle(studio.app, {})
        studio.run()
    assert mentions(studio, user_id, "ana@gmail.com", "sub-ana") == []


def test_what_a_late_request_writes_is_deleted_too() -> None:
    """A session is remembered for a minute, and a request may last two: the user's own document goes last, after both."""
    studio = Studio()
    ana, user_id = busy(studio)
    late = studio.writer()
    late.make("projects", name="warm")
    close(ana)
    studio.queue.run_next(studio.clock, studio.handle)
    late.make("projects", name="late")
    assert mentions(studio, "late") != []
    for _ in range(3):
        studio.queue.run_next(studio.clock, studio.handle)
    studio.app.stories.create(user_id, "projects", {"name": "even later"}, idempotency_key=None)
    studio.run()
    assert mentions(studio, user_id, "late") == []


@pytest.mark.parametrize("payload", [b"{", {}, {"userId": 7}, {"userId": "a/b"}, {"userId": "made-up"}])
def test_a_task_that_can_never_work_is_dropped(payload: Any) -> None:
    """And an account that nobody closed is not deleted, whatever a task says."""
    studio = Studio()
    ana = studio.writer()
    before = stored(studio.app)
    for given in (payload, {"userId": ana.id}):
        assert studio.task(given, function="tasks_delete_account").status_code == 204
    assert stored(studio.app) == before


def _no_upload(method: str) -> None:
    if method == "upload":
        raise Unavailable(method)
