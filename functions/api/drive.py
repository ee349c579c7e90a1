"""The user's Drive: connect, status, picker, disconnect."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import flask
import msgspec

from functions.cookies import browser_cookie, browser_of
from functions.routing import Answer, Auth, Call, Route, Routes
from shared.accounts.one_time import OneTime, issue, take
from shared.accounts.return_to import checked_return_to
from shared.core.errors import (
    DriveNotConnected,
    DriveReconnectRequired,
    DriveUnavailable,
    InvalidRequest,
    Unauthenticated,
)
from shared.core.secret import Secret
from shared.drive.model import DRIVE_FILE_SCOPE

Address = Annotated[str, msgspec.Meta(max_length=4000)]
BASE = "/api/user/google-drive"


class ConnectQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Where to go afterwards; `t` is the one-time link of a Bearer user."""

    return_to: Address | None = None
    t: Address | None = None


class ConnectRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Where to go afterwards."""

    return_to: Address | None = None


class ConnectLink(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the browser opens, within five minutes and once."""

    url: str


class Storage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How full the Drive is; no limit is null."""

    used_bytes: int
    limit_bytes: int | None


class DriveStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The connection."""

    is_connected: bool
    needs_reconnect: bool
    reason: str | None
    drive_email: str | None
    folder_id: str | None
    folder_url: str | None
    storage: Storage | None
    connected_at: datetime | None
    last_used_at: datetime | None


class DisconnectRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`revoke` also removes the app's access at Google, sign-in included."""

    revoke: bool = False


class Disconnected(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was done, in words for the user."""

    revoked: bool
    notice: str


class PickerView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What Google Picker needs, to let the user grant a file that is in their Drive already.

    The access token sees what drive.file allows and no more, and lives an hour at the most. `appId` is the number of
    the Cloud project: without it the picker makes no grant.
    """

    access_token: str
    expires_at: datetime
    app_id: str
    developer_key: str
    scope: str


def connect(call: Call) -> flask.Response:
    """To Google, for the signed-in user or the holder of a one-time link."""
    app = call.app
    user_id, return_to = _traveller(call)
    browser = browser_of(app.config, call.request)
    departure = app.oauth_flow.depart("connect", return_to, user_id=user_id, browser=browser)
    response = flask.Response(status=302, headers={"Location": departure.url})
    browser_cookie(app.config, departure.browser)(response)
    return response


def _traveller(call: Call) -> tuple[str, str]:
    app = call.app
    if call.query.t is None:
        if call.caller is None:
            raise Unauthenticated("no session")
        return call.user_id, checked_return_to(call.query.return_to, app.config.frontend_origins)
    record = take(app.documents, app.clock, app.ids, "link", Secret(call.query.t))
    if record is None or record.user_id is None:
        raise Unauthenticated("a link that is unknown, used or too old")
    return record.user_id, record.return_to


def make_link(call: Call) -> Answer:
    """A one-time link for a browser that has no cookie of ours."""
    app = call.app
    return_to = checked_return_to(call.body.return_to, app.config.frontend_origins)
    record = OneTime(kind="link", user_id=call.user_id, return_to=return_to, expires_at=app.clock.now())
    token = issue(app.documents, app.clock, app.ids, record)
    return Answer(ConnectLink(url=f"{app.config.public_base_url}{BASE}/connect?t={token.reveal()}"), 201)


def status(call: Call) -> Answer:
    """The connection as it is stored."""
    found = call.app.connections.find(call.user_id)
    if found is None or found.state == "disconnected":
        nothing = DriveStatus(is_connected=False, needs_reconnect=False, reason=None, drive_email=None, folder_id=None,
                              folder_url=None, storage=None, connected_at=None, last_used_at=None)  # fmt: skip
        return Answer(nothing)
    folder = found.drive_folder_id
    return Answer(
        DriveStatus(
            is_connected=found.state == "connected",
            needs_reconnect=found.state == "needs_reconnect",
            reason=found.reason,
            drive_email=found.drive_email,
            folder_id=folder,
            folder_url=f"{call.app.config.drive_web_url}/drive/folders/{folder}" if folder else None,
            storage=Storage(used_bytes=found.storage_used_bytes, limit_bytes=found.storage_limit_bytes),
            connected_at=found.connected_at,
            last_used_at=found.last_used_at,
        )
    )


def disconnect(call: Call) -> Answer:
    """Forget the tokens; files stay the user's."""
    call.app.connections.disconnect(call.user_id, revoke=call.body.revoke)
    notice = "We have forgotten your Google Drive. Your files stay there."
    if call.body.revoke:
        notice += (
            " The app's access at Google is removed too, which includes signing in with Google: it will ask again."
        )
    return Answer(Disconnected(revoked=call.body.revoke, notice=notice))


def picker(call: Call) -> Answer:
    """A token for the browser: Google Picker works with nothing else."""
    app = call.app
    access, expires_at = app.connections.lend(call.user_id)
    return Answer(
        PickerView(
            access_token=access.token.reveal(),
            expires_at=expires_at,
            app_id=app.config.google_client_id.partition("-")[0],
            developer_key=app.secret("GOOGLE_PICKER_KEY").reveal(),
            scope=DRIVE_FILE_SCOPE,
        )
    )


ROUTES: Routes = (
    Route("GET", f"{BASE}/connect", connect, "Connect Google Drive", auth=Auth.SIGNED_LINK, query=ConnectQuery,
          status=302, errors=(InvalidRequest,)),
    Route("POST", f"{BASE}/connect", make_link, "A one-time link that connects Drive in a browser",
          body=ConnectRequest, answer=ConnectLink, status=201, errors=(InvalidRequest,)),
    Route("GET", f"{BASE}/status", status, "The connection's state", answer=DriveStatus),
    Route("POST", f"{BASE}/picker", picker, "What Google Picker needs", answer=PickerView,
          errors=(DriveNotConnected, DriveReconnectRequired, DriveUnavailable)),
    Route("POST", f"{BASE}/disconnect", disconnect, "Forget the connection", body=DisconnectRequest,
          answer=Disconnected, errors=(DriveUnavailable,)),
)  # fmt: skip
