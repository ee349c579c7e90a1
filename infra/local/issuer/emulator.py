"""The issuer as one object, for tests and for the command.

GET  /.well-known/openid-configuration
GET  /jwks                  JWKS
GET  /certs                 {kid: certificate}
POST /token                 {"email", "email_verified"?, "sub"?, "audience"?, "name"?} -> {"idToken"}
GET  /[?returnTo=URL]       a form that signs a person in; the token comes back in the fragment of returnTo
POST /_emulator/rotate      sign with a new key
and `infra.local.control`. A wrong request: 400 {"error", "error_description"}, as OAuth has it.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, jsonify, redirect, render_template_string, request
from flask.typing import ResponseReturnValue

from infra.local.clock import AdjustableClock
from infra.local.control import control, json_object
from infra.local.faults import Faults
from infra.local.interference import Disturbances, Interfering
from infra.local.issuer.keys import KeyRing
from infra.local.issuer.tokens import FAULTS, SignIn, Tokens
from infra.local.journal import Journal, fingerprint
from infra.local.serving import Serving

FIELDS = {"email", "email_verified", "sub", "audience", "name"}
CACHED = {"Cache-Control": "public, max-age=300"}
PAGE = """<!doctype html><title>Sign in by e-mail</title><meta charset=utf-8>
<style>body{font:16px system-ui;margin:4rem auto;max-width:28rem}input,button{font:inherit;padding:.4rem}
textarea{width:100%;height:10rem}</style><h1>Sign in by e-mail</h1>
<form method=post action=/sign-in><input type=hidden name=returnTo value="{{ return_to }}">
<label>E-mail <input type=email name=email required autofocus></label> <button>Sign in</button></form>
{% if token %}<p>The ID token of {{ email }}:</p><textarea readonly>{{ token }}</textarea>{% endif %}"""


class IssuerEmulator:
    """`audience`: for whom tokens are unless it is said. `issuer`: its own address unless it is said.

    `return_origins`: where a token may be sent to by the form, such as `http://localhost:8080`.
    """

    def __init__(
        self,
        state: Path,
        audience: str,
        clock: AdjustableClock | None = None,
        issuer: str = "",
        return_origins: frozenset[str] = frozenset(),
    ) -> None:
        state.mkdir(parents=True, exist_ok=True)
        self.clock = clock or AdjustableClock()
        self.journal = Journal()
        self.disturbances = Disturbances()
        self.faults = Faults(FAULTS)
        self.keys = KeyRing(state / "issuer-keys.json", self.clock)
        self._tokens = Tokens(self.keys, self.faults)
        self._audience = audience
        self._issuer = issuer
        self._return_origins = return_origins
        self.app = Flask(__name__)
        self._add_routes()

    def serve(self, port: int = 0) -> Serving:
        """Answer on the loopback address (port 0: any)."""
        return Serving(Interfering(self.app, self.disturbances, self.clock.advance), port)

    def reset(self) -> None:
        """Forget faults and the journal. Keys stay, so that tokens do."""
        self.faults.clear()
        self.journal.clear()

    def _add_routes(self) -> None:
        routes = control(self.journal, self.faults, self.clock.advance, self.reset)
        routes.add_url_rule("/_emulator/rotate", view_func=self._rotate, methods=["POST"])
        self.app.register_blueprint(routes)
        self.app.add_url_rule("/.well-known/openid-configuration", view_func=self._discovery)
        self.app.add_url_rule("/jwks", view_func=self._jwks)
        self.app.add_url_rule("/certs", view_func=self._certificates)
        self.app.add_url_rule("/token", view_func=self._token, methods=["POST"])
        self.app.add_url_rule("/", view_func=self._form)
        self.app.add_url_rule("/sign-in", view_func=self._sign_in, methods=["POST"])
        self.app.register_error_handler(ValueError, _bad_request)

    def _own_name(self) -> str:
        return self._issuer or request.host_url.rstrip("/")

    def _make(self, sign_in: SignIn) -> str:
        token = self._tokens.make(sign_in, self._own_name())
        self.journal.add("token", email=sign_in.email, audience=sign_in.audience, token=fingerprint(token))
        return token

    def _discovery(self) -> ResponseReturnValue:
        name = self._own_name()
        return jsonify(
            issuer=name,
            jwks_uri=f"{name}/jwks",
            response_types_supported=["id_token"],
            subject_types_supported=["public"],
            id_token_signing_alg_values_supported=["RS256"],
        )

    def _jwks(self) -> ResponseReturnValue:
        return jsonify(keys=[key.jwk() for key in self.keys.published()]), CACHED

    def _certificates(self) -> ResponseReturnValue:
        return jsonify({key.kid: key.certificate() for key in self.keys.published()}), CACHED

    def _token(self) -> ResponseReturnValue:
        return jsonify(idToken=self._make(SignIn.parse(json_object(FIELDS), self._audience)))

    def _form(self) -> ResponseReturnValue:
        return render_template_string(PAGE, return_to=self._checked(request.args.get("returnTo", "")))

    def _sign_in(self) -> ResponseReturnValue:
        return_to = self._checked(request.form.get("returnTo", ""))
        email = request.form.get("email", "")
        token = self._make(SignIn.parse({"email": email}, self._audience))
        if return_to:
            return redirect(f"{return_to}#idToken={token}", 303)
        return render_template_string(PAGE, return_to="", token=token, email=email)

    def _checked(self, return_to: str) -> str:
        """Raises ValueError for an address that no token may be sent to."""
        parts = urlsplit(return_to)
        if return_to and (f"{parts.scheme}://{parts.netloc}" not in self._return_origins or parts.fragment):
            raise ValueError("returnTo is not of a registered origin")
        return return_to

    def _rotate(self) -> ResponseReturnValue:
        self.keys.rotate()
        return jsonify({})


def _bad_request(error: ValueError) -> ResponseReturnValue:
    return jsonify(error="invalid_request", error_description=str(error)), 400
