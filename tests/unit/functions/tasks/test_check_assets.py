"""Cloud Tasks looks at some users' files."""

from __future__ import annotations

from typing import Any

import pytest

from functions.api import assets, media
from functions.cron import recheck_assets
from shared.core.documents import Conflicted, OutcomeUnknown
from shared.core.errors import Unavailable
from shared.drive.model import Ask, Sight
from shared.media.turns import DUE
from tests.fakes.app import stored
from tests.fakes.studio import Browser, Studio
from tests.unit.functions.api.test_assets import by_hand
from tests.unit.functions.cron.test_recheck_assets import lost


def linked(studio: Studio, browser: Browser, count: int) -> list[tuple[str, str]]:
    """Linked files: ids of media and of files."""
    sari, made = browser.character(), []
    for _ in range(count):
        file_id = by_hand(studio, public=True)
        made.append((browser.link(sari, file_id).data["id"], file_id))
    return made


@pytest.mark.parametrize(
    "payload", [b"{", {}, {"runId": "r"}, {"runId": "r", "users": "u"}, {"runId": "a/b", "users": []},
                {"runId": "r", "users": ["a/b"]}, {"runId": "r", "users": [7]}]
)  # fmt: skip
def test_a_task_that_can_never_work_is_dropped(payload: Any) -> None:
    """2xx; nothing changes."""
    studio = Studio()
    before = stored(studio.app)
    assert studio.task(payload, function="tasks_check_assets").status_code == 204
    assert stored(studio.app) == before


def test_a_user_who_is_not_due_or_not_there_is_left_alone() -> None:
    """A late or foreign task changes nothing."""
    studio = Studio()
    ana = studio.writer()
    ana.picture()
    users = {data["userId"]: data for key, data in stored(studio.app).items() if key.collection == "rechecks"}
    payload = {"runId": "recheck-1", "users": [ana.id, "made-up"]}
    assert studio.task(payload, function="tasks_check_assets").status_code == 204
    after = {data["userId"]: data for key, data in stored(studio.app).items() if key.collection == "rechecks"}
    assert after == users
    assert studio.files.units == 0


def test_too_much_that_turns_bad_stops_the_run_and_reports_nothing() -> None:
    """Of several users: then it is an outage; the next run begins anew."""
    studio = Studio()
    writers = [studio.writer(f"w{number}@gmail.com") for number in range(4)]
    for writer in writers:
        linked(studio, writer, 3)
    studio.files.blind = True
    studio.hours(48)
    runs = [data for key, data in stored(studio.app).items() if key.collection == "runs" and data["total"]["users"]]
    assert {run["stopped"] for run in runs} == {"missing"}
    studio.files.blind = False
    studio.hours(30)
    assert [lost(writer) for writer in writers] == [[]] * 4


def test_an_outage_postpones_and_marks_nothing() -> None:
    """First by the hour, then by the day."""
    studio = Studio()
    ana = studio.writer()
    linked(studio, ana, 2)
    ana.picture()
    studio.files.trouble = _down
    studio.hours(40)
    assert lost(ana) == []
    assert [task.function for task in studio.queue.dispatched].count("tasks_check_assets") <= 17
    studio.files.trouble = lambda _: None
    studio.hours(24)
    states = [one["accessibility"]["state"] for one in ana.call(media.ROUTES, "GET", "/api/media").data]
    assert states == ["accessible"] * 3


def test_a_run_spends_no_more_than_its_budget() -> None:
    """The rest is looked at in the next one."""
    studio = Studio(RECHECK_UNITS="110")
    writers = [studio.writer(f"w{number}@gmail.com") for number in range(3)]
    for writer in writers:
        writer.picture()
    studio.hours(60)
    runs = [data for key, data in stored(studio.app).items() if key.collection == "runs"]
    assert {run["stopped"] for run in runs if run["total"]["units"] >= 110} == {"budget"}


def test_a_file_that_is_replaced_while_it_is_looked_at_is_judged_by_nothing_seen() -> None:
    """What was seen is of the other file."""
    studio = Studio()
    ana = studio.writer()
    ((media_id, file_id),) = linked(studio, ana, 1)
    other = by_hand(studio, public=True)
    studio.files.remove(file_id)
    look = studio.files.look

    def meanwhile(asks: list[Ask]) -> list[Sight]:
        ana.call(assets.ROUTES, "PUT", f"/api/assets/{media_id}/replace", {"newDriveUrl": other})
        return look(asks)

    studio.files.look = meanwhile  # type: ignore[method-assign,assignment]  # something happens in between
    studio.hours(48)
    assert lost(ana) == []


def test_a_file_whose_media_is_deleted_meanwhile_stays_deleted() -> None:
    """Nothing is written back."""
    studio = Studio()
    ana = studio.writer()
    ((media_id, _), (other, _)) = linked(studio, ana, 2)
    look = studio.files.look

    def meanwhile(asks: list[Ask]) -> list[Sight]:
        ana.call(media.ROUTES, "DELETE", f"/api/media/{media_id}")
        return look(asks)

    studio.files.look = meanwhile  # type: ignore[method-assign,assignment]  # something happens in between
    studio.hours(26)
    assert [one["id"] for one in ana.call(media.ROUTES, "GET", "/api/media").data] == [other]


@pytest.mark.parametrize("error", [Conflicted, OutcomeUnknown, Unavailable])
@pytest.mark.parametrize("number", range(1, 9))
def test_a_task_that_breaks_at_any_write_is_run_again_and_loses_nothing(error: type[Exception], number: int) -> None:
    """Each commit of the first task once refused, of unknown outcome (it happened), or failed."""
    studio = Studio()
    ana = studio.writer()
    ((media_id, file_id), (kept, _)) = linked(studio, ana, 2)
    own = ana.picture()["media"]
    studio.hours(1)
    studio.files.remove(file_id)
    studio.files.change(own["driveFileId"], trashed=True)
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

    studio.clock.advance(25 * 3600)
    documents.commit = breaking  # type: ignore[method-assign]
    try:
        recheck_assets.handle(studio.app, {})
    except Unavailable:
        recheck_assets.handle(studio.app, {})
    while studio.queue.next_at() is not None:
        studio.queue.run_next(studio.clock, lambda task: studio.app.recheck.check(**_named(task.payload)))
    documents.commit = commit  # type: ignore[method-assign]
    studio.hours(36)
    assert {one[0] for one in lost(ana)} == {media_id, own["id"]}
    assert kept not in {one[0] for one in lost(ana)}


def _named(payload: Any) -> dict[str, Any]:
    return {"run_id": payload["runId"], "user_ids": payload["users"]}


def test_a_user_with_many_files_takes_several_turns_and_delays_nobody() -> None:
    """Each turn is bounded; the other user's is not behind them."""
    studio = Studio()
    ana, budi = studio.writer(), studio.writer("budi@gmail.com")
    many = linked(studio, ana, 520)
    ((other, file_id),) = linked(studio, budi, 1)
    for gone in (file_id, many[0][1], many[-1][1]):
        studio.files.remove(gone)
    studio.hours(31)
    assert {one[0] for one in lost(ana)} == {many[0][0], many[-1][0]}
    assert [one[0] for one in lost(budi)] == [other]
    assert len(many) > DUE
    turns = [task for task in studio.queue.dispatched if task.function == "tasks_check_assets"]
    assert any(task.payload["users"] == [ana.id] for task in turns)


def _down(method: str) -> None:
    if method != "about":
        raise Unavailable(method)
