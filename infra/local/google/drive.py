"""`/drive/v3/...`: metadata, permissions, downloads. A parameter or field that Drive does not have is refused."""

from __future__ import annotations

import re
import socket
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from infra.local.faults import Faults
from infra.local.google.accounts import DRIVE_FILE, Accounts
from infra.local.google.discovery import parameters
from infra.local.google.drive_query import parse_query
from infra.local.google.drive_resources import (
    ABOUT_FIELDS,
    CHANGES_FIELDS,
    DEFAULT,
    DEFAULT_CHANGES,
    FILE_FIELDS,
    LIST_FIELDS,
    file_resource,
    masked,
    page_of,
)
from infra.local.google.errors import REFUSALS, DriveError, invalid, not_found, refusal, unauthorized, unregistered
from infra.local.google.files import FOLDER, NATIVE, Files
from infra.local.google.store import Row
from infra.local.journal import Journal, fingerprint

ALSO = {"files.download": "files.get", "upload.initiate": "files.create"}  #: what the discovery document calls them
UNITS = {"read": 5, "list": 100, "download": 200, "edit": 50, "other": 5}  #: quota units, by the model of 2026-05
HTML_403 = "<!DOCTYPE html><title>Sorry...</title><p>... but your computer or network may be sending automated queries."
FAULTS = frozenset(REFUSALS) | {"html_403", "drop", "list_lag"}


