"""Link, upload, replace and check files of the user's own."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from functions.api import assets, drive, media, media_content, stories
from shared.drive.ports import DriveRefusal
from tests.fakes.app import Response, stored
from tests.fakes.drive import Stored, unavailable
from tests.fakes.studio import Browser, Studio

MINUTE, HOUR = 60, 3600
URL = "https://drive.google.com/file/d/{}/view?usp=sharing"


def png(width: int = 64, height: int = 48, colour: tuple[int, int, int] = (9, 9, 9), kind: str = "PNG") -> bytes:
    """A picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, kind)
    return out.getvalue()


def by_hand(studio: Studio, owner: str = "somebody", **facts: Any) -> str:
    """A file in somebody's Drive, which the app was never granted; its id."""
    usual: dict[str, Any] = {"name": "fox.png", "mime_type": "image/png", "data": png(), "granted": False}
    given = {**usual, **facts}
    return studio.files.add(Stored(owner, given.pop("name"), given.pop("mime_type"), None, given.pop("data"), **given))


def sub_of(studio: Studio, browser: Browser) -> str:
    """Whose Drive is the writer's."""
    connection = studio.app.connections.find(browser.id)
    assert connection
    return connection.google_sub


def get(browser: Browser, media_id: str) -> dict[str, Any]:
    """A media."""
    return dict(browser.call(media.ROUTES, "GET", f"/api/media/{media_id}").data)


def test_a_public_file_is_linked_with_what_it_really_is() -> None:
    """Size, dimensions, checksum; a preview; the first picture is the primary one; no owner is told."""
    studio = Studio()
    ana = studio.writer()
    sari, file_id = ana.character(), by_hand(studio, public=True)
    answer = ana.link(sari, URL.format(file_id))

    assert (answer.status, answer.headers["Location"]) == (201, f"/api/media/{answer.data['id']}")
    made = answer.data
    assert (made["sourceType"], made["mediaType"], made["mimeType"]) == ("linked", "image", "image/png")
    assert (made["width"], made["height"], made["fileSizeBytes"]) == (64, 48, len(png()))
    assert (made["fileName"], made["driveFileId"], made["sharing"]) == ("fox.png", file_id, "public")
    assert (made["originalDriveUrl"], made["creditsUsed"], made["isPrimary"]) == (URL.format(file_id), 0, True)
    assert "somebody" not in str(made)
    shown = ana.call(media_content.ROUTES, "GET", f"/api/media/{made['id']}/preview").raw
    with Image.open(io.BytesIO(shown.get_data())) as preview:
        assert (preview.format, preview.size) == ("WEBP", (64, 48))
    assert ana.call(media_content.ROUTES, "GET", f"/api/media/{made['id']}/content").raw.get_data() == png()


def test_linking_needs_no_connection_for_a_public_file() -> None:
    """The key reads it."""
    studio = Studio()
    ana = studio.browser("ana@gmail.com")
    ana.sign_in(drive=False)
    assert ana.link(ana.character(), by_hand(studio, public=True)).status == 201


def test_a_picked_file_may_stay_private() -> None:
    """Its owner's token reads it; it is restricted and not less usable."""
    studio = Studio()
    ana = studio.writer()
    file_id = by_hand(studio, sub_of(studio, ana), granted=True)
    made = ana.link(ana.character(), URL.format(file_id)).data
    assert (made["sharing"], made["publicUrl"], made["isAccessible"]) == ("restricted", None, True)
    assert ana.call(media_content.ROUTES, "GET", f"/api/media/{made['id']}/content").raw.get_data() == png()


