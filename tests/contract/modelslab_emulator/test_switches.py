"""What can be made to go wrong at ModelsLab's emulator does go wrong, as it is said, and what it costs."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.wrappers import Request, Response

from infra.local.modelslab.webhooks import TIMEOUT
from infra.local.serving import Serving
from tests.contract.modelslab_emulator.conftest import World, picture, wait_until

PNG = b"\x89PNG"
ORDINARY = {"status", "tip", "eta", "message", "fetch_result", "id", "output", "meta", "future_links", "webhook_status"}


def ask(world: World, words: str, **changes: Any) -> requests.Response:
    """A submit with these words in its prompt."""
    return world.submit(prompt=f"a fox {words}", **changes)


def done(world: World, words: str, **changes: Any) -> dict[str, Any]:
    """A job that has ended, as a fetch tells it."""
    job_id = ask(world, words, **changes).json()["id"]
    world.render()
    return world.fetch(job_id)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 429, 500, 503])
def test_error(world: World, status: int) -> None:
    """Refused with the documented message, and nothing is charged."""
    answer = ask(world, f"modelslab:error={status}")
    assert (answer.status_code, answer.json()["status"], world.ledger()) == (status, "error", [])
    assert answer.json()["message"]


def test_html(world: World) -> None:
    """A page, and nothing is charged."""
    answer = ask(world, "modelslab:html=502")
    assert (answer.status_code, answer.text[:1], world.ledger()) == (502, "<", [])


def test_spam(world: World) -> None:
    """The same bytes again are refused; other bytes are not."""
    assert ask(world, "modelslab:spam").json()["status"] == "processing"
    again = ask(world, "modelslab:spam")
    assert (again.status_code, again.json()["status"], len(world.ledger())) == (200, "error", 1)
    assert ask(world, "another modelslab:spam").json()["status"] == "processing"


def test_in_200(world: World) -> None:
    """A refusal with HTTP 200."""
    answer = ask(world, "modelslab:error=402 modelslab:in_200")
    assert (answer.status_code, answer.json()["status"]) == (200, "error")


@pytest.mark.parametrize(("value", "kind", "status"), [("list", list, 400), ("dict", dict, 400), ("laravel", str, 422)])
def test_message(world: World, value: str, kind: type, status: int) -> None:
    """Of another type; Laravel has `errors` besides."""
    answer = ask(world, f"modelslab:error=400 modelslab:message={value}")
    assert (answer.status_code, type(answer.json()["message"])) == (status, kind)
    assert ("errors" in answer.json()) == (value == "laravel")


@pytest.mark.parametrize(
    ("value", "header"), [("none", None), ("header", "Retry-After"), ("reset", "X-RateLimit-Reset")]
)
def test_retry_after(world: World, value: str, header: str | None) -> None:
    """Where a 429 says when to come again."""
    answer = ask(world, f"modelslab:error=429 modelslab:retry_after={value}")
    assert "retry_after" not in answer.json()
    assert [name for name in ("Retry-After", "X-RateLimit-Reset") if name in answer.headers] == [header] * bool(header)
    assert ask(world, "modelslab:error=429").json()["retry_after"] == 30


def test_retry_seconds(world: World) -> None:
    """So many."""
    assert ask(world, "modelslab:error=429 modelslab:retry_seconds=3").json()["retry_after"] == 3


def test_legacy(world: World) -> None:
    """The older spellings, in refusals and answers."""
    assert "messege" in ask(world, "modelslab:error=400 modelslab:legacy").json()
    accepted = ask(world, "modelslab:legacy").json()
    assert {"messege", "tips"} <= accepted.keys()
    assert "message" not in accepted


@pytest.mark.parametrize(("value", "charged"), [("after", 1), ("before", 0)])
def test_drop(world: World, value: str, charged: int) -> None:
    """The connection is cut; only the ledger tells."""
    with pytest.raises(requests.ConnectionError):
        ask(world, f"modelslab:drop={value}")
    assert len(world.ledger()) == charged


def test_hang(world: World) -> None:
    """Accepted at once, answered later."""
    began = time.monotonic()
    assert ask(world, "modelslab:hang=0.4").json()["status"] == "processing"
    assert time.monotonic() - began >= 0.4


@pytest.mark.parametrize(
    ("words", "status"), [("answer_html=524", 524), ("answer_error=500", 500), ("answer_error=503", 503)]
)
def test_an_answer_that_lies(world: World, words: str, status: int) -> None:
    """Accepted and charged, and the answer says otherwise."""
    assert ask(world, f"modelslab:{words}").status_code == status
    assert len(world.ledger()) == 1


def test_sync(world: World) -> None:
    """The answer comes with the picture."""
    answers: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: answers.append(ask(world, "modelslab:sync").json()))
    thread.start()
    wait_until(lambda: len(world.ledger()) == 1)
    world.render()
    thread.join()
    assert (answers[0]["status"], picture(requests.get(answers[0]["output"][0], timeout=10)).format) == (
        "success",
        "PNG",
    )


def test_eta(world: World) -> None:
    """Whatever the queue; whole or broken."""
    told = [ask(world, f"modelslab:eta={value}").json()["eta"] for value in ("10", "13.07")]
    assert (told, [type(value) for value in told]) == ([10, 13.07], [int, float])
    assert ask(world, "").json()["eta"] not in told


def test_id(world: World) -> None:
    """Absent, or a text everywhere."""
    assert "id" not in ask(world, "modelslab:id=absent").json()
    accepted = ask(world, "modelslab:id=string").json()
    assert isinstance(accepted["id"], str)
    assert isinstance(world.fetch(accepted["id"])["id"], str)


def test_meta(world: World) -> None:
    """Absent, or with the key in it."""
    assert ask(world, "modelslab:meta=absent").json().keys() == ORDINARY - {"meta"}
    assert ask(world, "modelslab:meta=key").json()["meta"]["key"] == "a-key-for-tests"
    assert "key" not in ask(world, "").json()["meta"]


def test_render(world: World) -> None:
    """So many seconds."""
    job_id = ask(world, "modelslab:render=5").json()["id"]
    world.advance(6)
    wait_until(lambda: world.fetch(job_id)["status"] == "success")


@pytest.mark.parametrize("value", ["failed", "error"])
def test_fails(world: World, value: str) -> None:
    """After processing; what it costs depends on `refund`."""
    assert done(world, f"modelslab:fails={value}")["status"] == value
    assert sum(entry["amount"] for entry in world.ledger()) != 0


def test_refund(world: World) -> None:
    """What failed is given back."""
    assert done(world, "modelslab:fails modelslab:refund")["status"] == "failed"
    assert sum(entry["amount"] for entry in world.ledger()) == 0


def test_stuck(world: World) -> None:
    """For ever, and it is not in the queue."""
    stuck, other = ask(world, "modelslab:stuck").json()["id"], ask(world, "").json()["id"]
    world.render()
    assert (world.fetch(other)["status"], world.fetch(stuck)["status"]) == ("success", "processing")


@pytest.mark.parametrize("value", ["flag", "blank", "error"])
def test_nsfw(world: World, value: str) -> None:
    """A flag, a black picture, or an error."""
    ended = done(world, f"modelslab:nsfw={value}")
    if value == "error":
        assert (ended["status"], "policy" in ended["message"]) == ("failed", True)
        return
    assert ended["nsfw_content_detected"] is True
    colours = picture(requests.get(ended["output"][0], timeout=10)).convert("RGB").getcolors(10**6) or []
    assert (len(colours) == 1) == (value == "blank")


def test_aspect(world: World) -> None:
    """No spelling counts: another shape than was asked for."""
    odd = picture(requests.get(done(world, "modelslab:aspect=ignored", aspect_ratio="16:9")["output"][0], timeout=10))
    usual = picture(requests.get(done(world, "", aspect_ratio="16:9")["output"][0], timeout=10))
    assert odd.size != usual.size
    assert odd.width == odd.height


@pytest.mark.parametrize(
    ("switch", "status", "text"),
    [("not_found", 200, "Request not found"), ("fetch_error", 500, "error"), ("fetch_429", 429, "Too Many"),
     ("fetch_html", 502, "<")],
)  # fmt: skip
def test_polls_in_trouble(world: World, switch: str, status: int, text: str) -> None:
    """So many of them, and then it is as usual."""
    job_id = ask(world, f"modelslab:{switch}=2").json()["id"]
    path = f"/v7/images/fetch/{job_id}"
    bad = [world.post(path) for _ in range(2)]
    assert [(answer.status_code, text in answer.text) for answer in bad] == [(status, True)] * 2
    assert world.post(path).json()["status"] == "processing"


def test_fetch_drop(world: World) -> None:
    """The connection of a poll is cut."""
    job_id = ask(world, "modelslab:fetch_drop").json()["id"]
    with pytest.raises(requests.ConnectionError):
        world.fetch(job_id)
    assert world.fetch(job_id)["status"] == "processing"


@pytest.mark.parametrize("status", [200, 404])
def test_gone(world: World, status: int) -> None:
    """Every poll, with this status."""
    job_id = ask(world, f"modelslab:gone={status}").json()["id"]
    for _ in range(2):
        answer = world.post(f"/v7/images/fetch/{job_id}")
        assert (answer.status_code, answer.json()["message"]) == (status, "Request not found")


def test_empty_output(world: World) -> None:
    """Success, and nothing yet."""
    job_id = ask(world, "modelslab:empty_output=1").json()["id"]
    world.render()
    assert [len(world.fetch(job_id)["output"]) for _ in range(2)] == [0, 1]


@pytest.mark.parametrize(("value", "kind"), [("string", str), ("blank", str), ("object", dict)])
def test_output(world: World, value: str, kind: type) -> None:
    """Another shape."""
    assert type(done(world, f"modelslab:output={value}")["output"]) is kind


def test_no_proxy_links(world: World) -> None:
    """There are none."""
    assert "proxy_links" not in done(world, "modelslab:no_proxy_links")
    assert "proxy_links" in done(world, "")


@pytest.mark.parametrize("value", ["404", "truncated", "cut", "text", "base64", "html", "redirect", "foreign", "bare"])
def test_link(world: World, value: str) -> None:
    """A result that is odd to download."""
    link = done(world, f"modelslab:link={value}")["output"][0]
    if value == "cut":
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            requests.get(link, timeout=10)
        return
    answer = requests.get(link, timeout=10, allow_redirects=False)
    usual = requests.get(done(world, "")["output"][0], timeout=10)
    odd: dict[str, bool] = {
        "404": answer.status_code == 404,
        "truncated": len(answer.content) < len(usual.content) * 0.8,
        "text": answer.headers["Content-Type"].startswith("text/plain"),
        "base64": not answer.content.startswith(PNG) and base64.b64decode(answer.content).startswith(PNG),
        "html": answer.content.lstrip()[:1] == b"<",
        "redirect": 300 <= answer.status_code < 400,
        "foreign": "127.0.0.1" in link,
        "bare": not link.endswith(".png"),
    }
    assert odd[value]


class Receiver:
    """Of webhooks; it answers when `may_answer` is set, with `status`."""

    def __init__(self) -> None:
        self.may_answer, self.status = threading.Event(), 204
        self.may_answer.set()
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.serving = Serving(Request.application(self.answer))
        self.url = f"{self.serving.url}/hook/token"

    def answer(self, request: Request) -> Response:
        """Keep it."""
        self.got.append((request.path, dict(request.get_json())))
        self.may_answer.wait(60)
        return Response(status=self.status)


@pytest.fixture
def receiver(world: World) -> Iterator[Receiver]:
    """Whom the emulator may call."""
    made = Receiver()
    world.emulator._submits._admission = type(world.emulator._submits._admission)(frozenset({made.serving.url}))
    yield made
    made.serving.stop()


def test_an_ordinary_webhook(world: World, receiver: Receiver) -> None:
    """Once, to the address that was given, with what was sent along; no signature."""
    accepted = ask(world, "", webhook=receiver.url, track_id="job-7").json()
    world.render()
    world.emulator._webhooks.wait(accepted["id"], 10)
    ((path, body),) = receiver.got
    assert (path, body["status"], body["id"], body["track_id"]) == ("/hook/token", "success", accepted["id"], "job-7")
    assert body["output"] == accepted["future_links"]


def told(world: World, receiver: Receiver) -> list[tuple[int, str]]:
    """What came of the attempts to tell about a job: status and problem."""
    accepted = ask(world, "", webhook=receiver.url).json()
    world.render()
    world.emulator._webhooks.wait(accepted["id"], 20)
    return [(row["status"], row["problem"]) for row in world.emulator.journal.events("webhook")]


def test_a_refused_webhook_is_not_sent_again(world: World, receiver: Receiver) -> None:
    """No retry is promised."""
    receiver.status = 500
    assert (told(world, receiver), len(receiver.got)) == ([(500, "")], 1)


def test_a_receiver_that_takes_too_long_is_not_waited_for(tmp_path: Path, receiver: Receiver) -> None:
    """It has 30 seconds, here a part of one."""
    assert TIMEOUT == 30
    hasty = World(tmp_path / "hasty", webhook_seconds=0.2, admit_origins=frozenset({receiver.serving.url}))
    receiver.may_answer.clear()
    threading.Timer(5, receiver.may_answer.set).start()
    assert told(hasty, receiver) == [(0, "ReadTimeout")]
    receiver.may_answer.set()
    hasty.close()


@pytest.mark.parametrize("value", ["never", "early", "twice", "processing", "forged", "ready", "request_id", "number"])
def test_webhook(world: World, receiver: Receiver, value: str) -> None:
    """As it should not be."""
    words = f"modelslab:webhook={value}" + (" modelslab:render=0" if value == "early" else "")
    accepted = ask(world, words, webhook=receiver.url, track_id="job-7").json()
    before = len(receiver.got)
    if value != "early":
        world.render()
    world.emulator._webhooks.wait(accepted["id"], 10)
    bodies = [body for _, body in receiver.got]
    last = bodies[-1] if bodies else {}
    odd: dict[str, bool] = {
        "never": bodies == [],
        "early": before == 1,
        "twice": len(bodies) == 2 and bodies[0] == bodies[1],
        "processing": [body["status"] for body in bodies] == ["processing", "success"],
        "forged": [body.get("id") for body in bodies[:2]] == [accepted["id"] + 1, accepted["id"]],
        "ready": last.get("status") == "ready",
        "request_id": last.get("request_id") == accepted["id"] and "id" not in last,
        "number": isinstance(last.get("track_id"), int),
    }
    assert odd[value], bodies
