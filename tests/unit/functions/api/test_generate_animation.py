"""Ask for a film of a picture."""

from __future__ import annotations

import io
import typing
from typing import Any

import msgspec
import pytest
from PIL import Image

from functions.api import credits as credits_api
from functions.api import generate_animation, jobs, media, media_content
from functions.api.generate_animation import GenerateAnimation
from shared.core.documents import Replace
from shared.generation.catalogue import IMAGE_TO_VIDEO, model_of
from shared.generation.ports import Film
from shared.media.model import Media, media_key
from tests.fakes.app import Response, stored
from tests.fakes.films import film, frames, shown_seconds, sound_seconds
from tests.fakes.studio import Browser, Studio


def story(browser: Browser) -> dict[str, Any]:
    """A moodboard, and a character's picture to animate."""
    done = browser.picture(browser.character("Sari", appearance="tall"))
    board = browser.make("moodboards", projectId=done["projectId"], title="At the pier")["id"]
    return {"moodboardId": board, "sourceImageId": done["media"]["id"]}


def ask(browser: Browser, body: dict[str, Any], **more: Any) -> Response:
    """Ask."""
    return browser.call(generate_animation.ROUTES, "POST", "/api/generate/animation", {**body, **more})


def animated(studio: Studio, browser: Browser, **more: Any) -> dict[str, Any]:
    """A delivered film's job."""
    accepted = ask(browser, story(browser), **more)
    assert accepted.status == 202, accepted.body
    studio.run()
    done = browser.job(accepted.data["id"])
    assert done["state"] == "SUCCEEDED", done
    return done


def file_of(studio: Studio, job: dict[str, Any]) -> bytes:
    """A job's file in Drive."""
    return studio.files.files[job["media"]["driveFileId"]].data


def test_a_picture_becomes_a_film_of_five_seconds_in_drive() -> None:
    """Rendered for six, paid for six; what is kept is what was asked for, exactly."""
    studio = Studio(REFERENCE_DELIVERY="url")
    ana = studio.writer()
    done = animated(studio, ana, motionType="zoom_in", additionalPrompt="gulls above")

    submission = studio.provider.asked[-1]
    assert (submission.model, submission.film) == (
        "ltx-2-pro-i2v", Film(resolution="1920x1080", seconds=6, fps=25, audio=True),
    )  # fmt: skip
    assert len(submission.init_images) == 1
    assert done["prompt"] == (
        "the camera slowly zooms in, Sari, tall, high quality, detailed, professional, gulls above"
    )
    assert (done["kind"], done["entityType"], done["credits"]["charged"]) == ("animation", "animation", 30)
    made = done["media"]
    assert (made["mediaType"], made["mimeType"], made["durationSeconds"]) == ("video", "video/mp4", 5.0)
    assert (made["fileName"].endswith(".mp4"), made["isPrimary"]) == (True, True)
    assert [used["role"] for used in made["madeFrom"]] == ["source"]

    data = file_of(studio, done)
    whole = film(6, 25, audio=True, index_last=True)
    assert frames(data) == frames(whole)[:125]
    assert (made["fileSizeBytes"], len(data) < len(whole)) == (len(data), True)
    assert (shown_seconds(data), round(sound_seconds(data), 1)) == (5.0, 5.0)


@pytest.mark.parametrize(("duration", "rendered"), [(3, 6), (6, 6), (8, 8), (10, 10)])
def test_each_length_is_what_it_says_and_costs_what_is_rendered(duration: int, rendered: int) -> None:
    """A length that the model renders is kept byte for byte."""
    studio = Studio()
    ana = studio.writer()
    done = animated(studio, ana, duration=duration, fps=50, generateAudio=False)
    data = file_of(studio, done)
    assert (len(frames(data)), done["media"]["durationSeconds"]) == (duration * 50, duration)
    assert done["credits"]["charged"] == 5 * rendered
    if duration == rendered:
        job = next(iter(reversed(studio.provider.jobs.values())))
        assert data == studio.provider.result_of(job)


@pytest.mark.parametrize(
    ("fit", "at", "kept", "place"),
    [("pad", 0.5, [0, 0, 16, 16], [420, 0, 1080, 1080]), ("crop", 1.0, [0, 7, 16, 9], [0, 0, 1920, 1080])],
)
def test_the_source_is_padded_or_cropped_never_distorted_and_the_job_says_how(
    fit: str, at: float, kept: list[int], place: list[int]
) -> None:
    """A square picture in a wide frame."""
    studio = Studio(REFERENCE_DELIVERY="url")
    ana = studio.writer()
    done = animated(studio, ana, sourceFit=fit, cropAt=at)
    assert done["params"]["source"] == {"fit": fit, "cropAt": at, "size": [16, 16], "kept": kept, "place": place}
    assert done["media"]["generationParams"]["source"]["kept"] == kept

    with studio.app.staging.read(f"references/{done['id']}-0") as body:
        image = decoded(b"".join(body.chunks))
    assert image.size == (1920, 1080)
    assert is_black(image, (100, 540)) == (fit == "pad")
    assert not is_black(image, (960, 540))