@pytest.mark.parametrize("facts", [{}, {"owner": "ana's own"}, {"public": True, "resource_key": "0-secret"}])
def test_what_neither_witness_reads_offers_the_picker(facts: dict[str, Any]) -> None:
    """Private, gone, or without its resource key: nobody can tell these apart."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character()
    before = stored(studio.app)
    for file_id in (by_hand(studio, **facts), "1" * 33):
        answer = ana.link(sari, URL.format(file_id))
        assert (answer.status, answer.error) == (422, "ASSET_NOT_ACCESSIBLE")
        assert (answer.body["action"], answer.body["alternatives"]) == ("pick_file", ["share_file"])
    assert stored(studio.app) == before


def test_a_resource_key_is_used_and_kept() -> None:
    """In every look and every public address."""
    studio = Studio()
    ana = studio.writer()
    file_id = by_hand(studio, public=True, resource_key="0-AbCd")
    made = ana.link(ana.character(), f"{URL.format(file_id)}&resourcekey=0-AbCd").data
    assert "resourcekey=0-AbCd" in made["viewUrl"]
    assert "resourcekey=0-AbCd" in made["thumbnailUrl"]
    assert ana.call(media_content.ROUTES, "GET", f"/api/media/{made['id']}/content").raw.get_data() == png()
    studio.clock.advance(MINUTE)
    assert ana.call(assets.ROUTES, "GET", f"/api/assets/{made['id']}/check").data["state"] == "accessible"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://drive.google.com/drive/folders/1AbCdEfGhIjKlMnOpQrStUvWxYz0123456", "folder"),
        ("https://bit.ly/3abc", "short_link"),
        ("https://docs.google.com/document/d/e/2PACX-1vabcdefghijklmnopqrstuv/pub", "published"),
        ("https://evil.example/file/d/1AbCdEfGhIjKlMnOpQrStUvWxYz0123456/view", "invalid"),
        ("a fox", "invalid"),
    ],
)
def test_an_address_of_something_else_says_what_it_is(url: str, kind: str) -> None:
    """And what to do instead."""
    ana = Studio().writer()
    answer = ana.link(ana.character(), url)
    assert (answer.status, answer.error, answer.body["kind"]) == (400, "INVALID_DRIVE_URL", kind)
    assert answer.body["field"] == "driveUrl"


@pytest.mark.parametrize(
    ("facts", "media_type", "found"),
    [
        ({"mime_type": "video/mp4"}, "image", "video/mp4"),
        ({}, "video", "image/png"),
        ({"mime_type": "application/vnd.google-apps.document", "data": b""}, "image",
         "application/vnd.google-apps.document"),
        ({"mime_type": "application/vnd.google-apps.folder", "data": b""}, "image",
         "application/vnd.google-apps.folder"),
        ({"data": b"no picture"}, "image", "unreadable"),
        ({"data": png()[:60]}, "image", "unreadable"),
    ],
)  # fmt: skip
def test_the_real_type_decides(facts: dict[str, Any], media_type: str, found: str) -> None:
    """Not the form of the address, and not what the uploader called it."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character()
    before = stored(studio.app)
    address = f"https://docs.google.com/document/d/{by_hand(studio, public=True, **facts)}/edit"
    answer = ana.link(sari, address, media_type)
    assert (answer.status, answer.error) == (422, "ASSET_WRONG_TYPE")
    assert (answer.body["expected"], answer.body["found"]) == (media_type, found)
    assert stored(studio.app) == before


def test_a_film_is_linked_and_has_a_preview() -> None:
    """Nothing of ours decodes it."""
    studio = Studio()
    ana = studio.writer()
    file_id = by_hand(studio, public=True, mime_type="video/mp4", data=b"film" * 100, name="fox.mp4")
    made = ana.link(ana.character(), URL.format(file_id), "video").data
    assert (made["mediaType"], made["fileSizeBytes"]) == ("video", 400)
    shown = ana.call(media_content.ROUTES, "GET", f"/api/media/{made['id']}/preview").raw
    with Image.open(io.BytesIO(shown.get_data())) as preview:
        assert preview.format == "WEBP"


def test_a_file_in_the_trash_or_without_download_is_not_linked() -> None:
    """It would be gone within a month."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character()
    blocked = by_hand(studio, public=True, can_download=False)
    for file_id, reason in ((by_hand(studio, public=True, trashed=True), "trashed"), (blocked, "content_blocked")):
        answer = ana.link(sari, file_id)
        assert (answer.error, answer.body["reason"]) == ("ASSET_NOT_ACCESSIBLE", reason)


def test_a_shortcut_is_followed_once() -> None:
    """To its target, with the target's own resource key; a chain of two is no file."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character()
    native: dict[str, Any] = {"mime_type": "application/vnd.google-apps.shortcut", "data": b"", "public": True}
    target = by_hand(studio, public=True, resource_key="0-t")
    shortcut = by_hand(studio, target=target, **native)
    made = ana.link(sari, shortcut).data
    assert (made["driveFileId"], made["viewUrl"].endswith("resourcekey=0-t")) == (target, True)
    assert ana.link(sari, by_hand(studio, target=shortcut, **native)).error == "ASSET_WRONG_TYPE"
    dangling = by_hand(studio, target=by_hand(studio), **native)
    assert ana.link(sari, dangling).error == "ASSET_NOT_ACCESSIBLE"


