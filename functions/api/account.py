"""The account: its deletion."""

from __future__ import annotations

import msgspec

from functions.cookies import no_session_cookie
from functions.routing import Answer, Call, Route, Routes
from shared.core.errors import DriveUnavailable


class DeleteQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`revoke` also removes the app's access at Google, sign-in included."""

    revoke: bool = False


class Deleting(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What happens now, in words for the user."""

    status: str
    revoked: bool
    notice: str


def delete(call: Call) -> Answer:
    """Close the account at once, and delete everything that refers to the user in the minutes after."""
    app, revoke = call.app, call.query.revoke
    app.closing.begin(call.user_id, revoke=revoke)
    notice = (
        "Your account is closed, and all that we know of you is being deleted. Your files stay in your Google Drive."
    )
    if revoke:
        notice += " The app's access at Google is removed too."
    answer = Deleting(status="deleting", revoked=revoke, notice=notice)
    return Answer(answer, 202, cookies=(no_session_cookie(app.config),))


ROUTES: Routes = (
    Route("DELETE", "/api/account", delete, "Delete the account", query=DeleteQuery, answer=Deleting, status=202,
          errors=(DriveUnavailable,)),
)  # fmt: skip
