"""`/o/oauth2/v2/auth`, `/token`, `/revoke`, `/oauth2/v1/certs`: Google's sign-in as it really behaves.

The consent page has a tick box for each scope beyond sign-in (granular consent), so drive.file can be left out. A user
who has granted everything before is not asked again, unless `prompt=consent`. A refresh token comes only with
`access_type=offline`, on the first consent or with `prompt=consent`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlencode

from flask import Blueprint, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from infra.local.faults import Faults
from infra.local.google import pages
from infra.local.google.accounts import (
    ACCESS_SECONDS,
    DRIVE_FILE,
    KNOWN,
    SIGN_IN,
    Accounts,
    Client,
    normalised,
    written,
)
from infra.local.google.errors import DriveError
from infra.local.google.keys import Keys
from infra.local.google.people import People
from infra.local.journal import Journal, fingerprint

FAULTS = frozenset(
    {
        "access_denied",  # the user presses Cancel
        "invalid_grant",  # the refresh token is dead
        "invalid_rapt",  # Workspace session control
        "admin_policy_enforced",  # the admin has blocked the app
        "token_html",  # an outage: a page with params.status
        "other_issuer_form",  # accounts.google.com without https
        "wrong_nonce",
        "wrong_audience",
        "unverified_email",
    }
)
SIGNED_IN = "GOOGLE_ACCOUNT"  #: the cookie that remembers which account this browser uses
HTML_502 = "<!DOCTYPE html><html lang=en><title>Error 502 (Server Error)!!1</title><p><b>502.</b> That's an error."


class OAuth:
    """The routes of sign-in."""

    def __init__(
        self,
        clients: Mapping[str, Client],
        accounts: Accounts,
        keys: Keys,
        faults: Faults,
        journal: Journal,
        people: People,
    ) -> None:
        self._clients = clients
        self._accounts = accounts
        self._keys = keys
        self._faults = faults
        self._journal = journal
        self._people = people

    def add_to(self, routes: Blueprint) -> None:
        """Add the routes."""
        routes.add_url_rule("/o/oauth2/v2/auth", view_func=self._authorize)
        routes.add_url_rule("/o/oauth2/v2/auth", "consent", self._consent, methods=["POST"])
        routes.add_url_rule("/token", view_func=self._token, methods=["POST"])
        routes.add_url_rule("/revoke", view_func=self._revoke, methods=["POST"])
        routes.add_url_rule("/oauth2/v1/certs", view_func=self._certs)

    # -- the browser's side

    def _authorize(self) -> ResponseReturnValue:
        """The consent page, or straight back for a user who has granted everything."""
        asked = request.args.to_dict()
        if problem := self._problem(asked):
            return pages.refusal(problem), 400
        email = asked.get("login_hint", "") or request.cookies.get(SIGNED_IN, "")
        email = self._hinted(email)
        prompts = asked.get("prompt", "").split()
        scopes = normalised(asked["scope"])
        if email and not prompts and scopes <= self._accounts.granted(self._accounts.ensure(email)["sub"]):
            return self._back(asked, email, scopes, consented=False)
        if "none" in prompts:
            return redirect(_with(asked["redirect_uri"], error="consent_required", state=asked.get("state")))
        return pages.consent(asked, email, sorted(scopes - SIGN_IN), granular=_is_granular(scopes))

    def _consent(self) -> ResponseReturnValue:
        """The page's form: account, ticked boxes, and allow or deny."""
        asked = request.args.to_dict()
        if problem := self._problem(asked):
            return pages.refusal(problem), 400
        email = request.form.get("email", "").strip().lower()
        if "@" not in email:
            return pages.refusal("Error 400: enter the address of an account"), 400
        denied = request.form.get("decision") != "allow" or self._faults.take("access_denied", email=email) is not None
        if denied:
            self._journal.add("consent", email=email, decision="deny")
            return redirect(_with(asked["redirect_uri"], error="access_denied", state=asked.get("state")))
        scopes = normalised(asked["scope"])
        picked: tuple[str, ...] = ()
        if asked.get("trigger_onepick") == "true":
            picked = self._pick(email, asked.get("file_ids", ""))
        ticked = frozenset(request.form.getlist("scope")) if _is_granular(scopes) else scopes
        granted = (scopes & SIGN_IN) | (scopes & ticked)
        self._journal.add("consent", email=email, decision="allow", scopes=sorted(granted))
        return self._back(asked, email, granted, consented=True, picked=picked)

    def _pick(self, email: str, file_ids: str) -> tuple[str, ...]:
        """The redirect picker: of the named files those that the person can open are granted."""
        picked = []
        for file_id in filter(None, file_ids.split(",")):
            try:
                picked.append(str(self._people.pick(email, file_id)["id"]))
            except DriveError:
                continue  # the person does not see it in the picker
        return tuple(picked)

    def _hinted(self, hint: str) -> str:
        """A login hint is an address or a subject."""
        if hint.isdecimal():
            return str(self._accounts.by_sub(hint)["email"])
        return hint if "@" in hint else ""

    def _problem(self, asked: Mapping[str, str]) -> str | None:
        """Why Google shows its own page and never calls back."""
        client = self._clients.get(asked.get("client_id", ""))
        if client is None:
            return "Error 401: invalid_client. The OAuth client was not found."
        if asked.get("redirect_uri") not in client.redirect_uris:
            return "Error 400: redirect_uri_mismatch"
        if asked.get("response_type") != "code":
            return "Error 400: invalid_request. response_type must be code"
        unknown = normalised(asked.get("scope", "")) - KNOWN
        if unknown or not asked.get("scope"):
            return f"Error 400: invalid_scope {' '.join(sorted(unknown))}"
        if asked.get("trigger_onepick") == "true" and not _may_pick(asked):
            return "Error 400: invalid_request. The picker needs prompt=consent and the scope drive.file, and no other"
        if "code_challenge" in asked and asked.get("code_challenge_method", "plain") != "S256":
            return "Error 400: invalid_request. This emulator takes the challenge method S256 only"
        return None

    def _back(
        self,
        asked: Mapping[str, str],
        email: str,
        scopes: frozenset[str],
        *,
        consented: bool,
        picked: tuple[str, ...] = (),
    ) -> Response:
        account = self._accounts.ensure(email)
        sub = account["sub"]
        first = not scopes <= self._accounts.granted(sub)
        self._accounts.grant(sub, scopes)
        offline = asked.get("access_type") == "offline"
        forced = "consent" in asked.get("prompt", "").split()
        merged = self._accounts.granted(sub) if asked.get("include_granted_scopes") == "true" else scopes
        code = self._accounts.new_code(
            sub=sub,
            client_id=asked["client_id"],
            redirect_uri=asked["redirect_uri"],
            challenge=asked.get("code_challenge"),
            nonce=asked.get("nonce"),
            scopes=sorted(merged),
            refresh=offline and consented and (first or forced),
        )
        answer = {"state": asked.get("state"), "code": code, "scope": written(merged), "authuser": "0"}
        if account.get("hd"):
            answer["hd"] = account["hd"]
        if picked:
            answer["picked_file_ids"] = ",".join(picked)
        answer["prompt"] = "consent" if consented else "none"
        response = redirect(_with(asked["redirect_uri"], **answer))
        response.set_cookie(SIGNED_IN, email, httponly=True, samesite="Lax")
        return response  # type: ignore[return-value]  # werkzeug's Response is Flask's

    # -- the server's side

    def _token(self) -> ResponseReturnValue:
        form = {**request.form.to_dict(), **_basic()}
        fault = self._faults.take("token_html", grant_type=form.get("grant_type"))
        if fault is not None:
            return Response(HTML_502, int(fault.get("status", 502)), content_type="text/html; charset=UTF-8")
        client = self._clients.get(form.get("client_id", ""))
        if client is None:
            return _error(401, "invalid_client", "The OAuth client was not found.")
        if "client_secret" not in form:
            return _error(400, "invalid_request", "client_secret is missing.")
        if not hmac.compare_digest(form["client_secret"].encode(), client.client_secret.encode()):
            return _error(401, "invalid_client", "Unauthorized")
        self._journal.add("client", client=client.client_id, secret=fingerprint(client.client_secret))
        match form.get("grant_type"):
            case "authorization_code":
                return self._exchange(form, client)
            case "refresh_token":
                return self._refresh(form, client)
        return _error(400, "unsupported_grant_type", "Invalid grant_type")

    def _exchange(self, form: Mapping[str, str], client: Client) -> ResponseReturnValue:
        code = form.get("code", "")
        if not code.startswith("4/"):
            return _error(400, "invalid_grant", "Malformed auth code.")
        row = self._accounts.take_code(code)
        if row is None or row["client_id"] != client.client_id:
            return _error(400, "invalid_grant", "Bad Request")
        if row["redirect_uri"] != form.get("redirect_uri"):
            return _error(400, "redirect_uri_mismatch", "Bad Request")
        if row["challenge"]:
            if "code_verifier" not in form:
                return _error(400, "invalid_grant", "Missing code verifier.")
            if _challenge(form["code_verifier"]) != row["challenge"]:
                return _error(400, "invalid_grant", "Invalid code verifier.")
        scopes = frozenset(row["scopes"])
        refresh = self._accounts.new_refresh(row["sub"], client.client_id, scopes) if row["refresh"] else None
        return self._tokens(row["sub"], client, scopes, refresh, nonce=row["nonce"])

    def _refresh(self, form: Mapping[str, str], client: Client) -> ResponseReturnValue:
        token = form.get("refresh_token", "")
        row = self._accounts.refreshable(token, client.client_id)
        if self._faults.take("admin_policy_enforced") is not None:
            return _error(400, "admin_policy_enforced", "Your administrator has blocked the app.")
        if self._faults.take("invalid_rapt") is not None:
            return _error(400, "invalid_grant", "reauth related error (invalid_rapt)", error_subtype="invalid_rapt")
        if row is None:
            return _error(400, "invalid_grant", "Token has been expired or revoked.")
        email = self._accounts.by_sub(row["sub"])["email"]
        if self._faults.take("invalid_grant", email=email) is not None:
            return _error(400, "invalid_grant", "Token has been expired or revoked.")
        scopes = frozenset(row["scopes"])
        if "scope" in form and not normalised(form["scope"]) <= scopes:
            return _error(400, "invalid_scope", "Some requested scopes were not granted.")
        self._journal.add("refresh", email=email, token=fingerprint(token))
        return self._tokens(row["sub"], client, scopes, None, nonce=None)

    def _tokens(
        self, sub: str, client: Client, scopes: frozenset[str], refresh: str | None, *, nonce: str | None
    ) -> ResponseReturnValue:
        access = self._accounts.new_access(sub, scopes)
        body: dict[str, Any] = {"access_token": access, "expires_in": ACCESS_SECONDS, "scope": written(scopes)}
        body["token_type"] = "Bearer"
        if refresh:
            body["refresh_token"] = refresh
            if (seconds := self._accounts.expires_in(refresh)) is not None:
                body["refresh_token_expires_in"] = seconds - 1
        if "openid" in scopes:
            body["id_token"] = self._id_token(sub, client, scopes, nonce)
        tokens = {"access": fingerprint(access), "refresh": fingerprint(refresh) if refresh else None}
        self._journal.add("tokens", email=self._accounts.by_sub(sub)["email"], **tokens)
        return jsonify(body), {"Cache-Control": "no-store"}

    def _id_token(self, sub: str, client: Client, scopes: frozenset[str], nonce: str | None) -> str:
        account = self._accounts.by_sub(sub)
        short = self._faults.take("other_issuer_form") is not None
        claims: dict[str, Any] = {
            "iss": "accounts.google.com" if short else "https://accounts.google.com",
            "azp": client.client_id,
            "aud": "somebody-else" if self._faults.take("wrong_audience") is not None else client.client_id,
            "sub": sub,
        }
        if any(name.endswith("userinfo.email") for name in scopes):
            verified = account["email_verified"] and self._faults.take("unverified_email") is None
            claims |= {"email": account["email"], "email_verified": verified}
        if any(name.endswith("userinfo.profile") for name in scopes):
            claims |= {"name": account["name"], "picture": f"https://lh3.googleusercontent.com/a/{sub}"}
        if account.get("hd"):
            claims["hd"] = account["hd"]
        if nonce:
            claims["nonce"] = "other" if self._faults.take("wrong_nonce") is not None else nonce
        return self._keys.current().token(claims)

    def _revoke(self) -> ResponseReturnValue:
        token = request.form.get("token") or request.args.get("token", "")
        self._journal.add("revoke", token=fingerprint(token))
        if not self._accounts.revoke_token(token):
            return _error(400, "invalid_token", "Token expired or revoked")
        return jsonify({})

    def _certs(self) -> ResponseReturnValue:
        response = jsonify(self._keys.certificates())
        response.headers["Cache-Control"] = "public, max-age=3600, must-revalidate, no-transform"
        return response


def _basic() -> dict[str, str]:
    """The client in an Authorization header, which Google takes as well as in the form."""
    given = request.authorization
    if given is None or given.type != "basic":
        return {}
    return {"client_id": unquote(given.username or ""), "client_secret": unquote(given.password or "")}


def _may_pick(asked: Mapping[str, str]) -> bool:
    merges = asked.get("include_granted_scopes") == "true"
    return asked.get("prompt") == "consent" and asked.get("scope") == DRIVE_FILE and not merges


def _is_granular(scopes: frozenset[str]) -> bool:
    """Boxes are shown for sign-in plus at least one other scope, or for two others; not for one scope alone."""
    others = scopes - SIGN_IN
    return len(others) > 1 or (len(others) == 1 and bool(scopes & SIGN_IN))


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _with(uri: str, **parameters: str | None) -> str:
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(given)}"


def _error(status: int, error: str, description: str, **more: str) -> ResponseReturnValue:
    return jsonify(error=error, error_description=description, **more), status
