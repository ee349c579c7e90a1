"""The provider: the fake with virtual time, and the adapter on the emulator, keep the same promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import msgspec
import pytest
import requests

from shared.adapters.pillow_pictures import PillowPictures
from shared.core.secret import Secret
from shared.generation.ports import (
    Accepted,
    Failed,
    Film,
    Finished,
    Missing,
    Provider,
    Refused,
    Rendering,
    Submission,
    Unknown,
)
from tests.contract.modelslab_emulator.conftest import wait_until
from tests.contract.test_provider import Setup, downloaded
from tests.fakes.clock import VirtualClock
from tests.fakes.films import frames, sound_seconds
from tests.fakes.provider import MemoryProvider

WORDS = {
    "fail": "modelslab:fails",
    "lost": "modelslab:drop",
    "refuse": "modelslab:error=400",
    "full": "modelslab:error=429",
}


class Site(Protocol):
    """A provider, its time and its ledger. A picture takes a minute."""

    provider: Provider

    def ask(self, track_id: str, fault: str = "") -> Submission:
        """A request; `fault` is one of `WORDS`."""
        ...

    def ask_film(self, track_id: str, film: Film) -> Submission:
        """A request for a film of a picture that the provider can fetch."""
        ...

    def pass_minutes(self, minutes: int) -> None:
        """Time passes at the provider."""
        ...

    def charges(self) -> int:
        """What it has charged, in all."""
        ...


class Memory:
    """The fake."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.fake = MemoryProvider(self.clock, seconds=60)
        self.fake.faults = lambda submission: frozenset(submission.prompt.split()[1:])
        self.provider: Provider = self.fake

    def ask(self, track_id: str, fault: str = "") -> Submission:
        """See `Site`."""
        hook = Secret("https://studio.example/hook")
        return Submission(
            model="seedream-4.5", prompt=f"fox {fault}", aspect_ratio="1:1", webhook=hook, track_id=track_id
        )

    def ask_film(self, track_id: str, film: Film) -> Submission:
        """See `Site`."""
        return Submission(
            model="ltx-2-pro-i2v", prompt="zoom", film=film, init_images=("https://studio.example/a.jpg",),
            webhook=Secret("https://studio.example/hook"), track_id=track_id,
        )  # fmt: skip

    def pass_minutes(self, minutes: int) -> None:
        """See `Site`."""
        self.clock.advance(60 * minutes)

    def charges(self) -> int:
        """See `Site`."""
        return len(self.fake.jobs)


