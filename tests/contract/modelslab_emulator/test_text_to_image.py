"""Asking for a picture, waiting for it, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from infra.local.modelslab.drawing import scaled
from tests.contract.modelslab_emulator.conftest import KEY, World, picture, wait_until

ROUTE = "/v7/images/text-to-image"


def test_a_picture_is_processed_and_then_there(world: World) -> None:
    """The submit names an integer id, where to ask, and where the picture will be."""
    answer = world.accepted(track_id="job-7")
    assert (answer["status"], answer["output"], type(answer["id"])) == ("processing", [], int)
    assert answer["fetch_result"] == f"{world.url}/api/v7/images/fetch/{answer['id']}"
    assert answer["meta"] == {
        "model_id": "seedream-4.5",
        "prompt": "a fox in the snow",
        "aspect_ratio": "16:9",
        "track_id": "job-7",
    }
    assert world.fetch(answer["id"])["status"] == "processing"
    assert requests.get(answer["future_links"][0], timeout=10).status_code == 404
    world.render()
    done = world.fetch(answer["id"])
    assert done == {
        "status": "success",
        "id": answer["id"],
        "output": answer["future_links"],
        "proxy_links": [link.replace("/generations/", "/proxy/generations/") for link in done["output"]],
    }
    for link in done["output"] + done["proxy_links"]:
        assert picture(requests.get(link, timeout=10)).size == scaled("16:9", 0.1)


def test_a_result_is_gone_after_a_day(world: World) -> None:
    """Of the emulator's time; the job is still known."""
    job = world.accepted()
    world.render()
    link = world.fetch(job["id"])["output"][0]
    world.advance(86399 - 60)
    assert requests.get(link, timeout=10).status_code == 200
    world.advance(61)
    assert requests.get(link, timeout=10).status_code == 404
    assert world.fetch(job["id"])["status"] == "success"


@pytest.mark.parametrize("job_id", ["1", "999999999999", "abc", "99999999999999999999", "-1"])
def test_an_unknown_id_is_not_found_within_a_200(world: World, job_id: str) -> None:
    """`failed`, with an empty id and an empty string for the output."""
    answer = world.post(f"/v7/images/fetch/{job_id}")
    body = answer.json()
    assert (answer.status_code, body["status"], body["message"]) == (200, "failed", "Request not found")
    assert (body["id"], body["output"]) == ("", "")


@pytest.mark.parametrize("path", [ROUTE, "/v7/images/fetch/1", "/wallet_balance", "/v6/processing/request_count"])
def test_every_call_needs_the_key_in_its_body(world: World, path: str) -> None:
    """In a header or in the query it does not count."""
    for body, message in (({}, "API key required"), ({"key": "wrong"}, "Invalid API key")):
        answer = world.post(path, body, headers={"key": KEY, "Authorization": f"Bearer {KEY}"}, params={"key": KEY})
        assert (answer.status_code, answer.json()) == (401, {"status": "error", "message": message})
    assert KEY not in str(world.emulator.journal.events())