def test_the_same_file_in_the_same_gallery_is_the_same_media() -> None:
    """By whatever address; in another gallery, or of another user, it is another one."""
    studio = Studio()
    ana, budi = studio.writer(), studio.writer("budi@gmail.com")
    sari, file_id = ana.character(), by_hand(studio, public=True)
    first = ana.link(sari, URL.format(file_id))
    again = ana.link(sari, f"https://drive.google.com/open?id={file_id}")
    assert (first.status, again.status, again.data["id"]) == (201, 200, first.data["id"])
    others = {ana.link(ana.character("Fox"), file_id).data["id"], budi.link(budi.character(), file_id).data["id"]}
    assert len(others | {first.data["id"]}) == 3
    made = ana.picture(sari)["media"]
    assert ana.link(sari, made["driveFileId"]).data["id"] == made["id"]


def test_an_idempotency_key_gives_the_same_media_and_no_other() -> None:
    """Also after the file was replaced."""
    studio = Studio()
    ana = studio.writer()
    sari, one, two = ana.character(), by_hand(studio, public=True), by_hand(studio, public=True)
    first = ana.link(sari, one, Idempotency_Key="k")
    ana.call(assets.ROUTES, "PUT", f"/api/assets/{first.data['id']}/replace", {"newDriveUrl": two})
    again = ana.link(sari, one, Idempotency_Key="k")
    assert (again.status, again.data["id"]) == (200, first.data["id"])
    assert ana.link(sari, two, Idempotency_Key="k").error == "IDEMPOTENCY_KEY_REUSED"


def test_a_drive_that_does_not_answer_links_nothing() -> None:
    """It may be there: so the answer is not that it is not."""
    studio = Studio()
    ana = studio.writer()
    sari, file_id = ana.character(), by_hand(studio, public=True)
    studio.files.trouble = unavailable("get")
    answer = ana.link(sari, file_id)
    assert (answer.status, answer.error) == (503, "DRIVE_UNAVAILABLE")


def test_a_linked_picture_is_a_reference_everywhere() -> None:
    """Its bytes come with the key; the job knows where from."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character()
    linked = ana.link(sari, by_hand(studio, public=True, data=png(640, 480))).data
    job = ana.picture(sari, imageReferenceId=linked["id"])
    assert (job["state"], job["references"][0]["mediaId"]) == ("SUCCEEDED", linked["id"])
    assert [one["mediaId"] for one in get(ana, job["media"]["id"])["madeFrom"]] == [linked["id"]]


def test_using_a_linked_picture_has_it_looked_at_soon() -> None:
    """However long it has been stable."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character()
    linked = ana.link(sari, by_hand(studio, public=True, data=png(640, 480))).data
    studio.hours(24 * 20)

    def due() -> float:
        known = next(data for key, data in stored(studio.app).items() if key.id == linked["id"])["accessibility"]
        return float((known["nextCheckAt"] - studio.clock.now()).total_seconds()) / (24 * HOUR)

    assert due() > 2
    ana.generate(sari, imageReferenceId=linked["id"])
    assert due() < 1
    studio.run()


def replaced(browser: Browser, media_id: str, url: str) -> Response:
    """Replace."""
    return browser.call(assets.ROUTES, "PUT", f"/api/assets/{media_id}/replace", {"newDriveUrl": url})


