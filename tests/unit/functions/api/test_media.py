"""List, get, change and delete media."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from functions.api import media, stories
from shared.core.documents import Create
from shared.core.errors import DriveUnavailable
from shared.media.model import Media, media_key
from tests.fakes.app import Response, stored
from tests.fakes.studio import Browser, Studio


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


def listed(browser: Browser, query: str) -> list[str]:
    """The ids of a list."""
    return [item["id"] for item in browser.call(media.ROUTES, "GET", f"/api/media?{query}").data]


def patch(browser: Browser, media_id: str, **changes: Any) -> Response:
    """Change."""
    return browser.call(media.ROUTES, "PATCH", f"/api/media/{media_id}", changes)


def test_words_and_tags_find_a_media() -> None:
    """All of them must be there, without case; other filters hold too."""
    ana = Studio().writer()
    fox = ana.picture(ana.character("Fox", appearance="a red fox in the Snow"))["media"]["id"]
    crow = ana.picture(ana.character("Crow", appearance="a black crow in the snow"))["media"]["id"]
    assert set(listed(ana, "q=SNOW")) == {fox, crow}
    assert listed(ana, "q=snow%20red") == [fox]
    assert listed(ana, "q=snow%20blue") == []
    for nothing in ("", "%20", "!"):
        assert ana.call(media.ROUTES, "GET", f"/api/media?q={nothing}").error == "INVALID_REQUEST"
    assert patch(ana, crow, tags=["Dark", "dark", " night "]).data["tags"] == ["Dark", "dark", "night"]
    assert listed(ana, "tag=DARK") == [crow]
    assert listed(ana, "tag=dark&q=snow&mediaType=video") == []
    assert listed(ana, "tag=night&q=crow&mediaType=image") == [crow]
    assert patch(ana, crow, tags=[]).data["tags"] == []
    assert listed(ana, "tag=dark") == []


def test_favourites_and_models_are_filters() -> None:
    """With and without."""
    ana = Studio().writer()
    first, second = ana.picture()["media"]["id"], ana.picture()["media"]["id"]
    assert patch(ana, second, favorite=True).data["favorite"]
    assert (listed(ana, "favorite=true"), listed(ana, "favorite=false")) == ([second], [first])
    assert (len(listed(ana, "model=seedream-4.5")), listed(ana, "model=ltx-2-pro-i2v")) == (2, [])
    assert (len(listed(ana, "isAccessible=true")), listed(ana, "isAccessible=false")) == (2, [])
    assert patch(ana, second, favorite=False, isPrimary=True).data["isPrimary"]
    assert listed(ana, "favorite=true") == []
    assert patch(ana, second).data["isPrimary"]
    assert patch(ana, second, tags=["x" * 51]).error == "INVALID_REQUEST"


def test_a_search_reads_a_bounded_part_and_goes_on_behind_it() -> None:
    """A page with few items has a next one; nothing is missed and nothing comes twice."""
    studio = Studio()
    ana = studio.writer()
    made = ana.picture(ana.character("Fox", appearance="snow"))["media"]["id"]
    documents = studio.app.documents
    (found,) = documents.get([media_key(made)])
    model = found.read(Media)
    rare = set()
    for number in range(1300):
        words = ("w:snow", "w:rare") if number % 400 == 0 else ("w:snow", "w:rare-not")
        at = model.created_at - timedelta(seconds=number + 1)
        copy = msgspec.structs.replace(model, id=f"m{number}", facets=words, created_at=at)
        documents.commit([Create(media_key(copy.id), copy)], f"c{number}")
        rare |= {copy.id} if "w:rare" in words else set()
    seen, token, pages = list[str](), "", 0
    while True:
        answer = ana.call(media.ROUTES, "GET", f"/api/media?q=snow&isAccessible=true&favorite=true{token}")
        pages += 1
        assert answer.data == []
        if "nextPageToken" not in answer.body:
            break
        token = f"&pageToken={answer.body['nextPageToken']}"
    assert pages == 3
    token = ""
    while True:
        answer = ana.call(media.ROUTES, "GET", f"/api/media?q=snow%20rare&pageSize=2{token}")
        seen += [item["id"] for item in answer.data]
        if "nextPageToken" not in answer.body:
            break
        token = f"&pageToken={answer.body['nextPageToken']}"
    assert (len(seen), set(seen)) == (len(rare), rare)


def of(browser: Browser, media_id: str) -> Response:
    """A media's lineage."""
    return browser.call(media.ROUTES, "GET", f"/api/media/{media_id}/lineage")


def test_lineage_goes_both_ways_and_stays_within_the_user() -> None:
    """What a picture was made from, and what was made from it."""
    studio = Studio()
    ana, budi = studio.writer(), studio.writer("budi@gmail.com")
    first = ana.picture()["media"]["id"]
    second = ana.picture(imageReferenceId=first)["media"]["id"]
    assert of(ana, second).data["madeFrom"] == [{"mediaId": first, "role": "character", "index": 0}]
    assert (of(ana, first).data["madeFrom"], of(ana, second).data["usedIn"]) == ([], [])
    (used,) = of(ana, first).data["usedIn"]
    assert (used["mediaId"], used["role"], used["mediaType"]) == (second, "character", "image")
    assert of(budi, first).error == of(budi, "made-up").error == "NOT_FOUND"
    assert patch(budi, first, favorite=True).error == "NOT_FOUND"
    assert listed(budi, "q=sari") == []


def test_a_new_name_is_the_files_name_in_drive_too() -> None:
    """With its extension; it is found by its words; what Drive does not do is not noted."""
    studio = Studio()
    ana, budi = studio.writer(), studio.writer("budi@gmail.com")
    made = ana.picture()["media"]
    assert patch(ana, made["id"], fileName=" Dawn at the pier ").data["fileName"] == "Dawn at the pier.png"
    assert studio.files.files[made["driveFileId"]].name == "Dawn at the pier.png"
    assert patch(ana, made["id"], fileName="Dusk.png").data["fileName"] == "Dusk.png"
    assert (listed(ana, "q=dusk"), listed(ana, "q=dawn")) == ([made["id"]], [])

    for wrong in ("", "   ", "a/b", "a\nb", "x" * 201):
        assert patch(ana, made["id"], fileName=wrong).error == "INVALID_REQUEST"
    assert patch(budi, made["id"], fileName="mine").error == "NOT_FOUND"

    def down(method: str) -> None:
        if method == "rename":
            raise DriveUnavailable("no answer")

    studio.files.trouble = down
    assert patch(ana, made["id"], fileName="Noon").error == "DRIVE_UNAVAILABLE"
    assert listed(ana, "q=dusk") == [made["id"]]
    assert studio.files.files[made["driveFileId"]].name == "Dusk.png"
