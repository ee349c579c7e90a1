"""The provider's adapter against the emulator of ModelsLab, with everything that goes wrong there."""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from infra.local.modelslab.emulator import ModelsLabEmulator
from infra.local.serving import Serving
from shared.adapters.modelslab import ModelsLab, is_allowed
from shared.adapters.modelslab_answers import fetch_outcome, submit_outcome
from shared.core.config import Config
from shared.core.errors import ProviderUnavailable
from shared.core.logs import Logger
from shared.core.secret import Secret
from shared.generation.ports import (
    Accepted,
    Failed,
    Finished,
    Missing,
    Provider,
    Refused,
    Rendering,
    ResultGone,
    ResultUnusable,
    Submission,
    Unknown,
)
from tests.fakes.app import ENV
from tests.fakes.provider import png

KEY = "canary-modelslab-key"


class Setup:
    """The emulator, a receiver of webhooks and references, and the adapter."""

    def __init__(self, state: Path) -> None:
        self.hooks: list[str] = []
        self.hooked = threading.Event()
        self.receiver = Serving(self._receive)
        admitted = frozenset({self.receiver.url})
        self.emulator = ModelsLabEmulator(state, api_key=KEY, render_seconds=0.05, scale=0.05, admit_origins=admitted)
        self.serving = self.emulator.serve()
        self.log = io.StringIO()
        hosts = f"localhost:{self.serving.port}"
        env = {**ENV, "MODELSLAB_URL": f"{self.serving.url}/api", "MODELSLAB_OUTPUT_HOSTS": hosts}
        self.provider = ModelsLab(Config.from_env(env), Secret(KEY), Logger(self.log))

    def _receive(self, environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Type", "image/png"), ("Content-Length", str(len(png((1, 2, 3), 600))))])
        if environ["REQUEST_METHOD"] == "POST":
            self.hooks.append(environ["PATH_INFO"])
            self.hooked.set()
        return [png((1, 2, 3), 600)]

    def submission(self, words: str = "", **more: Any) -> Submission:
        """A request, with the emulator's words in its prompt."""
        fields: dict[str, Any] = {"model": "seedream-4.5", "prompt": f"a fox {words}", "aspect_ratio": "16:9"}
        hook = Secret(f"{self.receiver.url}/hook/job1/token")
        return Submission(**{**fields, "webhook": hook, "track_id": "job-1", **more})

    def charges(self) -> int:
        """What the provider has charged: the independent witness."""
        return len(requests.get(f"{self.serving.url}/_emulator/ledger", timeout=5).json()["entries"])

    def finished(self, words: str = "") -> Finished:
        """A job's result, awaited by its webhook."""
        accepted = self.provider.submit(self.submission(words))
        assert isinstance(accepted, Accepted), accepted
        assert self.hooked.wait(15)
        outcome = self.provider.fetch(accepted.provider_id, "image")
        assert isinstance(outcome, Finished), outcome
        return outcome


def downloaded(provider: Provider, url: str) -> bytes:
    """A whole result."""
    with provider.open(url) as body:
        data = b"".join(body.chunks)
    assert body.total in (None, len(data))
    return data


@pytest.fixture
def setup(tmp_path: Path) -> Iterator[Setup]:
    """All of it."""
    made = Setup(tmp_path)
    yield made
    made.serving.stop()
    made.emulator.close()
    made.receiver.stop()


def test_a_picture_is_asked_for_announced_fetched_and_downloaded(setup: Setup) -> None:
    """The webhook comes to the job's own address; the key is in no log line."""
    outcome = setup.finished()

    assert setup.hooks == ["/hook/job1/token"]
    assert downloaded(setup.provider, outcome.outputs[0]).startswith(b"\x89PNG")
    assert (setup.charges(), KEY in setup.log.getvalue()) == (1, False)


def test_references_are_fetched_by_the_provider(setup: Setup) -> None:
    """From our address, or from its own after an upload."""
    urls = (f"{setup.receiver.url}/ref.png", setup.provider.upload_reference(png((9, 9, 9), 600)))
    for url in urls:
        outcome = setup.provider.submit(setup.submission(model="seedream-4.5-i2i", init_images=(url,)))
        assert isinstance(outcome, Accepted), outcome


@pytest.mark.parametrize(
    ("words", "kind", "charged"),
    [
        ("modelslab:drop", Unknown, 1),
        ("modelslab:drop=before", Unknown, 0),
        ("modelslab:answer_html", Unknown, 1),
        ("modelslab:answer_error", Unknown, 1),
        ("modelslab:html=502", Unknown, 0),
        ("modelslab:error=500", Unknown, 0),
        ("modelslab:error=503", Unknown, 0),
        ("modelslab:error=400", Refused, 0),
        ("modelslab:error=402", Refused, 0),
        ("modelslab:error=403", Refused, 0),
        ("modelslab:error=400 modelslab:in_200", Refused, 0),
        ("modelslab:error=400 modelslab:message=laravel", Refused, 0),
        ("modelslab:error=400 modelslab:message=dict modelslab:legacy", Refused, 0),
        ("modelslab:id=absent", Accepted, 1),
        ("modelslab:id=string", Accepted, 1),
        ("modelslab:meta=key", Accepted, 1),
        ("modelslab:legacy", Accepted, 1),
        ("modelslab:sync", Finished, 1),
        ("modelslab:sync modelslab:output=string", Finished, 1),
        ("modelslab:sync modelslab:output=object modelslab:no_proxy_links", Finished, 1),
        ("modelslab:sync modelslab:nsfw=flag", Refused, 1),
    ],
)
def test_what_a_submit_means_and_what_it_cost(setup: Setup, words: str, kind: type, charged: int) -> None:
    """A certain refusal is one only if nothing was accepted; whatever may have been is unknown."""
    outcome = setup.provider.submit(setup.submission(words))

    assert isinstance(outcome, kind), outcome
    assert setup.charges() == charged
    assert KEY not in repr(outcome) + setup.log.getvalue()


@pytest.mark.parametrize("how", ["", " modelslab:retry_after", " modelslab:in_200", " modelslab:retry_after=header"])
def test_a_full_queue_is_told_apart(setup: Setup, how: str) -> None:
    """In all its forms: the job goes back into our own queue."""
    outcome = setup.provider.submit(setup.submission(f"modelslab:error=429{how}"))
    assert isinstance(outcome, Refused)
    assert outcome.retry_after == 30


def test_no_connection_is_certainly_no_charge(setup: Setup) -> None:
    """Not a byte was sent, so it may be asked again."""
    setup.serving.stop()
    outcome = setup.provider.submit(setup.submission())
    assert isinstance(outcome, Refused)
    assert outcome.retry_after is not None


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("modelslab:stuck", Rendering),
        ("modelslab:gone", Missing),
        ("modelslab:gone=404", Missing),
        ("modelslab:not_found=3 modelslab:render=600", Missing),
        ("modelslab:fetch_error", ProviderUnavailable),
        ("modelslab:fetch_429", ProviderUnavailable),
        ("modelslab:fetch_html", ProviderUnavailable),
        ("modelslab:fetch_drop", ProviderUnavailable),
    ],
)
def test_what_a_look_means(setup: Setup, words: str, kind: type) -> None:
    """An answer that says nothing about the job is no answer."""
    accepted = setup.provider.submit(setup.submission(words))
    assert isinstance(accepted, Accepted)
    if issubclass(kind, Exception):
        with pytest.raises(kind):
            setup.provider.fetch(accepted.provider_id, "image")
    else:
        assert isinstance(setup.provider.fetch(accepted.provider_id, "image"), kind)


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [
        ("modelslab:fails", Failed, "PROVIDER_FAILED"),
        ("modelslab:fails=error modelslab:legacy", Failed, "PROVIDER_FAILED"),
        ("modelslab:nsfw=error", Failed, "CONTENT_REJECTED"),
        ("modelslab:nsfw=blank", Failed, "CONTENT_REJECTED"),
        ("modelslab:empty_output=3 modelslab:no_proxy_links", Rendering, None),
        ("modelslab:output=blank modelslab:no_proxy_links", Rendering, None),
    ],
)
def test_how_a_job_ends(setup: Setup, words: str, kind: type, code: str | None) -> None:
    """Failed for its reason, or not finished yet."""
    accepted = setup.provider.submit(setup.submission(words))
    assert isinstance(accepted, Accepted)
    assert setup.hooked.wait(15)
    outcome = setup.provider.fetch(accepted.provider_id, "image")
    assert isinstance(outcome, kind)
    assert getattr(outcome, "code", None) == code


