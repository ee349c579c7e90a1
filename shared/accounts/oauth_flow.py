"""To Google and back: sign-in with Drive in one click, and connecting Drive for somebody who is signed in.

State, nonce and PKCE verifier live in a one-time record that is bound to the browser by a cookie. What was granted is
what the token response says: a sign-in without Drive is an ordinary outcome. `prompt=consent` is asked for only in a
second round, when no refresh token that works is stored.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol
from urllib.parse import urlencode

from shared.accounts.model import User
from shared.accounts.one_time import OneTime, issue, take
from shared.accounts.return_to import is_foreign, with_outcome
from shared.accounts.sign_in import sign_in
from shared.core.clock import Clock
from shared.core.config import Config
from shared.core.documents import Documents
from shared.core.errors import AppError, GoogleAccountMismatch
from shared.core.ids import Ids, digest
from shared.core.logs import Logger
from shared.core.secret import Secret
from shared.drive.model import DRIVE_FILE_SCOPE
from shared.drive.ports import GoogleIdentity, GoogleOAuth, Tokens

SCOPES = f"openid email profile {DRIVE_FILE_SCOPE}"
CALLBACKS = {"sign_in": "/api/auth/callback/google", "connect": "/api/user/google-drive/callback"}
Flow = Literal["sign_in", "connect"]


class KeepsGrants(Protocol):
    """What a callback needs of the Drive connections. Raises what keeping raises."""

    def __call__(self, user_id: str, identity: GoogleIdentity, tokens: Tokens) -> bool:
        """Keep a grant. False: a second round with consent is needed. Raises `GoogleAccountMismatch`, `Unavailable`."""
        ...


@dataclass(frozen=True)
class Departure:
    """Where the browser goes, and the cookie that binds it."""

    url: str
    browser: Secret


@dataclass(frozen=True)
class Arrival:
    """Where the browser goes after Google; `user_id` when somebody has signed in."""

    url: str
    user_id: str | None = None
    browser: Secret | None = None  #: set for a second round
    reconnected: str | None = None  #: whose Drive works now


@dataclass(frozen=True)
class OAuthFlow:
    """The two flows, on their ports."""

    config: Config
    documents: Documents
    oauth: Callable[[], GoogleOAuth]
    keep_grant: KeepsGrants
    clock: Clock
    ids: Ids
    logger: Logger

    def depart(
        self,
        flow: Flow,
        return_to: str,
        *,
        user_id: str | None = None,
        consent_for: str | None = None,
        browser: Secret | None = None,
    ) -> Departure:
        """To Google. `consent_for`: the subject for whom consent is forced."""
        browser = browser or Secret(self.ids.token())
        nonce, verifier = self.ids.token(), self.ids.token() + self.ids.token()
        record = OneTime(
            kind="state",
            flow=flow,
            user_id=user_id,
            browser=digest("browser", browser.reveal()),
            nonce=nonce,
            verifier=verifier,
            return_to=return_to,
            second_round=consent_for is not None,
            expires_at=self.clock.now(),
        )
        state = issue(self.documents, self.clock, self.ids, record)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.config.google_client_id,
            "redirect_uri": self._redirect_uri(flow),
            "scope": SCOPES,
            "access_type": "offline",
            "include_granted_scopes": "true",
            "state": state.reveal(),
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if consent_for:
            asked |= {"prompt": "consent", "login_hint": consent_for}
        return Departure(f"{self.config.google_auth_url}?{urlencode(asked)}", browser)

    def arrive(self, flow: Flow, parameters: Mapping[str, str], browser: Secret | None) -> Arrival:
        """Back from Google. Never raises what went wrong: it is told to the page that the browser returns to."""
        record = take(self.documents, self.clock, self.ids, "state", Secret(parameters.get("state", "")))
        ours = record and browser and record.browser == digest("browser", browser.reveal()) and record.flow == flow
        if not record or not ours:
            return self._failed("/", "STATE_INVALID")
        if parameters.get("error") == "access_denied":
            return Arrival(with_outcome(record.return_to, drive="declined", code=None))
        if "error" in parameters or not parameters.get("code"):
            return self._failed(record.return_to, "GOOGLE_ERROR")
        try:
            return self._finish(flow, record, Secret(parameters["code"]), browser)
        except AppError as error:
            self.logger.warning("oauth.failed", flow=flow, code=error.code, reason=str(error))
            return self._failed(record.return_to, error.code)

    def _finish(self, flow: Flow, record: OneTime, code: Secret, browser: Secret | None) -> Arrival:
        assert record.verifier, "a state has its verifier"
        assert record.nonce, "a state has its nonce"
        tokens = self.oauth().exchange(code, Secret(record.verifier), self._redirect_uri(flow))
        identity = self.oauth().verify(tokens.id_token or Secret(""), record.nonce)
        user_id = record.user_id if flow == "connect" and record.user_id else self._user(identity).id
        if DRIVE_FILE_SCOPE not in tokens.scopes:
            return self._arrived(record, flow, user_id, "declined")
        try:
            kept = self.keep_grant(user_id, identity, tokens)
        except GoogleAccountMismatch as mismatch:
            return self._arrived(record, flow, user_id, "mismatch", mismatch.code)
        except AppError as error:
            self.logger.warning("oauth.drive_failed", flow=flow, code=error.code, reason=str(error))
            return self._arrived(record, flow, user_id, "error", error.code)
        if kept:
            return self._arrived(record, flow, user_id, "connected")
        if record.second_round:
            return self._arrived(record, flow, user_id, "error", "GOOGLE_DRIVE_RECONNECT_REQUIRED")
        again = self.depart(
            flow, record.return_to, user_id=record.user_id, consent_for=identity.subject, browser=browser
        )
        return Arrival(again.url, user_id if flow == "sign_in" else None, again.browser)

    def _user(self, identity: GoogleIdentity) -> User:
        return sign_in(
            self.documents,
            self.clock,
            self.ids,
            self.logger,
            identity,
            tenant_id=self.config.tenant_id,
            sign_up_grant=self.config.sign_up_grant,
        )

    def _arrived(self, record: OneTime, flow: Flow, user_id: str, drive: str, code: str | None = None) -> Arrival:
        """A frontend on another origin cannot see the cookie: it gets a one-time code to exchange."""
        exchange = None
        if flow == "sign_in" and is_foreign(record.return_to):
            wanted = OneTime(kind="exchange", user_id=user_id, expires_at=self.clock.now())
            exchange = issue(self.documents, self.clock, self.ids, wanted).reveal()
        url = with_outcome(record.return_to, drive=drive, code=code, exchange=exchange)
        self.logger.info("oauth.arrived", flow=flow, drive=drive, userId=user_id)
        reconnected = user_id if drive == "connected" else None
        return Arrival(url, user_id if flow == "sign_in" else None, reconnected=reconnected)

    def _failed(self, return_to: str, code: str) -> Arrival:
        return Arrival(with_outcome(return_to, drive="error", code=code))

    def _redirect_uri(self, flow: Flow) -> str:
        return f"{self.config.public_base_url}{CALLBACKS[flow]}"
