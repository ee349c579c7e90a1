"""List, get, change and delete media."""

from __future__ import annotations

import pytest

from functions.api import media, stories
from shared.core.errors import DriveUnavailable
from tests.fakes.app import stored
from tests.fakes.studio import Studio


def test_a_media_says_what_it_is_where_it_is_and_how_it_was_made() -> None:
    """The plan's columns, and links that work today."""
    ana = Studio().writer()
    made = ana.picture(ana.character(appearance="tall"))["media"]
    found = ana.call(media.ROUTES, "GET", f"/api/media/{made['id']}").data
    file_id = found["driveFileId"]

    assert (found["mediaType"], found["sourceType"], found["mimeType"]) == ("image", "generated", "image/png")
    assert (found["modelUsed"], found["creditsUsed"], found["sharing"]) == ("seedream-4.5", 5, "public")
    assert found["promptUsed"] == "Sari, tall, high quality, detailed, professional"
    assert found["viewUrl"] == f"https://drive.google.com/file/d/{file_id}/view"
    assert found["thumbnailUrl"].startswith(f"https://drive.google.com/thumbnail?id={file_id}&sz=")
    assert found["publicUrl"].startswith("https://")
    assert f"/api/media/{found['id']}/content?t=" in found["contentUrl"]
    assert (found["isAccessible"], found["accessibility"]["state"]) == (True, "accessible")


def test_a_file_that_may_not_be_public_is_restricted_and_no_failure() -> None:
    """A Workspace policy."""
    studio = Studio()
    studio.files.forbids_public = True
    made = studio.writer().picture()["media"]
    assert (made["sharing"], made["publicUrl"]) == ("restricted", None)


def test_the_first_picture_is_primary_and_the_user_moves_the_pointer() -> None:
    """One at a time; the character points at it."""
    ana = Studio().writer()
    sari = ana.character()
    first, second = ana.picture(sari)["media"], ana.picture(sari)["media"]
    assert (first["isPrimary"], second["isPrimary"]) == (True, False)

    path = f"/api/media/{second['id']}"
    assert ana.call(media.ROUTES, "PATCH", path, {"isPrimary": True}).data["isPrimary"]
    flags = {item["id"]: item["isPrimary"] for item in ana.call(media.ROUTES, "GET", "/api/media").data}
    assert flags == {first["id"]: False, second["id"]: True}
    assert ana.call(stories.ROUTES, "GET", f"/api/characters/{sari}").data["primary"]["image"] == second["id"]
    assert ana.call(media.ROUTES, "PATCH", path, {"isPrimary": False}).data["isPrimary"] is False


def test_the_list_is_filtered() -> None:
    """Each filter must hold."""
    ana = Studio().writer()
    sari, budi = ana.character(), ana.character("Budi")
    made = ana.picture(sari)["media"]
    ana.picture(budi)
    for query in (f"entityId={sari}", f"projectId={made['projectId']}", f"entityType=character&entityId={sari}"):
        assert [item["id"] for item in ana.call(media.ROUTES, "GET", f"/api/media?{query}").data] == [made["id"]]
    assert len(ana.call(media.ROUTES, "GET", "/api/media?mediaType=image&sourceType=generated").data) == 2
    assert ana.call(media.ROUTES, "GET", "/api/media?mediaType=video").data == []


@pytest.mark.parametrize(("how", "trashed"), [("keep", False), ("trash", True)])
def test_deleting_forgets_the_record_and_does_with_the_file_as_told(how: str, *, trashed: bool) -> None:
    """The pointer and the preview go too."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character()
    made = ana.picture(sari)["media"]
    answer = ana.call(media.ROUTES, "DELETE", f"/api/media/{made['id']}?driveFile={how}")

    assert answer.data == {"id": made["id"], "deleted": True, "driveFile": how}
    assert ana.call(media.ROUTES, "GET", f"/api/media/{made['id']}").error == "NOT_FOUND"
    assert ana.call(stories.ROUTES, "GET", f"/api/characters/{sari}").data["primary"]["image"] is None
    assert studio.files.files[made["driveFileId"]].trashed is trashed
    assert [key for key in stored(studio.app) if key.id == made["id"]] == []


def test_a_drive_that_does_not_answer_deletes_nothing() -> None:
    """It can be tried again."""
    studio = Studio()
    ana = studio.writer()
    made = ana.picture()["media"]
    before = stored(studio.app)

    def trouble(method: str) -> None:
        if method == "trash":
            raise DriveUnavailable("down")

    studio.files.trouble = trouble
    answer = ana.call(media.ROUTES, "DELETE", f"/api/media/{made['id']}?driveFile=trash")
    assert (answer.status, answer.error) == (503, "DRIVE_UNAVAILABLE")
    assert stored(studio.app) == before


def test_another_users_media_is_like_a_made_up_one() -> None:
    """Looking, changing, deleting."""
    studio = Studio()
    ana, budi = studio.writer(), studio.writer("budi@gmail.com")
    made = ana.picture()["media"]
    for media_id in (made["id"], "made-up"):
        path = f"/api/media/{media_id}"
        for method, body in (("GET", None), ("PATCH", {"isPrimary": True}), ("DELETE", None)):
            assert budi.call(media.ROUTES, method, path, body).error == "NOT_FOUND"
    assert budi.call(media.ROUTES, "GET", "/api/media").data == []
