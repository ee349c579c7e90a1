"""More rules of Google's emulator: the rest of its checklist (see `infra.local.google.rules`)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import Response, request

from infra.local.google import drive, drive_resources, oauth
from infra.local.google.errors import not_found
from infra.local.strictness import Rule, swap

OAUTH, MORE, DRIVE = ("google/test_oauth.py", "google/test_oauth_rules.py", "google/test_drive_rules.py")


def _any_secret(_: Any) -> None:
    swap(oauth, "hmac", SimpleNamespace(compare_digest=lambda *_: True))


def _one_subject(emulator: Any) -> None:
    ensure = emulator.accounts.ensure
    emulator.accounts.ensure = lambda email, **more: ensure(email, **{k: v for k, v in more.items() if k != "sub"})


def _killing_refresh(emulator: Any) -> None:
    new, store = emulator.accounts.new_access, emulator.store

    def only_one(sub: str, scopes: frozenset[str]) -> str:
        for token, row in store.all("access").items():
            if row["sub"] == sub:
                store.delete("access", token)
        token = new(sub, scopes)
        return str(token)

    emulator.accounts.new_access = only_one


def _plain_files(_: Any) -> None:
    resource = drive_resources.file_resource

    def without(*given: Any) -> dict[str, Any]:
        return {name: value for name, value in resource(*given).items() if name != "shortcutDetails"}

    swap(drive, "file_resource", without)


def _one_name(emulator: Any) -> None:
    create, files = emulator.files.create, emulator.files

    def same(sub: str, metadata: Any, *given: Any, **more: Any) -> Any:
        rows = files.all().values()
        there = next((row for row in rows if (row["sub"], row["name"]) == (sub, metadata.get("name"))), None)
        return there or create(sub, metadata, *given, **more)

    emulator.files.create = same


def _private_trash(emulator: Any) -> None:
    public = emulator.files.public

    def seen(file_id: str, *key: Any) -> Any:
        row = public(file_id, *key)
        if emulator.files.is_trashed(row):
            raise not_found(file_id)
        return row

    emulator.files.public = seen


def _with_location(emulator: Any) -> None:
    progress = emulator.uploads._progress

    def told(session_id: str) -> Response:
        response: Response = progress(session_id)
        response.headers["Location"] = "http://localhost/elsewhere"
        return response

    emulator.uploads._progress = told


def _only_onwards(emulator: Any) -> None:
    uploads = emulator.uploads
    keep = uploads._keep

    def strict(session_id: str, row: Any, header: str) -> Any:
        if header.startswith("bytes 0-") and uploads._stored(session_id):
            raise not_found("session")
        return keep(session_id, row, header)

    uploads._keep = strict


def _finished(emulator: Any, change: Any) -> None:
    uploads = emulator.uploads
    finished = uploads._finished

    def told(row: Any) -> Response:
        response: Response = finished(row)
        return change(response)  # type: ignore[no-any-return]

    uploads._finished = told


def _no_sums(response: Response) -> Response:
    body = {name: value for name, value in response.get_json().items() if "Checksum" not in name}
    response.set_data(str(body).replace("'", '"'))
    return response


def _forgets(emulator: Any) -> None:
    uploads, store = emulator.uploads, emulator.store
    finish = uploads._finish

    def once(session_id: str, row: Any) -> Any:
        done = finish(session_id, row)
        store.delete("upload", session_id)
        return done

    uploads._finish = once


def _any_key(emulator: Any) -> None:
    made = emulator.drive
    by_key = made._by_key

    def lenient(*given: Any) -> Any:
        made._api_key = request.args["key"]
        return by_key(*given)

    made._by_key = lenient


def _telling_delete(_: Any) -> None:
    def answer(*given: Any, **how: Any) -> Response:
        return Response("{}") if how.get("status") == 204 else Response(*given, **how)

    swap(drive, "Response", answer)


def _hd_for_all(emulator: Any) -> None:
    accounts = emulator.accounts
    by_sub = accounts.by_sub
    accounts.by_sub = lambda sub: {**by_sub(sub), "hd": "gmail.com"}


def _always_when(emulator: Any) -> None:
    take = emulator.faults.take

    def told(name: str, **facts: Any) -> Any:
        params = take(name, **facts)
        return None if params is None else {"retry_after": 1, **params}

    emulator.faults.take = told


MORE_RULES = (
    Rule("client-secret", "The client's secret is checked", "B",
         f"{OAUTH}::test_a_code_is_bound_to_client_redirect_and_verifier", _any_secret),
    Rule("account-switch", "The subject is who it is; an address may become another account's", "B",
         f"{MORE}::test_one_address_may_be_another_account", _one_subject),
    Rule("parallel-tokens", "Several access tokens live at once; a refresh kills none", "D",
         f"{MORE}::test_refreshing_does_not_kill_the_earlier_access_token", _killing_refresh),
    Rule("shortcuts", "A shortcut tells its target, also one that is gone", "A",
         f"{DRIVE}::test_a_shortcut_names_its_target_also_when_that_is_gone", _plain_files),
    Rule("same-names", "Two files may have one name", "B", f"{DRIVE}::test_two_files_may_have_one_name", _one_name),
    Rule("public-trash", "What is public stays readable in the trash", "A",
         f"{DRIVE}::test_the_trash_takes_what_is_inside_and_stays_public", _private_trash),
    Rule("no-location", "A chunk's 308 has no Location", "C",
         f"{DRIVE}::test_a_chunk_is_answered_308_with_a_range_and_no_address", _with_location),
    Rule("from-zero", "Sending again from zero is taken", "C", f"{DRIVE}::test_sending_again_from_zero_is_taken",
         _only_onwards),
    Rule("sums-at-once", "The last chunk's answer has the checksums", "C",
         f"{DRIVE}::test_an_upload_begins_with_an_address_and_nothing_else",
         lambda emulator: _finished(emulator, _no_sums)),
    Rule("after-the-end", "Asking after the end gives the file", "C",
         f"{DRIVE}::test_asking_after_the_end_gives_the_file", _forgets),
    Rule("bad-key", "A key that is none is refused, for every file alike", "B",
         "google/test_drive.py::test_a_bad_api_key_is_our_trouble_and_says_nothing_of_the_file", _any_key),
    Rule("hd", "Only an account of a Workspace has `hd`", "B",
         f"{MORE}::test_only_an_account_of_a_workspace_has_its_domain", _hd_for_all),
    Rule("retry-after", "A rate limit says when to come again, or does not", "B",
         "google/test_switches.py::test_a_rate_limit_need_not_say_when", _always_when),
    Rule("empty-delete", "Deleting answers 204, as HTML", "C",
         f"{DRIVE}::test_deleting_is_the_owners_and_answers_nothing", _telling_delete),
)  # fmt: skip