class Drive:
    """The metadata methods, as the caller that the request names."""

    def __init__(self, files: Files, accounts: Accounts, faults: Faults, journal: Journal, api_key: str) -> None:
        self._files = files
        self._accounts = accounts
        self._faults = faults
        self._journal = journal
        self._api_key = api_key

    def add_to(self, routes: Blueprint) -> None:
        """Add the routes."""
        one = "/drive/v3/files/<file_id>"
        rules: tuple[tuple[str, Any, str], ...] = (
            ("/drive/v3/about", self._about, "GET"),
            ("/drive/v3/files/generateIds", self._generate_ids, "GET"),
            ("/drive/v3/files", self._list, "GET"),
            ("/drive/v3/files", self._create, "POST"),
            (one, self._get, "GET"),
            (one, self._update, "PATCH"),
            (one, self._delete, "DELETE"),
            ("/drive/v3/changes", self._changes, "GET"),
            ("/drive/v3/changes/startPageToken", self._start_page_token, "GET"),
            (f"{one}/permissions", self._share, "POST"),
            (f"{one}/permissions", self._permissions, "GET"),
            (f"{one}/permissions/<permission_id>", self._unshare, "DELETE"),
        )
        for rule, view, method in rules:
            routes.add_url_rule(rule, view.__name__, view, methods=[method])

    def caller(self, method: str, kind: str) -> str:
        """The subject whose token this is. Raises DriveError; switched-on faults come first."""
        row, token = self.holder()
        if not token and "key" not in request.args:
            raise unregistered()
        email = self._accounts.by_sub(row["sub"])["email"] if row else None
        facts = {"method": method, "email": email, "token": fingerprint(token) if token else None}
        self._journal.add("drive", **facts, units=UNITS[kind])
        if row is None:
            raise unauthorized()
        if DRIVE_FILE not in row["scopes"]:
            raise DriveError(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
        self.allow(method)
        self.trouble(method, email)
        return str(row["sub"])

    def holder(self) -> tuple[Row | None, str]:
        """Whose token comes with this request, and the token. None: nobody's, or one that is over."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return self._accounts.access(token) if scheme == "Bearer" else None, token

    def trouble(self, method: str, email: str | None) -> None:
        """What a switched-on fault does to this call. Raises DriveError."""
        for name in FAULTS - {"drop", "list_lag"}:
            params = self._faults.take(name, method=method, email=email)
            if params is None:
                continue
            if name == "html_403":
                raise HtmlError
            error = refusal(name)
            if "retry_after" in params:
                error.headers["Retry-After"] = str(params["retry_after"])
            raise error

    def drop(self, method: str, email: str | None = None) -> bool:
        """Whether the answer to this call gets lost."""
        return self._faults.take("drop", method=method, email=email) is not None

    def allow(self, method: str) -> None:
        """Raises DriveError for a query parameter that the method does not have."""
        for name in request.args.keys() - parameters(ALSO.get(method, method)):
            raise invalid(f'Unknown name "{name}": Cannot bind query parameter.', name)

    def body(self, *names: str) -> Row:
        """The request's JSON object. Raises DriveError for a field that the method does not have."""
        try:
            value = request.get_json() if request.content_length else {}
        except HTTPException as error:
            raise DriveError(400, "parseError", "Parse Error") from error
        return checked_body(value, *names)

    def _about(self) -> ResponseReturnValue:
        sub = self.caller("about.get", "read")
        account = self._accounts.by_sub(sub)
        used = str(self._files.used(sub))
        quota = {"usage": used, "usageInDrive": used, "usageInDriveTrash": "0"}
        if account["limit"] is not None:
            quota["limit"] = str(account["limit"])
        user = {"kind": "drive#user", "displayName": account["name"], "emailAddress": account["email"]}
        user |= {"permissionId": sub, "me": True}
        return jsonify(masked({"kind": "drive#about", "user": user, "storageQuota": quota}, ABOUT_FIELDS, None))

    def _generate_ids(self) -> ResponseReturnValue:
        sub = self.caller("files.generateIds", "read")
        count = int(request.args.get("count", "10"))
        if not 1 <= count <= 1000:
            raise invalid("Invalid value for count", "count")
        ids = self._files.generate_ids(sub, count)
        return jsonify(kind="drive#generatedIds", space="drive", ids=ids)

    def _list(self) -> ResponseReturnValue:
        sub = self.caller("files.list", "list")
        size = int(request.args.get("pageSize", "100"))
        if not 1 <= size <= 1000:
            raise invalid("Invalid value for pageSize", "pageSize")
        test = parse_query(request.args["q"]) if request.args.get("q") else lambda _: True
        own = [row for row in self._files.all().values() if sub in row["grants"] and self._in_reach(row, listing=True)]
        lag = self._faults.take("list_lag", email=self._accounts.by_sub(sub)["email"])
        if lag is not None:
            own = own[: -int(lag.get("files", 1))]  # what was made last is not there yet
        found = [row for row in own if test({**row, "trashed": self._files.is_trashed(row)})]
        page, token = page_of(found, request.args.get("pageToken"), size)
        items = [self._resource(sub, row) for row in page]
        body: dict[str, Any] = {"kind": "drive#fileList", "incompleteSearch": False, "files": items}
        default = f"kind,incompleteSearch,nextPageToken,files({DEFAULT})"
        return jsonify(masked(body | ({"nextPageToken": token} if token else {}), LIST_FIELDS, default))

    def _create(self) -> ResponseReturnValue:
        sub = self.caller("files.create", "edit")
        metadata = self.body("id", "name", "mimeType", "parents", "appProperties")
        if metadata.get("mimeType") != FOLDER:
            raise DriveError(400, "badRequest", "This emulator makes files by uploads; only a folder has no content.")
        row = self._files.create(sub, metadata, None)
        if self.drop("files.create"):
            return dropped()
        return jsonify(masked(self._resource(sub, row), FILE_FIELDS, DEFAULT))

    def _get(self, file_id: str) -> ResponseReturnValue:
        """Metadata, or the bytes with `alt=media`: as the user, or anonymously with an API key."""
        media = request.args.get("alt") == "media"
        method, kind = ("files.download", "download") if media else ("files.get", "read")
        if "Authorization" not in request.headers and "key" in request.args:
            row, sub = self._by_key(method, kind, file_id), None
        else:
            sub = self.caller(method, kind)
            row = self._files.visible(sub, file_id)
        if not media and not self._in_reach(row):
            raise not_found(file_id)
        if media:
            return self._media(row)
        return jsonify(masked(file_resource(self._files, row, _origin(), sub), FILE_FIELDS, DEFAULT))

    def _in_reach(self, row: Row, *, listing: bool = False) -> bool:
        """Files of a shared drive are there only for who says that they can handle them."""
        asked = ("supportsAllDrives", "includeItemsFromAllDrives") if listing else ("supportsAllDrives",)
        return row["driveId"] is None or all(request.args.get(name) == "true" for name in asked)

    def _by_key(self, method: str, kind: str, file_id: str) -> Row:
        key = request.args["key"]
        self._journal.add("drive", method=method, email=None, key=fingerprint(key), units=UNITS[kind])
        if key != self._api_key:
            raise DriveError(400, "badRequest", "API key not valid. Please pass a valid API key.")
        self.allow(method)
        self.trouble(method, None)
        return self._files.public(file_id, _resource_keys().get(file_id))

    def _start_page_token(self) -> ResponseReturnValue:
        self.caller("changes.getStartPageToken", "other")
        return jsonify(kind="drive#startPageToken", startPageToken=self._files.feed.start())

    def _changes(self) -> ResponseReturnValue:
        sub = self.caller("changes.list", "list")
        if "pageToken" not in request.args:
            raise DriveError(400, "required", "Required parameter: pageToken", location=("pageToken", "parameter"))
        size = int(request.args.get("pageSize", "100"))
        if not 1 <= size <= 1000:
            raise invalid("Invalid value for pageSize", "pageSize")
        page, token, more = self._files.feed.page(sub, request.args["pageToken"], size)
        changes = [self._change(sub, change) for change in page]
        body = {"kind": "drive#changeList", "changes": changes}
        body["nextPageToken" if more else "newStartPageToken"] = token
        return jsonify(masked(body, CHANGES_FIELDS, DEFAULT_CHANGES))

    def _change(self, sub: str, change: Row) -> dict[str, Any]:
        told = {"kind": "drive#change", "type": "file", "changeType": "file", "time": change["time"]}
        told |= {"fileId": change["file"], "removed": True}
        try:
            row = self._files.visible(sub, change["file"])
        except DriveError:
            return told
        return told | {"removed": False, "file": self._resource(sub, row)}

    def _media(self, row: Row) -> Response:
        """RFC 9110 ranges, as Drive serves them."""
        if row["mimeType"].startswith(NATIVE):
            message = "Only files with binary content can be downloaded. Use Export with Docs Editors files."
            raise DriveError(403, "fileNotDownloadable", message)
        total, header = row["size"], request.headers.get("Range", "")
        span = byte_range(header, total)
        headers = {"Accept-Ranges": "bytes"}
        if span is None:
            return Response(status=416, headers={**headers, "Content-Range": f"bytes */{total}"})
        first, last = span
        headers["Content-Length"] = str(last - first + 1)
        status = 200
        if header:
            status, headers["Content-Range"] = 206, f"bytes {first}-{last}/{total}"
        return Response(self._files.read(row, first, last), status, headers, content_type=row["mimeType"])

    def _update(self, file_id: str) -> ResponseReturnValue:
        sub = self.caller("files.update", "edit")
        row = self._files.update(sub, file_id, self.body("name", "trashed", "appProperties"))
        return jsonify(masked(self._resource(sub, row), FILE_FIELDS, DEFAULT))

    def _delete(self, file_id: str) -> ResponseReturnValue:
        sub = self.caller("files.delete", "edit")
        self._files.delete(sub, file_id)
        return Response(status=204, content_type="text/html")

    def _share(self, file_id: str) -> ResponseReturnValue:
        sub = self.caller("permissions.create", "edit")
        asked = self.body("role", "type", "allowFileDiscovery", "emailAddress", "domain")
        if asked.get("type") != "anyone" or asked.get("role") != "reader" or asked.get("allowFileDiscovery"):
            raise DriveError(
                400, "invalidSharingRequest", "This emulator shares with anyone who has the link, to read."
            )
        if "sendNotificationEmail" in request.args:
            raise DriveError(400, "invalidSharingRequest", "Notifications are not sent to anyone.")
        self._files.share(sub, file_id)
        if self.drop("permissions.create"):
            return dropped()
        known = frozenset("kind id type role allowFileDiscovery".split())
        permission = {"kind": "drive#permission", "id": "anyoneWithLink", "type": "anyone", "role": "reader"}
        return jsonify(masked({**permission, "allowFileDiscovery": False}, known, "kind,id,type,role"))

    def _permissions(self, file_id: str) -> ResponseReturnValue:
        sub = self.caller("permissions.list", "read")
        row = self._files.visible(sub, file_id)
        names = [
            {"kind": "drive#permission", "id": name, "type": "anyone", "role": "reader"} for name in row["permissions"]
        ]
        owner = {"kind": "drive#permission", "id": sub, "type": "user", "role": "owner"}
        return jsonify(kind="drive#permissionList", permissions=[*names, owner])

    def _unshare(self, file_id: str, permission_id: str) -> ResponseReturnValue:
        sub = self.caller("permissions.delete", "edit")
        self._files.unshare(sub, file_id, permission_id)
        return Response(status=204, content_type="text/html")

    def _resource(self, sub: str, row: Row) -> dict[str, Any]:
        return file_resource(self._files, row, _origin(), sub)


class HtmlError(Exception):
    """The page that Drive shows to what it takes for a robot."""


def checked_body(value: Any, *names: str) -> Row:
    """A JSON object with these fields only. Raises DriveError."""
    if not isinstance(value, dict):
        raise DriveError(400, "parseError", "Parse Error")
    for name in value.keys() - set(names):
        raise DriveError(400, "badRequest", f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')
    return value


def byte_range(header: str, total: int) -> tuple[int, int] | None:
    """First and last byte of a Range header; everything without one; None when it cannot be satisfied."""
    if not header:
        return 0, total - 1
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", header)
    if not found or found.groups() == ("", ""):
        return 0, total - 1
    first, last = found.groups()
    if not first:
        return (max(0, total - int(last)), total - 1) if int(last) else None
    end = min(int(last), total - 1) if last else total - 1
    return (int(first), end) if int(first) < total and end >= int(first) else None


def dropped() -> Response:
    """No answer: the connection is closed under the caller."""
    g.dropped = True
    request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return Response(status=500)


def _resource_keys() -> dict[str, str]:
    """`X-Goog-Drive-Resource-Keys: id1/key1,id2/key2`."""
    pairs = (pair.partition("/") for pair in request.headers.get("X-Goog-Drive-Resource-Keys", "").split(","))
    return {file_id: key for file_id, _, key in pairs}


def _origin() -> str:
    return request.host_url.rstrip("/")
