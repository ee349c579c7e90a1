"""Google as one object, for tests and for the command."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from PIL import Image

from infra.local.clock import AdjustableClock
from infra.local.control import control, json_object
from infra.local.faults import Faults
from infra.local.google import drive, drive_upload, oauth, pages
from infra.local.google.accounts import PICKER_KEY, PROJECT, Accounts, Client
from infra.local.google.drive import Drive, HtmlError
from infra.local.google.drive_upload import Uploads
from infra.local.google.errors import DriveError
from infra.local.google.files import Files
from infra.local.google.keys import Keys
from infra.local.google.oauth import OAuth
from infra.local.google.people import People
from infra.local.google.picker import Picker
from infra.local.google.store import Store
from infra.local.interference import Disturbances, Interfering
from infra.local.journal import Journal
from infra.local.serving import Serving

API_KEY = "made-up-google-api-key"


class GoogleEmulator:
    """Google with its state under `state`; people's files are in `state/drive/<e-mail>/`.

    `testing`: the consent screen is in Testing, where a refresh token lives seven days.
    """

    def __init__(
        self,
        state: Path,
        clients: Iterable[Client],
        clock: AdjustableClock | None = None,
        *,
        api_key: str = API_KEY,
        testing: bool = False,
    ) -> None:
        self.clock = clock or AdjustableClock()
        self.journal = Journal()
        self.disturbances = Disturbances()
        self.faults = Faults(oauth.FAULTS | drive.FAULTS | drive_upload.FAULTS)
        self.store = Store(state)
        self.accounts = Accounts(self.store, self.clock, testing=testing)
        self.files = Files(self.store, self.accounts, self.clock, state / "drive")
        self.people = People(self.files, self.accounts, state / "uploads")
        self.keys = Keys(self.store)
        by_id = {client.client_id: client for client in clients}
        service = Blueprint("service", __name__)
        self.oauth = OAuth(by_id, self.accounts, self.keys, self.faults, self.journal, self.people)
        self.drive = Drive(self.files, self.accounts, self.faults, self.journal, api_key)
        self.uploads = Uploads(self.store, self.files, self.drive, self.faults, self.clock, state / "uploads")
        for part in (self.oauth, self.drive, self.uploads):
            part.add_to(service)
        service.register_error_handler(DriveError, DriveError.response)
        service.register_error_handler(HtmlError, lambda _: Response(drive.HTML_403, 403, content_type="text/html"))
        self.app = Flask(__name__)
        self.app.register_blueprint(service)
        self.app.register_blueprint(self._control())
        self.app.register_blueprint(self._people())
        picker = Picker(self.files, self.accounts, self.people, PROJECT, frozenset({PICKER_KEY}))
        self.app.register_blueprint(picker.routes())

    def serve(self, port: int = 0) -> Serving:
        """Answer on the loopback address (port 0: any)."""
        return Serving(Interfering(self.app, self.disturbances, self.clock.advance), port)

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    def drives(self) -> dict[str, list[dict[str, Any]]]:
        """Everybody's files by address: the independent witness of what is in whose Drive."""
        found: dict[str, list[dict[str, Any]]] = {email: [] for email in self.store.all("account")}
        for row in self.files.all().values():
            email = self.accounts.by_sub(row["sub"])["email"]
            names = ("id", "name", "mimeType", "size", "parents", "appProperties", "path")
            facts = {name: row[name] for name in names} | {"sha256": row.get("sha256Checksum")}
            public = "anyoneWithLink" in row["permissions"]
            found[email].append({**facts, "trashed": self.files.is_trashed(row), "public": public})
        return found

    def _control(self) -> Blueprint:
        routes = control(self.journal, self.faults, self.clock.advance, self._reset)

        @routes.get("/_emulator/drive")
        def read_drives() -> ResponseReturnValue:
            return jsonify(self.drives())

        @routes.post("/_emulator/account")
        def set_account() -> ResponseReturnValue:
            order = json_object({"email", "name", "sub", "hd", "email_verified", "limit", "grant_seconds"})
            return jsonify(self.accounts.ensure(str(order.pop("email")), **order))

        @routes.post("/_emulator/revoke")
        def remove_app() -> ResponseReturnValue:
            self.accounts.revoke(self.accounts.ensure(str(json_object({"email"})["email"]))["sub"])
            return jsonify({})

        @routes.post("/_emulator/file")
        def add_file() -> ResponseReturnValue:
            """A file of somebody's that the app was never granted; `data` is base64."""
            order = json_object(
                {"email", "name", "mime_type", "data", "size", "public", "resource_key", "target", "parent", "drive_id"}
            )
            data = base64.b64decode(order.pop("data", ""))
            return jsonify(self.people.add_file(data=data, **order)), 201

        @routes.post("/_emulator/pick")
        def pick() -> ResponseReturnValue:
            return jsonify(self.people.pick(**json_object({"email", "file_id"})))

        @routes.post("/_emulator/act")
        def act() -> ResponseReturnValue:
            """trash, untrash, share, unshare or delete, as the owner."""
            return jsonify(self.people.act(**json_object({"file_id", "what"})))

        @routes.post("/_emulator/rotate")
        def rotate() -> ResponseReturnValue:
            self.keys.rotate()
            return jsonify({})

        return routes

    def _people(self) -> Blueprint:
        routes = Blueprint("people", __name__)

        @routes.get("/")
        def overview() -> ResponseReturnValue:
            return pages.overview(self.drives())

        @routes.get("/file/d/<file_id>/view")
        def view(file_id: str) -> ResponseReturnValue:
            row = self._shown(file_id)
            return Response(self.files.read(row, 0, row["size"] - 1), content_type=row["mimeType"])

        @routes.get("/thumbnail")
        def thumbnail() -> ResponseReturnValue:
            row = self._shown(request.args.get("id", ""))
            side = int("".join(filter(str.isdigit, request.args.get("sz", "w220"))) or 220)
            with Image.open(self.files.path(row)) as image:
                small = image.convert("RGB")
                small.thumbnail((side, side))
            out = io.BytesIO()
            small.save(out, "JPEG")
            return Response(out.getvalue(), content_type="image/jpeg")

        return routes

    def _shown(self, file_id: str) -> dict[str, Any]:
        """What anybody with the link sees."""
        try:
            row = self.files.public(file_id)
        except DriveError:
            abort(404)
        if row["size"] is None:
            abort(404)
        return row

    def _reset(self) -> None:
        self.store.clear()
        self.faults.clear()
        self.journal.clear()