@pytest.mark.parametrize(
    ("link", "trouble"),
    [
        ("404", ResultGone),
        ("cut", ResultUnusable),
        ("redirect", ResultUnusable),
        ("foreign", ResultUnusable),
    ],
)
def test_a_result_that_cannot_be_downloaded(setup: Setup, link: str, trouble: type[Exception]) -> None:
    """Each for its reason; no redirect and no foreign host is followed."""
    outcome = setup.finished(f"modelslab:link={link}")
    with pytest.raises(trouble):
        downloaded(setup.provider, outcome.outputs[0])


@pytest.mark.parametrize("link", ["", "modelslab:link=no_range"])
def test_a_result_is_read_from_any_position(setup: Setup, link: str) -> None:
    """Also from a host that sends everything whatever was asked for."""
    url = setup.finished(link).outputs[0]
    whole = downloaded(setup.provider, url)
    for first in (1, 7, len(whole) - 1):
        with setup.provider.open(url, first) as body:
            assert (b"".join(body.chunks), body.total) == (whole[first:], len(whole))


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://pub-3626.r2.dev/generations/a.png", True),
        ("https://cdn2.stablediffusionapi.com/generations/a.png", True),
        ("https://assets.modelslab.com:443/a.png", True),
        ("http://pub-3626.r2.dev/a.png", False),
        ("https://r2.dev/a.png", False),
        ("https://a.b.r2.dev/a.png", False),
        ("https://evil.example/pub.r2.dev", False),
        ("https://pub.r2.dev.evil.example/a.png", False),
        ("https://pub.r2.dev@evil.example/a.png", False),
        ("https://u:p@pub.r2.dev/a.png", False),
        ("https://pub.r2.dev:8443/a.png", False),
        ("https://169.254.169.254/a.png", False),
        ("file:///etc/passwd", False),
        ("https://[::1]/a.png", False),
        ("https://pub.r2.dev:99999/a.png", False),
        ("", False),
    ],
)
def test_results_come_from_listed_hosts_only(url: str, allowed: bool) -> None:
    """By exact match, or one label under a listed domain."""
    assert is_allowed(url, Config.from_env(ENV).modelslab_output_hosts) is allowed


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        name: JSON | st.sampled_from(["success", "processing", "error", "failed"])
        for name in (
            "status",
            "id",
            "output",
            "message",
            "messege",
            "eta",
            "fetch_result",
            "proxy_links",
            "retry_after",
        )
    },
)


@given(st.sampled_from([200, 201, 400, 401, 402, 404, 422, 429, 500, 502, 524]), FIELDS | JSON)
def test_no_answer_whatever_its_types_makes_us_stumble(status: int, body: Any) -> None:
    """And a server's error is never a certain refusal."""
    outcome = submit_outcome(status, body)
    if status >= 500:
        assert not (isinstance(outcome, Refused) and outcome.code != "CONTENT_REJECTED")
    with contextlib.suppress(ProviderUnavailable):
        fetch_outcome(status, body)