def decoded(data: bytes) -> Image.Image:
    """A picture."""
    return Image.open(io.BytesIO(data)).convert("RGB")


def is_black(image: Image.Image, at: tuple[int, int]) -> bool:
    """Whether there is nothing at a place."""
    return sum(image.getpixel(at)) < 12  # type: ignore[arg-type] # RGB


def test_a_film_has_a_poster_and_plays_in_parts() -> None:
    """The small WebP is of the source; Range works as for a picture."""
    studio = Studio()
    ana = studio.writer()
    done = animated(studio, ana)
    where = f"/api/media/{done['media']['id']}"
    poster = ana.call(media_content.ROUTES, "GET", f"{where}/preview")
    assert (poster.status, decoded(poster.raw.get_data()).size) == (200, (512, 288))
    part = ana.call(media_content.ROUTES, "GET", f"{where}/content", Range="bytes=4-7")
    assert (part.status, part.raw.get_data(), part.headers["Content-Type"]) == (206, b"ftyp", "video/mp4")


def test_a_source_without_a_prompt_is_described_by_its_moodboard() -> None:
    """Title and scene; own words for a motion are taken as they are."""
    ana = Studio().writer()
    body = story(ana)
    scene = ana.make("scenes", projectId=project_of(ana, body), title="Pier", description="a pier at dawn")["id"]
    board = ana.make("moodboards", projectId=project_of(ana, body), title="The meeting", sceneId=scene)["id"]
    forget_prompt(ana, body["sourceImageId"])
    job = ask(ana, {**body, "moodboardId": board}, motionType="she turns around").data
    assert job["prompt"] == "she turns around, The meeting, a pier at dawn"


def project_of(browser: Browser, body: dict[str, Any]) -> str:
    """The project of a body's source."""
    return str(browser.call(media.ROUTES, "GET", f"/api/media/{body['sourceImageId']}").data["projectId"])


def forget_prompt(browser: Browser, media_id: str) -> None:
    """As for a picture that was not generated."""
    documents = browser.studio.app.documents
    (found,) = documents.get([media_key(media_id)])
    documents.commit([Replace(found, msgspec.structs.replace(found.read(Media), prompt_used=None))], "forget")


def test_a_long_description_gives_way_and_the_users_words_stay() -> None:
    """The provider's limit is kept without refusing what the user cannot shorten."""
    ana = Studio().writer()
    done = ana.picture(ana.character("Sari", appearance=", ".join(["a scar"] * 300)), additionalPrompt="x" * 1500)
    board = ana.make("moodboards", projectId=done["projectId"], title="b")["id"]
    body = {"moodboardId": board, "sourceImageId": done["media"]["id"], "additionalPrompt": "y" * 2000}
    prompt = ask(ana, body, motionType="wind").data["prompt"]
    assert len(prompt) <= 4000
    assert prompt.startswith("hair and clothes move in the wind, Sari, a scar")
    assert prompt.endswith(f"a scar, {'y' * 2000}")


@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        ({"duration": 4}, "INVALID_REQUEST", "duration"),
        ({"duration": "5"}, "INVALID_REQUEST", "duration"),
        ({"fps": 24}, "INVALID_REQUEST", "fps"),
        ({"resolution": "1280x720"}, "INVALID_REQUEST", "resolution"),
        ({"motionType": ""}, "INVALID_REQUEST", "motionType"),
        ({"cropAt": 1.1}, "INVALID_REQUEST", "cropAt"),
        ({"sourceFit": "stretch"}, "INVALID_REQUEST", "sourceFit"),
        ({"variations": 2}, "INVALID_REQUEST", None),
        ({"sourceImageId": "made-up"}, "REFERENCE_NOT_USABLE", "sourceImageId"),
        ({"moodboardId": "made-up"}, "NOT_FOUND", None),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_held(change: dict[str, Any], error: str, field: str | None) -> None:
    """Each with the field that is wrong."""
    ana = Studio().writer()
    body = story(ana)
    before = stored(ana.studio.app)
    answer = ask(ana, {**body, **change})
    assert answer.error == error
    assert field is None or answer.body["field"].endswith(field)
    assert stored(ana.studio.app) == before


