"""The pages that a person sees: consent, refusals, and what is in everybody's Drive."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from infra.local.google.accounts import DRIVE_FILE

STYLE = """<!doctype html><meta charset=utf-8><meta name=viewport content="width=device-width"><style>
body{font:16px/1.5 system-ui;background:#f0f4f9;margin:0;display:grid;place-items:start center;min-height:100vh}
main{background:#fff;border-radius:24px;padding:32px 40px;margin:40px;max-width:720px;width:80%}
h1{font-weight:400;font-size:28px}input[type=email]{font:inherit;padding:10px;width:100%;box-sizing:border-box}
label{display:block;padding:12px 0;border-bottom:1px solid #e0e3e7}button{font:inherit;padding:10px 24px;margin:24px 12px 0 0;
border-radius:20px;border:1px solid #747775;background:#fff}button[value=allow]{background:#0b57d0;color:#fff;border:0}
td,th{padding:4px 12px 4px 0;text-align:left}small{color:#5f6368}</style>"""
WORDS = {DRIVE_FILE: "See, edit, create and delete only the specific Google Drive files that you use with this app"}


def consent(asked: Mapping[str, str], email: str, others: list[str], *, granular: bool) -> str:
    """The page with an account and the boxes; its form posts to the same address."""
    boxes = "".join(
        f'<label><input type=checkbox name=scope value="{escape(scope)}" checked> {WORDS.get(scope, escape(scope))}</label>'
        for scope in others
    )
    listed = boxes if granular else "".join(f"<p>{WORDS.get(scope, escape(scope))}</p>" for scope in others)
    return f"""{STYLE}<title>Sign in - Google Accounts (local)</title><main>
<small>Google, on this machine</small><h1>Ecosystem IP AI wants access to your Google Account</h1>
<form method=post><label>Account<input type=email name=email required value="{escape(email or "writer@gmail.com")}"></label>
{listed}<p><small>Client {escape(asked["client_id"])}</small></p>
<button name=decision value=allow>Continue</button><button name=decision value=deny>Cancel</button></form></main>"""


def refusal(problem: str) -> str:
    """Google's own error page: the application is never called."""
    return f"{STYLE}<title>Error</title><main><h1>Access blocked</h1><p>{escape(problem)}</p></main>"


def overview(drives: Mapping[str, list[dict[str, Any]]]) -> str:
    """Everybody's files, for a person."""
    tables = "".join(
        f"<h2>{escape(email)}</h2><table><tr><th>path<th>type<th>size<th>state</tr>{_rows(files)}</table>"
        for email, files in drives.items()
    )
    return f"{STYLE}<title>Google (local)</title><main><h1>Drive on this machine</h1>{tables or 'Nobody has signed in.'}</main>"


def _rows(files: list[dict[str, Any]]) -> str:
    return "".join(
        f'<tr><td><a href="/file/d/{escape(file["id"])}/view">{escape(file["path"])}</a><td>{escape(file["mimeType"])}'
        f"<td>{file['size'] or ''}<td>{_state(file)}</tr>"
        for file in files
    )


def _state(file: dict[str, Any]) -> str:
    return " ".join(word for word, holds in (("trashed", file["trashed"]), ("public", file["public"])) if holds)