@pytest.mark.parametrize(
    ("data", "kind"), [("{", "application/json"), ("[1]", "application/json"), ("key=1", "text/plain")]
)
def test_what_is_not_a_json_object_is_an_invalid_request(world: World, data: str, kind: str) -> None:
    """Broken JSON, another value, and another content type."""
    answer = requests.post(f"{world.url}/api{ROUTE}", data, headers={"Content-Type": kind}, timeout=10)
    assert (answer.status_code, answer.json()["message"]) == (400, "Invalid API Request")


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"model_id": None}, 400, "model_id is required"),
        ({"model_id": "seedream-4.5-i2i"}, 404, "Model not found: seedream-4.5-i2i"),
        ({"prompt": None}, 400, "prompt is required"),
        ({"prompt": " "}, 400, "prompt is required"),
        ({"prompt": 7}, 400, "prompt must be a string"),
        ({"prompt": "x" * 4001}, 400, "prompt must not be greater than 4000 characters"),
        ({"aspect_ratio": None}, 400, "aspect_ratio is required"),
        ({"aspect_ratio": "5:4"}, 400, "aspect_ratio must be one of"),
        ({"aspect_ratio": ["1:1"]}, 400, "aspect_ratio must be one of"),
        ({"samples": 1}, 400, "The samples field is not allowed"),
        ({"aspect-ratio": "1:1"}, 400, "The aspect-ratio field is not allowed"),
        ({"webhook": "http://localhost/hook"}, 400, "webhook must be a valid https URL"),
        ({"webhook": "https://"}, 400, "webhook must be a valid https URL"),
        ({"track_id": ["a"]}, 400, "track_id must be a string"),
        ({"prompt": "modelslab:nonsense"}, 400, "unknown fault 'nonsense'"),
    ],
)
def test_a_wrong_order_is_refused_and_costs_nothing(
    world: World, changes: dict[str, Any], status: int, message: str
) -> None:
    """Each with its own message."""
    answer = world.submit(**changes)
    assert (answer.status_code, answer.json()["status"]) == (status, "error")
    assert answer.json()["message"].startswith(message)
    assert world.ledger() == []


def test_the_sixth_request_is_refused_not_queued(world: World) -> None:
    """429, and when to come again; a place is free as soon as a job has ended."""
    jobs = [world.accepted() for _ in range(5)]
    answer = world.submit()
    assert answer.status_code == 429
    message = "Rate limit exceeded. Maximum 5 queued requests allowed."
    assert answer.json() == {"status": "error", "message": message, "retry_after": 30}
    assert world.post("/v6/processing/request_count").json()["processing_count"] == 5
    world.render()
    assert [world.fetch(job["id"])["status"] for job in jobs] == ["success"] + ["processing"] * 4
    world.accepted()
    assert len(world.ledger()) == 6


@pytest.mark.parametrize("depth", [10, 15])
def test_a_larger_plan_queues_more_and_no_more_than_that(tmp_path: Path, depth: int) -> None:
    """Standard and premium."""
    world = World(tmp_path, queue_limit=depth)
    assert [world.submit().status_code for _ in range(depth + 1)] == [200] * depth + [429]
    assert world.submit().json()["message"] == f"Rate limit exceeded. Maximum {depth} queued requests allowed."
    world.close()


def test_a_leap_in_time_finishes_as_many_as_fit(world: World) -> None:
    """They are rendered one after the other."""
    jobs = [world.accepted() for _ in range(4)]
    world.render(3)
    assert [world.fetch(job["id"])["status"] for job in jobs] == ["success"] * 3 + ["processing"]


def test_each_acceptance_is_charged_once(world: World) -> None:
    """The ledger says for what; fetching is free."""
    job = world.accepted(track_id="job-7")
    world.fetch(job["id"])
    (entry,) = world.ledger()
    assert (entry["id"], entry["track_id"], entry["amount"]) == (job["id"], "job-7", 0.06)
    answer = world.post("/wallet_balance").json()
    assert answer == {"status": "success", "data": {"balance": 99.94, "currency": "USD"}}


def test_without_money_there_is_no_picture(tmp_path: Path) -> None:
    """402 for the second of two that cost more than there is."""
    world = World(tmp_path, balance=0.1)
    world.accepted()
    answer = world.submit()
    assert (answer.status_code, len(world.ledger())) == (402, 1)
    assert answer.json()["message"] == "Insufficient credits. Please add more credits to continue."
    world.close()


def test_a_reset_forgets_everything_but_never_gives_an_id_twice(world: World) -> None:
    """An id that was given once means the same job for ever."""
    job = world.accepted()
    requests.post(f"{world.url}/_emulator/reset", timeout=10).raise_for_status()
    assert (world.ledger(), world.fetch(job["id"])["status"]) == ([], "failed")
    assert world.accepted()["id"] > job["id"]


def test_pictures_are_painted_in_real_time_too(tmp_path: Path) -> None:
    """Without a hand on the clock."""
    world = World(tmp_path, render_seconds=0.05)
    job = world.accepted()
    wait_until(lambda: world.fetch(job["id"])["status"] == "success")
    world.close()
