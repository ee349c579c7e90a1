"""Every hour: whose files are looked at."""

from __future__ import annotations

from functions.api import media
from functions.cron import recheck_assets
from shared.core.documents import Key
from tests.fakes.app import stored
from tests.fakes.studio import Browser, Studio
from tests.unit.functions.api.test_assets import by_hand


def lost(browser: Browser) -> list[tuple[str, str, str]]:
    """What the user sees of what is lost: id, reason, what to do."""
    found = browser.call(media.ROUTES, "GET", "/api/media?isAccessible=false").data
    return [(one["id"], one["accessibility"]["reason"], one["accessibility"]["action"]) for one in found]


def test_what_the_user_puts_in_the_trash_is_known_within_the_day() -> None:
    """And what they restore is found again; nobody else's is touched."""
    studio = Studio()
    ana, budi = studio.writer(), studio.writer("budi@gmail.com")
    made = ana.picture()["media"]
    budi.picture()
    studio.hours(26)
    studio.files.change(made["driveFileId"], trashed=True)
    studio.hours(36)
    assert lost(ana) == [(made["id"], "trashed", "restore_from_trash")]
    assert lost(budi) == []
    studio.files.change(made["driveFileId"], trashed=False)
    studio.hours(25)
    assert lost(ana) == []


def test_a_linked_file_that_goes_is_known_too() -> None:
    """Within its interval and the second look."""
    studio = Studio()
    ana = studio.writer()
    file_id = by_hand(studio, public=True)
    media_id = ana.link(ana.character(), file_id).data["id"]
    studio.files.remove(file_id)
    studio.hours(31)
    assert lost(ana) == [(media_id, "not_granted_or_gone", "replace")]


def test_a_folder_in_the_trash_takes_its_files_with_it() -> None:
    """The feed tells of the folder only: so everything is looked at."""
    studio = Studio()
    ana = studio.writer()
    made = ana.picture()["media"]
    studio.hours(26)
    connection = studio.app.connections.find(ana.id)
    assert connection
    assert connection.drive_folder_id
    studio.files.bin_folder(connection.drive_folder_id)
    studio.hours(36)
    assert lost(ana) == [(made["id"], "trashed", "restore_from_trash")]


def test_a_dead_connection_loses_no_file() -> None:
    """It is the connection that is marked."""
    studio = Studio()
    ana = studio.writer()
    ana.picture()
    studio.hours(26)
    studio.google.forget("ana@gmail.com")
    studio.hours(60)
    assert lost(ana) == []
    connection = studio.app.connections.find(ana.id)
    assert connection
    assert connection.state == "needs_reconnect"
    ana.connect()
    studio.hours(26)
    assert lost(ana) == []


def test_what_was_lost_while_there_was_no_connection_is_known_when_it_is_back() -> None:
    """The feed begins anew, with a look at everything."""
    studio = Studio()
    ana = studio.writer()
    made = ana.picture()["media"]
    studio.hours(26)
    studio.google.forget("ana@gmail.com")
    studio.hours(26)
    studio.files.change(made["driveFileId"], trashed=True, public=False)
    studio.hours(26)
    assert lost(ana) == []
    ana.connect()
    studio.hours(36)
    assert lost(ana) == [(made["id"], "trashed", "restore_from_trash")]
    assert stored(studio.app)[Key("rechecks", ana.id)]["dark"] is False


def test_a_run_is_recorded() -> None:
    """For the dashboard."""
    studio = Studio()
    studio.writer().picture()
    studio.hours(25)
    runs = [data for key, data in stored(studio.app).items() if key.collection == "runs" and data["total"]["users"]]
    assert len(runs) == 1
    total = runs[0]["total"]
    assert (total["users"], total["listed"], total["units"], total["changed"]) == (1, 1, 105, 0)
    assert runs[0]["stopped"] is None


def test_a_second_call_in_the_hour_shares_out_nothing_new() -> None:
    """Overlapping runs are harmless: the tasks have the same names."""
    studio = Studio()
    studio.writer().picture()
    studio.clock.advance(25 * 3600)
    for _ in range(3):
        recheck_assets.handle(studio.app, {})
    studio.run()
    assert [task.function for task in studio.queue.dispatched].count("tasks_check_assets") == 1
    assert stored(studio.app).keys() >= {Key("rechecks", studio.writer().id)}