class Emulated:
    """The adapter on the emulator."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.provider: Provider = setup.provider

    def ask(self, track_id: str, fault: str = "") -> Submission:
        """See `Site`."""
        words = f"modelslab:render=60 {WORDS.get(fault, '')}"
        return self.setup.submission(words, track_id=track_id, aspect_ratio="1:1")

    def ask_film(self, track_id: str, film: Film) -> Submission:
        """See `Site`."""
        picture = (f"{self.setup.receiver.url}/ref.png",)
        fields = {"model": "ltx-2-pro-i2v", "aspect_ratio": "", "film": film, "init_images": picture}
        return self.setup.submission("modelslab:render=60", track_id=track_id, **fields)

    def pass_minutes(self, minutes: int) -> None:
        """See `Site`."""
        store = self.setup.emulator.store
        before = store.queued()
        url = f"{self.setup.serving.url}/_emulator/clock"
        requests.post(url, json={"advance": 60 * minutes + 1}, timeout=30).raise_for_status()
        wait_until(lambda: before == 0 or store.queued() < before)  # drawing takes a moment of real time

    def charges(self) -> int:
        """See `Site`."""
        return self.setup.charges()


@pytest.fixture(params=["memory", "modelslab"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """Both."""
    if request.param == "memory":
        yield Memory()
        return
    setup = Setup(tmp_path)
    yield Emulated(setup)
    setup.serving.stop()
    setup.emulator.close()
    setup.receiver.stop()


def accepted(site: Site, track_id: str, fault: str = "") -> str:
    """The id of an accepted request."""
    outcome = site.provider.submit(site.ask(track_id, fault))
    assert isinstance(outcome, Accepted), outcome
    return outcome.provider_id


def test_a_picture_is_accepted_renders_and_is_downloaded(site: Site) -> None:
    """Charged when it is accepted; looked at before it is done and, twice, after."""
    job = accepted(site, "job-1")
    assert isinstance(site.provider.fetch(job, "image"), Rendering)
    assert site.charges() == 1
    site.pass_minutes(1)
    first, second = site.provider.fetch(job, "image"), site.provider.fetch(job, "image")
    assert isinstance(first, Finished)
    assert isinstance(second, Finished)
    assert (first.provider_id, second.provider_id) == (job, job)
    picture = PillowPictures().verify(downloaded(site.provider, first.outputs[0]))
    assert picture.width == picture.height
    assert site.charges() == 1


@pytest.mark.parametrize(("seconds", "fps", "audio"), [(6, 25, True), (8, 50, False)])
def test_a_film_is_what_was_asked_for_and_is_found_where_films_are(
    site: Site, seconds: int, fps: int, audio: bool
) -> None:
    """A picture's look does not find it; its bytes are read from any position."""
    film = Film(resolution="1920x1080", seconds=seconds, fps=fps, audio=audio)
    outcome = site.provider.submit(site.ask_film("job-1", film))
    assert isinstance(outcome, Accepted), outcome
    assert isinstance(site.provider.fetch(outcome.provider_id, "video"), Rendering)
    assert isinstance(site.provider.fetch(outcome.provider_id, "image"), Missing)
    site.pass_minutes(1)
    done = site.provider.fetch(outcome.provider_id, "video")
    assert isinstance(done, Finished)
    data = downloaded(site.provider, done.outputs[0])
    assert (len(frames(data)), sound_seconds(data) > 0) == (seconds * fps, audio)
    with site.provider.open(done.outputs[0], 4) as body:
        assert (b"".join(body.chunks), body.total) == (data[4:], len(data))


def test_two_requests_are_two_jobs_even_with_one_track_id(site: Site) -> None:
    """It is no idempotency key: asking twice is paying twice."""
    assert accepted(site, "job-1") != accepted(site, "job-1")
    assert site.charges() == 2


def test_a_refusal_and_a_full_queue_cost_nothing(site: Site) -> None:
    """Only the full queue is a matter of time."""
    refused = site.provider.submit(site.ask("job-1", "refuse"))
    full = site.provider.submit(site.ask("job-2", "full"))
    assert isinstance(refused, Refused)
    assert isinstance(full, Refused)
    assert refused.retry_after is None
    assert full.retry_after is not None
    assert site.charges() == 0


def test_the_queue_has_a_limit(site: Site) -> None:
    """Five at once; the sixth is refused until one has ended."""
    for number in range(5):
        accepted(site, f"job-{number}")
    sixth = site.provider.submit(site.ask("job-6"))
    assert isinstance(sixth, Refused)
    assert sixth.retry_after is not None
    for _ in range(5):
        site.pass_minutes(1)
    accepted(site, "job-6")
    assert site.charges() == 6


def test_an_answer_that_was_lost_is_unknown_and_was_charged(site: Site) -> None:
    """Never an exception, never a refusal."""
    assert isinstance(site.provider.submit(site.ask("job-1", "lost")), Unknown)
    assert site.charges() == 1


def test_a_job_that_fails_says_so_and_an_unknown_id_is_missing(site: Site) -> None:
    """Which early looks at a living job may answer too."""
    job = accepted(site, "job-1", "fail")
    site.pass_minutes(1)
    outcome = site.provider.fetch(job, "image")
    assert isinstance(outcome, Failed)
    assert outcome.code == "PROVIDER_FAILED"
    assert isinstance(site.provider.fetch("987654321", "image"), Missing)


def test_a_film_of_no_picture_is_a_bug_of_ours_and_costs_nothing(site: Site) -> None:
    """The request is never made."""
    film = Film(resolution="1920x1080", seconds=6, fps=25, audio=False)
    asked = msgspec.structs.replace(site.ask_film("t", film), init_images=())
    with pytest.raises(AssertionError, match="begins with a picture"):
        site.provider.submit(asked)
    assert site.charges() == 0