def test_replacing_keeps_what_the_media_is() -> None:
    """Id, primary flag, lineage both ways, tags; the file it had is in its history."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character()
    made = ana.picture(sari)["media"]
    child = ana.picture(sari, imageReferenceId=made["id"])["media"]
    ana.call(media.ROUTES, "PATCH", f"/api/media/{made['id']}", {"tags": ["fox"], "favorite": True})
    file_id = by_hand(studio, public=True, name="new.png")
    after = replaced(ana, made["id"], URL.format(file_id)).data

    assert (after["id"], after["sourceType"], after["driveFileId"]) == (made["id"], "replaced", file_id)
    assert (after["isPrimary"], after["favorite"], after["tags"], after["fileName"]) == (True, True, ["fox"], "new.png")
    assert after["promptUsed"] == made["promptUsed"]
    used = ana.call(media.ROUTES, "GET", f"/api/media/{made['id']}/lineage").data["usedIn"]
    assert [one["mediaId"] for one in used] == [child["id"]]
    former = after["history"]
    assert [(one["driveFileId"], one["sourceType"]) for one in former] == [(made["driveFileId"], "generated")]
    assert ana.call(media_content.ROUTES, "GET", f"/api/media/{made['id']}/content").raw.get_data() == png()
    assert len(replaced(ana, made["id"], URL.format(file_id)).data["history"]) == 1


def test_a_generation_that_is_still_being_made_cannot_be_replaced() -> None:
    """Whatever was paid for arrives first."""
    studio = Studio()
    ana = studio.writer()
    job = ana.generate(ana.character()).data
    media_id = next(data["mediaId"] for key, data in stored(studio.app).items() if key.id == job["id"])
    file_id = by_hand(studio, public=True)
    assert replaced(ana, media_id, file_id).error == "CONFLICT"
    assert replaced(studio.writer("budi@gmail.com"), media_id, file_id).error == "NOT_FOUND"
    studio.run()
    assert replaced(ana, media_id, file_id).data["driveFileId"] == file_id


def uploaded(browser: Browser, character_id: str, data: bytes, kind: str = "image/png", **headers: str) -> Response:
    """Upload."""
    path = f"/api/assets/upload?entityType=character&entityId={character_id}"
    return browser.call(assets.ROUTES, "POST", path, data, Content_Type=kind, **headers)


def test_an_uploaded_picture_is_in_the_writers_drive_and_gallery() -> None:
    """Verified like a result; usable as a reference."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character()
    answer = uploaded(ana, sari, png(80, 60))
    made = answer.data
    assert (answer.status, made["sourceType"], made["width"], made["sharing"]) == (201, "uploaded", 80, "public")
    file = studio.files.files[made["driveFileId"]]
    assert (file.owner, file.data, file.app_properties["mediaId"]) == (sub_of(studio, ana), png(80, 60), made["id"])
    assert ana.call(stories.ROUTES, "GET", f"/api/characters/{sari}").data["primary"]["image"] == made["id"]
    assert ana.picture(sari, imageReferenceId=made["id"])["state"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("data", "kind", "error"),
    [
        (b"", "image/png", "INVALID_REQUEST"),
        (b"no picture", "image/png", "ASSET_WRONG_TYPE"),
        (png(), "image/jpeg", "ASSET_WRONG_TYPE"),
        (png()[:60], "image/png", "ASSET_WRONG_TYPE"),
        (png(), "image/gif", "UNSUPPORTED_MEDIA_TYPE"),
        (png(), "application/json", "UNSUPPORTED_MEDIA_TYPE"),
        (b"x" * (10 * 1024 * 1024 + 1), "image/png", "PAYLOAD_TOO_LARGE"),
    ],
    ids=["empty", "no-picture", "other-type", "cut-off", "gif", "json", "too-large"],
)
def test_what_is_no_picture_is_not_uploaded(data: bytes, kind: str, error: str) -> None:
    """Nothing reaches Drive."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character()
    files, before = dict(studio.files.files), stored(studio.app)
    assert uploaded(ana, sari, data, kind).error == error
    assert (studio.files.files, stored(studio.app)) == (files, before)


def test_an_upload_that_was_interrupted_is_repeated_and_makes_one_file() -> None:
    """Its id was kept before; the same bytes are the same media from then on."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character()
    studio.files.trouble = unavailable("uploaded")
    assert uploaded(ana, sari, png()).error == "DRIVE_UNAVAILABLE"
    studio.files.trouble = lambda _: None
    first, again = uploaded(ana, sari, png()), uploaded(ana, sari, png())
    assert (first.status, again.status, again.data["id"]) == (201, 200, first.data["id"])
    assert [file.data for file in studio.files.files.values()].count(png()) == 1