def test_another_users_picture_is_like_a_made_up_one_and_a_film_is_no_source() -> None:
    """By media id and by Drive file id."""
    studio = Studio()
    ana, budi = studio.writer(), studio.writer("budi@gmail.com")
    own, theirs = story(ana), story(budi)
    drive_id = budi.call(media.ROUTES, "GET", f"/api/media/{theirs['sourceImageId']}").data["driveFileId"]
    for source in (theirs["sourceImageId"], drive_id):
        answer = ask(ana, own, sourceImageId=source)
        assert (answer.error, answer.body["reason"]) == ("REFERENCE_NOT_USABLE", "not_found")
    accepted = ask(ana, own).data
    studio.run()
    made = ana.job(accepted["id"])["media"]["id"]
    assert ask(ana, own, sourceImageId=made).body["reason"] == "not_an_image"


def test_a_film_that_is_none_is_not_paid() -> None:
    """The provider delivers a page instead."""
    studio = Studio()
    ana = studio.writer()
    body = story(ana)
    studio.provider.faults = lambda _: frozenset({"garbage"})
    job = ask(ana, body).data
    studio.run()
    done = ana.job(job["id"])
    assert (done["state"], done["error"]["code"], done["credits"]["charged"]) == ("FAILED", "RESULT_UNUSABLE", 0)


def test_a_full_drive_keeps_the_film_until_there_is_room() -> None:
    """Staged as it will be stored, and the same bytes come to Drive."""
    studio = Studio()
    ana = studio.writer()
    body = story(ana)
    studio.files.limit = 100
    job = ask(ana, body).data
    studio.run_until(ana, job["id"], "ACTION_REQUIRED")
    assert ana.job(job["id"])["action"] == "free_storage"
    studio.files.limit = None
    studio.run()
    done = ana.job(job["id"])
    assert (done["state"], done["media"]["durationSeconds"], len(studio.provider.asked)) == ("SUCCEEDED", 5.0, 2)
    assert len(frames(file_of(studio, done))) == 125


def test_a_lost_poster_does_not_lose_the_film() -> None:
    """The source is gone from staging and from Drive when the film arrives."""
    studio = Studio()
    ana = studio.writer()
    body = story(ana)
    job = ask(ana, body).data
    studio.run_until(ana, job["id"], "RUNNING")
    studio.app.staging.delete(f"references/{job['id']}-0")
    source = ana.call(media.ROUTES, "GET", f"/api/media/{body['sourceImageId']}").data["driveFileId"]
    studio.files.damage(source, b"<html>")
    studio.run()
    done = ana.job(job["id"])
    assert done["state"] == "SUCCEEDED"
    where = f"/api/media/{done['media']['id']}/preview"
    shown = ana.call(media_content.ROUTES, "GET", where)
    assert (shown.status, shown.headers["Content-Type"]) == (200, "image/webp")  # a placeholder


def test_a_quote_says_what_it_would_cost() -> None:
    """By seconds that are rendered and by size; nothing is held."""
    ana = Studio().writer()
    body = story(ana)
    quote = ask(ana, body, validateOnly=True, resolution="3840x2160", duration=3).data
    assert (quote["credits"], quote["etaSeconds"], quote["warnings"]) == (120, 90, ["INSUFFICIENT_CREDITS"])
    assert ask(ana, body, resolution="3840x2160").error == "INSUFFICIENT_CREDITS"
    assert ana.call(credits_api.ROUTES, "GET", "/api/credits").data["held"] == 0


def test_a_retry_costs_the_same_and_uses_the_same_source() -> None:
    """By today's price of what is rendered."""
    studio = Studio()
    ana = studio.writer()
    done = animated(studio, ana, duration=8)
    again = ana.call(jobs.ROUTES, "POST", f"/api/jobs/{done['id']}/retry").data
    assert (again["credits"]["held"], again["params"], again["references"]) == (40, done["params"], done["references"])


def test_what_may_be_asked_is_what_the_catalogue_says() -> None:
    """The wire's lists and defaults are the catalogue's."""
    choices = model_of(IMAGE_TO_VIDEO).film
    assert choices
    hints = typing.get_type_hints(GenerateAnimation)
    assert typing.get_args(hints["duration"]) == choices.durations
    assert typing.get_args(hints["fps"]) == choices.fps
    assert typing.get_args(hints["resolution"]) == tuple(one.name for one in choices.resolutions)
    plain = GenerateAnimation(moodboard_id="m", source_image_id="s")
    assert (plain.duration, plain.motion_type in choices.motions) == (choices.default_duration, True)
