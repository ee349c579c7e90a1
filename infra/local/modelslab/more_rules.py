"""More rules of ModelsLab's emulator: the rest of its checklist (see `infra.local.modelslab.rules`)."""

from __future__ import annotations

from typing import Any

from flask import jsonify

from infra.local.modelslab import answers, api, assets, fetches, files, orders, webhooks
from infra.local.modelslab.film import Film
from infra.local.modelslab.refusals import Refusal
from infra.local.modelslab.rules import FILM, REFERENCE, TEXT, account, any_order
from infra.local.modelslab.wallet import Wallet
from infra.local.strictness import Rule, constant, swap

SWITCHES = "modelslab_emulator/test_switches.py"


def _one_text(_: Any) -> None:
    swap(api, "Refusal", lambda status, *_given, **more: Refusal(status, "Unauthorized", **more))


def _newest_first(emulator: Any) -> None:
    store, oldest = emulator.store, emulator.store.next_job
    store.next_job = lambda: max(
        (job for job in store.jobs() if job.status == "processing"), key=lambda job: job.id, default=oldest()
    )


def _patient(_: Any) -> None:
    post = webhooks._post
    swap(webhooks, "_post", lambda url, body, _seconds: post(url, body, 60.0))


def _again(_: Any) -> None:
    post = webhooks._post

    def twice(*given: Any) -> tuple[int, str]:
        post(*given)
        return post(*given)

    swap(webhooks, "_post", twice)


def _listed_pictures(_: Any) -> None:
    strict = orders._references
    swap(orders, "_references", lambda model, value: strict(model, value[0] if isinstance(value, list) else value))


def _right_spelling(_: Any) -> None:
    def modern(**body: Any) -> Any:
        return jsonify({name.replace("messege", "message"): value for name, value in body.items()})

    swap(assets, "jsonify", modern)


def _whole_success(_: Any) -> None:
    swap(fetches, "success", lambda job: {**answers.success(job), "meta": {}, "generationTime": 1})


MORE_RULES = (
    Rule("key-told-apart", "A missing key and a wrong one are told apart", "B",
         f"{TEXT}::test_every_call_needs_the_key_in_its_body", _one_text),
    Rule("queue-by-plan", "The queue is 5, 10 or 15 deep, by plan", "B",
         f"{TEXT}::test_a_larger_plan_queues_more_and_no_more_than_that", account(queue_limit=10**6)),
    Rule("in-order", "Jobs are rendered in the order in which they came", "B",
         f"{TEXT}::test_a_leap_in_time_finishes_as_many_as_fit", _newest_first),
    Rule("wallet-empties", "The wallet has less after each job", "B",
         f"{TEXT}::test_each_acceptance_is_charged_once",
         lambda _: swap(Wallet, "balance", lambda self: self._account.opening / 1000)),
    Rule("sparse-success", "A fetch's success has neither meta nor time", "C",
         f"{TEXT}::test_a_picture_is_processed_and_then_there", _whole_success),
    Rule("two-spellings", "The ratio may be spelt with a hyphen; one spelling is needed", "D",
         f"{REFERENCE}::test_the_ratio_may_be_spelt_in_two_ways", any_order),
    Rule("uploads-a-day", "An upload is gone after a day", "B",
         f"{REFERENCE}::test_an_upload_is_a_reference_for_a_day", constant(files, "LIFETIME", 1e12)),
    Rule("messege", "Deleting answers with `messege`", "C",
         f"{REFERENCE}::test_results_are_listed_and_can_be_deleted", _right_spelling),
    Rule("film-picture-text", "A film's init_image is one address, as text", "C",
         f"{FILM}::test_a_films_picture_is_one_address_as_text", _listed_pictures),
    Rule("film-as-asked", "A film has the size, rate, length and sound that were asked for", "B",
         f"{FILM}::test_a_film_is_what_was_asked_for[50-8-False]",
         lambda _: swap(orders, "_film", lambda *_given: Film(1920, 1080, 25, 6, audio=False))),
    Rule("webhook-30s", "A receiver has 30 seconds", "B",
         f"{SWITCHES}::test_a_receiver_that_takes_too_long_is_not_waited_for", _patient),
    Rule("webhook-not-again", "A webhook that was refused is not sent again", "B",
         f"{SWITCHES}::test_a_refused_webhook_is_not_sent_again", _again),
    Rule("known-hosts", "Results are on the service's own hosts", "C",
         f"{SWITCHES}::test_link[foreign]",
         lambda emulator: swap(emulator.faults, "taken", lambda *_given, **_facts: {})),
)  # fmt: skip
