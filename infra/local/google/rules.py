"""The rules of Google's emulator, each with the test that a sloppy client fails: see `infra.local.strictness`."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from infra.local.google import drive, drive_resources, drive_upload, oauth
from infra.local.google.accounts import DRIVE_FILE, Client
from infra.local.strictness import Rule, swap

OAUTH, MORE, DRIVE = ("google/test_oauth.py", "google/test_oauth_rules.py", "google/test_drive_rules.py")


class AnyOf(frozenset[str]):
    """Contains everything."""

    def __contains__(self, _: object) -> bool:
        return True


def _any_redirect(emulator: Any) -> None:
    signing_in = emulator.oauth
    for name, client in signing_in._clients.items():
        signing_in._clients[name] = Client(client.client_id, client.client_secret, AnyOf())


def _codes_last(emulator: Any) -> None:
    store = emulator.store
    emulator.accounts.take_code = lambda code: store.get("code", code)


def _codes_never_old(emulator: Any) -> None:
    take = emulator.accounts.new_code
    emulator.accounts.new_code = lambda **facts: _kept(emulator, take(**facts))


def _kept(emulator: Any, code: str) -> str:
    emulator.store.put("code", code, {**emulator.store.get("code", code), "until": 1e12})
    return code


def _unbound_codes(name: str, value: Any) -> Any:
    def loosen(emulator: Any) -> None:
        take = emulator.accounts.take_code
        emulator.accounts.take_code = lambda code: {**found, name: value()} if (found := take(code)) else None

    return loosen


def _always_refresh(emulator: Any) -> None:
    new_code = emulator.accounts.new_code
    emulator.accounts.new_code = lambda **facts: new_code(**{**facts, "refresh": True})


def _revoke_one(emulator: Any) -> None:
    store = emulator.store

    def revoke_token(token: str) -> bool:
        there = store.get("refresh", token) or store.get("access", token)
        store.delete("refresh", token)
        store.delete("access", token)
        return there is not None

    emulator.accounts.revoke_token = revoke_token


def _immortal(emulator: Any) -> None:
    store = emulator.store
    emulator.accounts.refreshable = lambda token, _: store.get("refresh", token)


def _endless(emulator: Any) -> None:
    emulator.accounts.access = lambda token: emulator.store.get("access", token)


def _no_eviction(_: Any) -> None:
    from infra.local.google import accounts

    swap(accounts, "MAX_REFRESH_TOKENS", 10**9)


def _no_lifetime(emulator: Any) -> None:
    new_refresh = emulator.accounts.new_refresh

    def unlimited(*given: Any) -> str:
        token: str = new_refresh(*given)
        emulator.store.put("refresh", token, {**emulator.store.get("refresh", token), "until": None})
        return token

    emulator.accounts.new_refresh = unlimited


def _every_scope(emulator: Any) -> None:
    caller = emulator.accounts.access
    emulator.accounts.access = lambda token: (
        {**row, "scopes": [*row["scopes"], DRIVE_FILE]} if (row := caller(token)) else None
    )


def _own_files_granted(emulator: Any) -> None:
    files = emulator.files
    files.visible = lambda sub, file_id: row if (row := files.any(file_id))["sub"] == sub else files._missing(file_id)


def _everybody_sees(emulator: Any) -> None:
    files = emulator.files
    files.visible = lambda _, file_id: files.any(file_id)
    files.own = files.visible


def _key_sees_all(emulator: Any) -> None:
    emulator.files.public = lambda file_id, _=None: emulator.files.any(file_id)


def _any_resource_key(emulator: Any) -> None:
    public = emulator.files.public
    emulator.files.public = lambda file_id, _=None: public(file_id, emulator.files.any(file_id)["resourceKey"])


def _key_beside_token(emulator: Any) -> None:
    visible = emulator.files.visible

    def either(sub: str, file_id: str) -> Any:
        return emulator.files.public(file_id) if "key" in request.args else visible(sub, file_id)

    emulator.files.visible = either


def _ids_again(emulator: Any) -> None:
    check = emulator.files.check_new
    emulator.files.check_new = lambda sub, metadata: check(sub, {k: v for k, v in metadata.items() if k != "id"})


def _ids_of_anybody(emulator: Any) -> None:
    check = emulator.files.check_new

    def checked(sub: str, metadata: Any) -> None:
        if "id" in metadata and emulator.store.get("file", metadata["id"]) is None:
            emulator.store.put("reserved", metadata["id"], {"sub": sub})
        check(sub, metadata)

    emulator.files.check_new = checked


def _delete_by_anyone(emulator: Any) -> None:
    emulator.files.delete = lambda _, file_id: emulator.files.remove(file_id)


def _folders_shared(emulator: Any) -> None:
    files = emulator.files
    files.share = lambda _, file_id: files.change(file_id, permissions=["anyoneWithLink"])


def _loose_permission_ids(emulator: Any) -> None:
    files = emulator.files
    files.unshare = lambda _sub, file_id, _id: files.change(file_id, permissions=[])


def _no_lag(emulator: Any) -> None:
    take = emulator.faults.take
    emulator.faults.take = lambda name, **facts: None if name == "list_lag" else take(name, **facts)


def _sessions_forever(_: Any) -> None:
    swap(drive_upload, "WEEK", 10**12)


def _native_bytes(emulator: Any) -> None:
    emulator.drive._media = lambda _row: Response(b"")


def _whole_chunks(_: Any) -> None:
    swap(drive_upload, "ALIGNMENT", 1)


def _range_from_zero(emulator: Any) -> None:
    uploads = emulator.uploads
    progress = uploads._progress

    def told(session_id: str) -> Any:
        response = progress(session_id)
        response.headers.setdefault("Range", "bytes=0-0")
        return response

    uploads._progress = told


def _cancel_204(_: Any) -> None:
    swap(drive_upload, "_closed", lambda: Response(status=204))


def _numbers(_: Any) -> None:
    resource = drive_resources.file_resource

    def with_numbers(*given: Any) -> dict[str, Any]:
        body = resource(*given)
        return {**body, **({"size": int(body["size"])} if "size" in body else {})}

    swap(drive, "file_resource", with_numbers)


def _all_fields(_: Any) -> None:
    masked = drive_resources.masked

    def loose(body: dict[str, Any], known: frozenset[str], default: str | None) -> dict[str, Any]:
        return masked(body, known, default) if "fields" in request.args else body

    swap(drive, "masked", loose)


def _any_field(_: Any) -> None:
    swap(drive_resources, "apply_fields", lambda body, _mask, _known: body)
    swap(drive_resources, "parse_fields", lambda _text: {})


def _any_query(_: Any) -> None:
    swap(drive, "parse_query", lambda _text: lambda _row: True)


def _one_page(_: Any) -> None:
    swap(drive, "page_of", lambda items, _token, _size: (items, None))


def _free(_: Any) -> None:
    swap(drive, "UNITS", dict.fromkeys(drive.UNITS, 5))


def _any_parameter(emulator: Any) -> None:
    emulator.drive.allow = lambda *_names: None
    swap(drive, "checked_body", lambda value, *_names: value)


def _in_every_drive(emulator: Any) -> None:
    emulator.drive._in_reach = lambda _row, **_how: True


def _shallow_trash(emulator: Any) -> None:
    emulator.files.is_trashed = lambda row: row["explicitlyTrashed"]


RULES = (
    Rule("exact-redirect", "A redirect URI must equal a registered one, letter by letter", "B",
         f"{MORE}::test_a_redirect_is_compared_letter_by_letter", _any_redirect),
    Rule("state-echo", "`state` comes back unchanged", "B", f"{MORE}::test_the_state_comes_back_unchanged",
         lambda _: swap(oauth, "_with", lambda url, **more: _appended(url, {**more, "state": "lost"}))),
    Rule("consent-boxes", "Beyond sign-in each scope has a box that may stay empty", "B",
         f"{OAUTH}::test_a_box_left_empty_is_an_ordinary_sign_in",
         lambda _: swap(oauth, "_is_granular", lambda _scopes: False)),
    Rule("scope-names", "Granted scopes come back under other names and in another order", "A",
         f"{MORE}::test_scopes_come_back_under_other_names_and_in_another_order",
         lambda _: swap(oauth, "written", lambda _: f"openid email profile {DRIVE_FILE}")),
    Rule("refresh-once", "A refresh token comes with the first consent, or with prompt=consent, only", "B",
         f"{MORE}::test_a_refresh_token_comes_on_the_first_consent_and_when_forced", _always_refresh),
    Rule("code-once", "A code is good for one exchange", "B",
         f"{OAUTH}::test_a_code_is_good_for_one_exchange_within_ten_minutes", _codes_last),
    Rule("code-ten-minutes", "A code lives ten minutes", "E",
         f"{OAUTH}::test_a_code_is_good_for_one_exchange_within_ten_minutes", _codes_never_old),
    Rule("code-redirect", "A code is bound to its redirect URI", "B",
         f"{OAUTH}::test_a_code_is_bound_to_client_redirect_and_verifier",
         _unbound_codes("redirect_uri", lambda: request.form["redirect_uri"])),
    Rule("code-client", "A code is bound to its client", "B",
         f"{OAUTH}::test_a_code_is_bound_to_client_redirect_and_verifier",
         _unbound_codes("client_id", lambda: request.form["client_id"])),
    Rule("code-verifier", "A challenge wants its verifier (S256)", "A",
         f"{OAUTH}::test_a_code_is_bound_to_client_redirect_and_verifier", _unbound_codes("challenge", lambda: None)),
    Rule("refresh-scope", "A refresh that names a scope that was not granted is `invalid_scope`", "A",
         f"{OAUTH}::test_a_refresh_keeps_the_token_and_takes_no_foreign_scope",
         lambda _: swap(oauth, "normalised", lambda _text: frozenset())),
    Rule("revoke-all", "Revoking any token removes the user's whole grant to the project", "B",
         f"{OAUTH}::test_revoking_any_token_removes_the_whole_grant", _revoke_one),
    Rule("hundred-tokens", "The 101st refresh token silently kills the oldest", "B",
         f"{OAUTH}::test_the_hundred_and_first_refresh_token_kills_the_first", _no_eviction),
    Rule("testing-week", "In Testing a refresh token lives seven days", "B",
         f"{MORE}::test_a_testing_project_forgets_after_seven_days", _no_lifetime),
    Rule("limited-grant", "A time-limited grant says `refresh_token_expires_in`, and ends", "D",
         f"{MORE}::test_a_time_limited_grant_says_how_long_it_lasts", _no_lifetime),
    Rule("six-months", "A refresh token that nobody uses for six months dies", "B",
         f"{MORE}::test_a_token_that_nobody_uses_for_six_months_dies", _immortal),
    Rule("rotating-keys", "Signing keys rotate; the one before stays published", "B",
         f"{MORE}::test_keys_rotate_and_say_how_long_they_may_be_kept",
         lambda emulator: setattr(emulator.keys, "rotate", lambda: None)),
    Rule("picker-redirect", "The redirect picker wants drive.file alone and forced consent", "B",
         f"{MORE}::test_the_picker_redirect_grants_the_picked_files",
         lambda _: swap(oauth, "_may_pick", lambda _asked: True)),
    Rule("grants", "Only what the app made or the user picked is there, one's own files included", "C",
         f"{DRIVE}::test_a_file_that_was_not_granted_is_not_there", _own_files_granted),
    Rule("other-users", "A grant is of one user", "B", f"{DRIVE}::test_another_user_sees_nothing", _everybody_sees),
    Rule("api-key", "A key sees public files only", "E",
         f"{DRIVE}::test_a_key_sees_public_files_only_and_not_all_of_them", _key_sees_all),
    Rule("key-and-token", "A token beside a key is what counts", "E",
         f"{DRIVE}::test_a_token_beside_the_key_is_what_counts", _key_beside_token),
    Rule("resource-keys", "Some links need their resource key, in a header", "B",
         f"{DRIVE}::test_a_link_with_a_resource_key_needs_it", _any_resource_key),
    Rule("shared-drives", "Files of shared drives want supportsAllDrives", "C",
         f"{DRIVE}::test_a_shared_drive_is_there_only_for_who_can_handle_it", _in_every_drive),
    Rule("native-types", "Documents have no bytes: fileNotDownloadable", "A",
         f"{DRIVE}::test_a_native_document_has_no_bytes", _native_bytes),
    Rule("default-fields", "By default few fields come", "A",
         f"{DRIVE}::test_only_the_asked_fields_come_and_by_default_few", _all_fields),
    Rule("fields-grammar", "Fields that are none are refused", "A",
         f"{DRIVE}::test_fields_that_are_none_are_refused", _any_field),
    Rule("about-fields", "about.get has no default fields", "A", f"{DRIVE}::test_about_wants_fields", _all_fields),
    Rule("numbers", "64-bit numbers are texts", "A", f"{DRIVE}::test_numbers_of_64_bits_are_texts", _numbers),
    Rule("search-grammar", "A search that is none is 400 invalid", "B",
         f"{DRIVE}::test_a_search_that_is_none_is_refused", _any_query),
    Rule("search", "A search finds what it says", "B", f"{DRIVE}::test_a_search_finds_what_it_says", _any_query),
    Rule("pages", "Lists come in pages", "A", f"{DRIVE}::test_a_list_comes_in_pages_to_an_absent_token", _one_page),
    Rule("trash-cascade", "A folder in the trash takes what is inside with it", "A",
         f"{DRIVE}::test_the_trash_takes_what_is_inside_and_stays_public", _shallow_trash),
    Rule("owner-deletes", "Only the owner deletes", "B",
         f"{DRIVE}::test_deleting_is_the_owners_and_answers_nothing", _delete_by_anyone),
    Rule("permission-id", "The link's permission is `anyoneWithLink`", "D",
         f"{DRIVE}::test_the_link_permission_has_its_own_id", _loose_permission_ids),
    Rule("folder-grants", "A folder is shared only with a grant on every child", "C",
         f"{DRIVE}::test_a_folder_is_shared_only_with_a_grant_on_everything_inside", _folders_shared),
    Rule("ids-once", "A reserved id is good for one file: 409 fileIdInUse", "C",
         f"{DRIVE}::test_reserved_ids_are_one_users_and_good_once", _ids_again),
    Rule("ids-of-user", "A reserved id is its user's", "D",
         f"{DRIVE}::test_reserved_ids_are_one_users_and_good_once", _ids_of_anybody),
    Rule("no-range", "Nothing stored: no Range header", "C",
         f"{DRIVE}::test_a_chunk_is_answered_308_with_a_range_and_no_address", _range_from_zero),
    Rule("alignment", "Of an unaligned chunk the rest is dropped silently", "C",
         f"{DRIVE}::test_of_an_unaligned_chunk_the_rest_is_dropped_silently", _whole_chunks),
    Rule("cancelled-499", "A cancelled upload answers 499", "C",
         f"{DRIVE}::test_a_cancelled_session_answers_499_from_then_on", _cancel_204),
    Rule("session-week", "An upload's address lives a week", "B", f"{DRIVE}::test_a_session_lives_a_week",
         _sessions_forever),
    Rule("quota-units", "Every call costs its units", "B", f"{DRIVE}::test_every_call_costs_its_units", _free),
    Rule("list-lag", "A list may lag behind a create", "E",
         f"{DRIVE}::test_a_list_may_lag_behind_a_create", _no_lag),
    Rule("unknown-parameters", "A parameter or field that a method does not have is refused", "A",
         f"{DRIVE}::test_what_a_method_does_not_have_is_refused", _any_parameter),
    Rule("token-hour", "An access token lives an hour", "B",
         f"{DRIVE}::test_an_access_token_dies_also_in_the_middle", _endless),
    Rule("scope-checked", "Without drive.file nothing of Drive answers", "B",
         f"{DRIVE}::test_without_the_scope_nothing_works", _every_scope),
)  # fmt: skip


def _appended(url: str, more: dict[str, Any]) -> str:
    from urllib.parse import urlencode

    return f"{url}?{urlencode({name: value for name, value in more.items() if value is not None})}"