def test_a_full_drive_and_no_drive_are_said() -> None:
    """With what to do."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character()
    studio.files.limit = 10
    full = uploaded(ana, sari, png())
    assert (full.error, full.body["action"]) == ("DRIVE_STORAGE_FULL", "free_storage")
    budi = studio.browser("budi@gmail.com")
    budi.sign_in(drive=False)
    assert uploaded(budi, budi.character(), png()).error == "GOOGLE_DRIVE_NOT_CONNECTED"


def test_a_file_that_was_put_in_the_trash_is_uploaded_anew() -> None:
    """The media was deleted with its file, and the same picture comes again."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character()
    first = uploaded(ana, sari, png()).data
    ana.call(media.ROUTES, "DELETE", f"/api/media/{first['id']}?driveFile=trash")
    again = uploaded(ana, sari, png())
    assert again.status == 201
    assert again.data["driveFileId"] != first["driveFileId"]


@pytest.mark.parametrize("how", ["replaced", "lost"])
def test_a_picture_whose_media_has_another_file_or_none_is_uploaded_anew(how: str) -> None:
    """The same bytes are the same media only while these are its bytes, and can be read; twice over."""
    studio = Studio()
    ana = studio.writer()
    sari = ana.character()
    ids = set()
    for _ in range(3):
        made = uploaded(ana, sari, png())
        assert (made.status, uploaded(ana, sari, png()).data["id"]) == (201, made.data["id"])
        assert studio.files.files[made.data["driveFileId"]].data == png()
        ids.add(made.data["id"])
        if how == "replaced":
            replaced(ana, made.data["id"], by_hand(studio, public=True, data=png(10, 10)))
            continue
        studio.files.change(made.data["driveFileId"], trashed=True)
        for _ in range(2):
            studio.clock.advance(5 * HOUR)
            checked(ana, made.data["id"])
    assert len(ids) == 3


def checked(browser: Browser, media_id: str) -> Response:
    """Check."""
    return browser.call(assets.ROUTES, "GET", f"/api/assets/{media_id}/check")


def test_a_file_is_lost_after_the_second_look_and_found_after_one() -> None:
    """The reason and what to do are said at once; `isAccessible` turns false hours later."""
    studio = Studio()
    ana = studio.writer()
    file_id = by_hand(studio, public=True)
    media_id = ana.link(ana.character(), file_id).data["id"]
    studio.clock.advance(MINUTE)
    studio.files.change(file_id, trashed=True)
    doubt = checked(ana, media_id).data
    assert (doubt["isAccessible"], doubt["state"], doubt["reason"]) == (True, "unknown", "trashed")
    assert doubt["action"] == "restore_from_trash"
    studio.clock.advance(HOUR)
    assert checked(ana, media_id).data["isAccessible"] is True
    studio.clock.advance(4 * HOUR)
    lost = checked(ana, media_id).data
    assert (lost["isAccessible"], lost["state"], lost["reason"]) == (False, "lost", "trashed")
    assert [one["id"] for one in ana.call(media.ROUTES, "GET", "/api/media?isAccessible=false").data] == [media_id]

    studio.files.change(file_id, trashed=False)
    studio.clock.advance(MINUTE)
    assert checked(ana, media_id).data["isAccessible"] is True
    assert get(ana, media_id)["accessibility"]["state"] == "accessible"


def test_an_outage_is_unknown_and_changes_nothing() -> None:
    """However often one looks."""
    studio = Studio()
    ana = studio.writer()
    media_id = ana.picture()["media"]["id"]
    studio.files.trouble = unavailable("get")
    for _ in range(3):
        studio.clock.advance(5 * HOUR)
        seen = checked(ana, media_id).data
        assert (seen["isAccessible"], seen["state"], seen["reason"]) == (True, "unknown", "unavailable")
    assert get(ana, media_id)["accessibility"]["state"] == "accessible"


