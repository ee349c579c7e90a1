"""The rules of ModelsLab's emulator, each with the test that a sloppy client fails: see `infra.local.strictness`."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import request

from infra.local.modelslab import (
    answers,
    api,
    assets,
    fetches,
    files,
    film,
    orders,
    references,
    rendering,
    submits,
    wallet,
    webhooks,
)
from infra.local.modelslab.drawing import blank
from infra.local.modelslab.refusals import Refusal, not_found
from infra.local.strictness import Rule, constant, swap

TEXT, REFERENCE, FILM = (f"modelslab_emulator/test_{name}.py" for name in ("text_to_image", "image_to_image",
                                                                           "image_to_video"))  # fmt: skip
ANYTHING = {"model_id": "seedream-4.5", "prompt": "anything", "aspect_ratio": "1:1"}


def any_order(_: Any) -> None:
    """Whatever is ordered is taken."""
    strict = orders.read_order

    def lenient(route: str, body: dict[str, Any], admitted: Any) -> Any:
        try:
            return strict(route, body, admitted)
        except Refusal:
            return strict("images/text-to-image", ANYTHING, admitted)

    swap(submits, "read_order", lenient)


def _no_substitute(_: Any) -> None:
    strict = orders.read_order

    def kept(route: str, body: dict[str, Any], admitted: Any) -> Any:
        order = strict(route, body, admitted)
        return dataclasses.replace(order, model=orders.MODELS[-1]) if order.model is orders.SUBSTITUTE else order

    swap(submits, "read_order", kept)


def _any_body(_: Any) -> None:
    swap(submits, "presented", lambda _key: request.get_json(silent=True) or dict(ANYTHING))


def _any_reference(emulator: Any) -> None:
    emulator._submits._references._one = lambda *_given: blank((8, 8))


def _no_probe(emulator: Any) -> None:
    given = emulator._submits._references
    collect = given.collect
    given.collect = lambda urls, own, _probe, side: collect(urls, own, False, side)


def account(**fields: Any) -> Any:
    """A way to loosen: another account."""

    def loosen(emulator: Any) -> None:
        made = emulator._submits
        made._account = dataclasses.replace(made._account, **fields)

    return loosen


def _free(emulator: Any) -> None:
    emulator.store.ledger = list


def _early_files(emulator: Any) -> None:
    find = emulator.store.file

    def found(name: str, since: float) -> Any:
        there = find(name, since)
        return there or (Path(__file__), "image/png", None)

    emulator.store.file = found


def _undeletable(emulator: Any) -> None:
    emulator.store.delete = lambda _job_id: True


def _found_anyway(_: Any) -> None:
    swap(fetches, "not_found", lambda: {"status": "success", "id": 1, "output": []})


def _silent(_: Any) -> None:
    swap(webhooks, "deliveries", lambda _job: [])


def _index_first(_: Any) -> None:
    render = film.render
    swap(rendering, "render", lambda *given, **_how: render(*given, index_last=False))


RULES = (
    Rule("key-in-body", "Every call, a fetch too, has the key in its body", "B",
         f"{TEXT}::test_every_call_needs_the_key_in_its_body",
         constant(api, "hmac", SimpleNamespace(compare_digest=lambda *_: True))),
    Rule("json-only", "Another type, or broken JSON, is `Invalid API Request`", "B",
         f"{TEXT}::test_what_is_not_a_json_object_is_an_invalid_request", _any_body),
    Rule("strict-orders", "Model, prompt and aspect ratio are checked by model; unknown fields are refused", "B",
         f"{TEXT}::test_a_wrong_order_is_refused_and_costs_nothing", any_order),
    Rule("references-array", "init_image is an array of one to ten addresses for pictures", "B",
         f"{REFERENCE}::test_init_image_is_an_array_of_one_to_ten_addresses", any_order),
    Rule("references-fetched", "References are really downloaded", "B",
         f"{REFERENCE}::test_a_reference_that_is_not_there_is_refused", _any_reference),
    Rule("no-redirects", "A reference that redirects is refused", "D",
         f"{REFERENCE}::test_a_redirecting_reference_is_refused", _any_reference),
    Rule("reference-limits", "JPEG or PNG, 10 MB, 6000 pixels", "B", f"{REFERENCE}::test_limits_of_references",
         lambda _: swap(references, "smaller", lambda *_given: blank((8, 8)))),
    Rule("head-probe", "References may be probed with HEAD first", "D",
         f"{REFERENCE}::test_a_head_probe_refuses_what_cannot_be_probed", _no_probe),
    Rule("upload-5mb", "An upload is a picture of at most 5 MB", "B",
         f"{REFERENCE}::test_an_upload_is_a_picture_of_at_most_5_mb", constant(assets, "UPLOAD_LIMIT", 10**9)),
    Rule("queue-of-five", "The account's sixth request is refused, and not queued", "B",
         f"{TEXT}::test_the_sixth_request_is_refused_not_queued", account(queue_limit=10**6)),
    Rule("charged-once", "Each acceptance is charged, once", "B", f"{TEXT}::test_each_acceptance_is_charged_once",
         _free),
    Rule("no-money", "Without money there is no picture", "B", f"{TEXT}::test_without_money_there_is_no_picture",
         account(opening=10**9)),
    Rule("a-day", "Results are gone after a day", "B", f"{TEXT}::test_a_result_is_gone_after_a_day",
         constant(files, "LIFETIME", 1e12)),
    Rule("film-choices", "Resolutions, durations and rates are a few texts", "B",
         f"{FILM}::test_what_the_model_does_not_do_is_refused", any_order),
    Rule("own-route", "A model answers at its own route only", "B", f"{FILM}::test_a_model_is_only_at_its_own_route",
         any_order),
    Rule("v6-substitutes", "v6 renders another model for an id that it does not know", "D",
         f"{FILM}::test_version_6_renders_another_model_without_a_word",
         _no_substitute),
    Rule("index-last", "A film's index may be at its end", "E", f"{FILM}::test_half_of_the_films_have_their_index_last",
         _index_first),
    Rule("film-price", "A film costs by its seconds and pixels", "B", f"{FILM}::test_a_film_costs_by_seconds_and_size",
         constant(orders, "DEARER", {})),
    Rule("both-fetches", "v6 takes an id in the path and in the body", "B",
         f"{REFERENCE}::test_both_forms_of_the_older_fetch_know_the_job",
         constant(fetches.Fetches, "_fetch", lambda *_given: not_found())),
    Rule("future-links", "future_links are 404 until the job is done", "C",
         f"{TEXT}::test_a_picture_is_processed_and_then_there", _early_files),
    Rule("integer-ids", "Ids are integers", "C", f"{TEXT}::test_a_picture_is_processed_and_then_there",
         lambda _: swap(answers, "named", lambda _job, body: {**body, "id": str(body.get("id"))})),
    Rule("listed", "Results are listed, and can be deleted", "B",
         f"{REFERENCE}::test_results_are_listed_and_can_be_deleted", _undeletable),
    Rule("not-found-in-200", "An unknown id is not found within a 200", "B",
         f"{TEXT}::test_an_unknown_id_is_not_found_within_a_200", _found_anyway),
    Rule("one-webhook", "One attempt, unsigned, with the track_id as it was sent", "B",
         "modelslab_emulator/test_switches.py::test_an_ordinary_webhook", _silent),
    Rule("sizes", "A picture has the size of its aspect ratio", "B",
         f"{TEXT}::test_a_picture_is_processed_and_then_there",
         lambda _: swap(rendering, "scaled", lambda *_given: (64, 64))),
    Rule("thirty-counts", "The queue's depth can be asked thirty times a minute", "B",
         f"{REFERENCE}::test_the_depth_of_the_queue_can_be_asked_thirty_times_a_minute",
         constant(wallet, "COUNTS_PER_MINUTE", 10**9)),
)  # fmt: skip
