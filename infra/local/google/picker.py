"""Google Picker on this machine: its JavaScript, and what it asks behind the page.

/js/api.js        what a page loads where the real one is https://apis.google.com/js/api.js
/_picker/files    the files that the person can open, by Drive's own rights and not by the app's
/_picker/pick     grants one to the app; without the project's number (`app_id`) nothing is granted, and nobody says so
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from infra.local.control import json_object
from infra.local.google.accounts import Accounts
from infra.local.google.errors import DriveError
from infra.local.google.files import FOLDER, Files
from infra.local.google.people import People

SCRIPT = Path(__file__).with_name("picker.js")


class Refused(Exception):
    """The picker does not open."""


class Picker:
    """The routes. `project`: the number that `setAppId` must be given."""

    def __init__(self, files: Files, accounts: Accounts, people: People, project: str, keys: frozenset[str]) -> None:
        self._files = files
        self._accounts = accounts
        self._people = people
        self._project = project
        self._keys = keys

    def routes(self) -> Blueprint:
        """All of them, for pages of any origin."""
        made = Blueprint("picker", __name__)
        made.add_url_rule("/js/api.js", view_func=self._script)
        made.add_url_rule("/_picker/files", view_func=self._list, methods=["POST", "OPTIONS"])
        made.add_url_rule("/_picker/pick", view_func=self._pick, methods=["POST", "OPTIONS"])
        made.register_error_handler(Refused, lambda error: (jsonify(error=str(error)), 403))
        made.after_request(_for_any_origin)
        return made

    def _script(self) -> ResponseReturnValue:
        return Response(SCRIPT.read_text(encoding="utf-8"), content_type="text/javascript; charset=UTF-8")

    def _list(self) -> ResponseReturnValue:
        if request.method == "OPTIONS":
            return Response(status=204)
        asked, sub = self._asked({"file_ids"})
        wanted = set(filter(None, asked["file_ids"].split(",")))
        return jsonify(files=[_shown(row) for row in self._openable(sub) if not wanted or row["id"] in wanted])

    def _pick(self) -> ResponseReturnValue:
        if request.method == "OPTIONS":
            return Response(status=204)
        asked, sub = self._asked({"file_id"})
        if asked["app_id"] == self._project:
            try:
                self._people.pick(self._accounts.by_sub(sub)["email"], asked["file_id"])
            except DriveError as error:
                raise Refused(error.message) from error
        return jsonify({})

    def _asked(self, more: set[str]) -> tuple[dict[str, Any], str]:
        asked = json_object({"token", "key", "app_id", *more})
        row = self._accounts.access(str(asked["token"]))
        if row is None:
            raise Refused("The token is not valid any more.")
        if asked["key"] not in self._keys:
            raise Refused("The developer key is invalid.")
        return asked, str(row["sub"])

    def _openable(self, sub: str) -> list[dict[str, Any]]:
        mine = [row for row in self._files.all().values() if row["sub"] == sub or sub in row["grants"]]
        return [row for row in mine if row["mimeType"] != FOLDER and not self._files.is_trashed(row)]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    found = {"id": row["id"], "name": row["name"], "mimeType": row["mimeType"], "type": "file"}
    return found | ({"resourceKey": row["resourceKey"]} if row["resourceKey"] else {})


def _for_any_origin(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Headers"] = "Content-Type"
    return response