def test_a_private_file_is_accessible_when_it_is_the_users_and_lost_when_it_was_public() -> None:
    """What the owner's token reads is theirs, and only restricted."""
    studio = Studio()
    ana = studio.writer()
    made = ana.picture()["media"]
    linked = ana.link(ana.character(), by_hand(studio, sub_of(studio, ana), public=True)).data
    for one in (made, linked):
        studio.files.change(one["driveFileId"], public=False, granted=True)
    studio.clock.advance(MINUTE)
    assert checked(ana, made["id"]).data["state"] == "accessible"
    assert get(ana, made["id"])["sharing"] == "restricted"
    seen = checked(ana, linked["id"]).data
    assert (seen["state"], seen["reason"], seen["action"]) == ("unknown", "private", "share_file")


def test_a_dead_connection_loses_nothing() -> None:
    """The public file is seen with the key; of the other nobody can say."""
    studio = Studio()
    ana = studio.writer()
    public = ana.picture()["media"]["id"]
    studio.files.forbids_public = True
    private = ana.picture()["media"]["id"]
    studio.google.forget("ana@gmail.com")
    studio.clock.advance(2 * HOUR)
    assert checked(ana, public).data["state"] == "accessible"
    seen = checked(ana, private).data
    assert (seen["isAccessible"], seen["reason"], seen["action"]) == (True, "needs_reconnect", "connect_drive")


def test_another_google_account_says_nothing_of_the_files_of_the_first() -> None:
    """Its token cannot see them: they are not lost, however often one looks."""
    studio = Studio()
    ana = studio.writer()
    studio.files.forbids_public = True
    made = ana.picture()["media"]
    ana.call(drive.ROUTES, "POST", "/api/user/google-drive/disconnect", {})
    left = ana.call(drive.ROUTES, "GET", "/api/user/google-drive/connect")
    ana.come_back(left, "/api/user/google-drive/callback", email="ana.private@gmail.com")
    assert sub_of(studio, ana) != studio.files.files[made["driveFileId"]].owner
    for _ in range(2):
        studio.clock.advance(5 * HOUR)
        seen = checked(ana, made["id"]).data
        assert (seen["isAccessible"], seen["state"], seen["reason"]) == (True, "unknown", "needs_reconnect")


def test_looking_too_often_is_refused() -> None:
    """Per file; the answer says when."""
    studio = Studio()
    ana = studio.writer()
    media_id = ana.picture()["media"]["id"]
    studio.clock.advance(MINUTE)
    assert checked(ana, media_id).status == 200
    answer = checked(ana, media_id)
    assert (answer.status, answer.error, answer.headers["Retry-After"]) == (429, "RATE_LIMITED", "10")


def test_other_bytes_in_the_same_file_are_another_version() -> None:
    """The size is right again, and so what is streamed."""
    studio = Studio()
    ana = studio.writer()
    made = ana.picture()["media"]
    studio.files.damage(made["driveFileId"], png(10, 10))
    studio.clock.advance(MINUTE)
    checked(ana, made["id"])
    after = get(ana, made["id"])
    assert (after["fileSizeBytes"], after["width"]) == (len(png(10, 10)), 10)
    assert ana.call(media_content.ROUTES, "GET", f"/api/media/{made['id']}/content").raw.get_data() == png(10, 10)


def test_another_users_entities_and_media_are_like_made_up_ones() -> None:
    """In every route, by every id; nothing changes."""
    studio = Studio()
    ana, budi = studio.writer(), studio.writer("budi@gmail.com")
    sari = ana.character()
    media_id, file_id = ana.picture(sari)["media"]["id"], by_hand(studio, public=True)
    before = stored(studio.app)
    for entity, one in ((sari, media_id), ("made-up", "made-up")):
        answers = [budi.link(entity, file_id), uploaded(budi, entity, png()), replaced(budi, one, file_id)]
        answers.append(checked(budi, one))
        assert [answer.error for answer in answers] == ["NOT_FOUND"] * 4
    assert stored(studio.app) == before


def test_a_file_that_drive_blocks_while_it_is_read_is_said() -> None:
    """Abuse or a download quota."""
    studio = Studio()
    ana = studio.writer()
    sari, file_id = ana.character(), by_hand(studio, public=True)

    def blocked(method: str) -> None:
        if method == "download":
            raise DriveRefusal("cannotDownloadAbusiveFile", 403)

    studio.files.trouble = blocked
    answer = ana.link(sari, file_id)
    assert (answer.error, answer.body["reason"]) == ("ASSET_NOT_ACCESSIBLE", "content_blocked")
