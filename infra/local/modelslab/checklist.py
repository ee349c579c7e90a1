"""What ModelsLab's emulator must do, as a numbered list: each item with the rules that keep it."""

from __future__ import annotations

from infra.local.strictness import Item

CHECKLIST = (
    # 1. As it works
    Item("1.1", "Each model at its own route; both forms of fetch; v6 renders another model for a film",
         ("own-route", "both-fetches", "v6-substitutes")),
    Item("1.2", "The key is in every body; missing and wrong are told apart", ("key-in-body", "key-told-apart")),
    Item("1.3", "Another type, or broken JSON, is no request", ("json-only",)),
    Item("1.4", "What is ordered is checked by model; unknown fields are refused",
         ("strict-orders", "references-array", "film-picture-text", "film-choices", "two-spellings")),
    Item("1.5", "References are downloaded, without redirects, perhaps after a HEAD, within limits",
         ("references-fetched", "no-redirects", "head-probe", "reference-limits")),
    Item("1.6", "Integer ids, a sparse success, unknown ids", ("integer-ids", "sparse-success", "not-found-in-200")),
    Item("1.7", "Estimates as whole numbers, broken ones and placeholders", ("eta",)),
    Item("1.8", "The address of the result is 404 until it is there", ("future-links",)),
    Item("1.9", "Real bytes: a picture of its ratio's size, a film as asked, for a day",
         ("sizes", "film-as-asked", "index-last", "a-day", "known-hosts")),
    Item("1.10", "The account's queue of 5, 10 or 15, in order; one more is refused",
         ("queue-of-five", "queue-by-plan", "in-order")),
    Item("1.11", "Webhooks: one attempt, 30 seconds, unsigned, `track_id` as it was sent",
         ("one-webhook", "webhook-not-again", "webhook-30s")),
    Item("1.12", "Uploads of 5 MB for a day", ("upload-5mb", "uploads-a-day")),
    Item("1.13", "The queue's depth, the wallet, the list of results, deleting with `messege`",
         ("thirty-counts", "wallet-empties", "no-money", "listed", "messege")),
    Item("1.14", "A ledger: each acceptance is charged once, a film by its seconds", ("charged-once", "film-price")),
    # 2. In trouble
    Item("2.1", "Synchronous answers, slow ones, renderings of any length", ("sync", "hang", "render")),
    Item("2.2", "The answer to an accepted submit is lost or lies", ("drop", "answer_html", "answer_error")),
    Item("2.3", "Ids and meta as they should not be; outputs of other shapes",
         ("id", "meta", "output", "no_proxy_links", "empty_output")),
    Item("2.4", "Older spellings; messages of other types", ("legacy", "message")),
    Item("2.5", "Every documented refusal, also within 200; when to come again, in four ways",
         ("error", "in_200", "retry_after", "retry_seconds")),
    Item("2.6", "Pages instead of JSON", ("html",)),
    Item("2.7", "The spam filter for equal bytes", ("spam",)),
    Item("2.8", "Polls: not found for a while or for ever, stuck, failed after processing",
         ("not_found", "gone", "stuck", "fails")),
    Item("2.9", "Polls in trouble", ("fetch_error", "fetch_429", "fetch_html", "fetch_drop")),
    Item("2.10", "What is indecent, told in three ways", ("nsfw",)),
    Item("2.11", "The ratio is not honoured", ("aspect",)),
    Item("2.12", "Results that are odd to download, also on a foreign host", ("link",)),
    Item("2.13", "Webhooks that are early, twice, missing, forged, or say it otherwise", ("webhook",)),
    Item("2.14", "Failed jobs are refunded, or not; references are probed", ("refund", "head")),
)  # fmt: skip
