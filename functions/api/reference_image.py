"""Reference pictures for the provider: stored bytes behind a signed address that expires. No redirects."""

from __future__ import annotations

import flask

from functions.routing import Auth, Call, Route, Routes
from shared.core.errors import NotFound


def reference(call: Call) -> flask.Response:
    """The picture; HEAD answers as GET without the bytes, as the provider may probe."""
    name = call.app.signer.reference_name(call.path["token"], call.app.clock.now())
    staged = call.app.staging.size(name)
    if staged is None:
        raise NotFound("a reference that is no longer staged")
    size, mime_type = staged
    if call.request.method == "HEAD":
        response = flask.Response(content_type=mime_type)
    else:
        with call.app.staging.read(name) as body:
            response = flask.Response(b"".join(body.chunks), content_type=mime_type)
    response.headers["Content-Length"] = str(size)
    return response


ROUTES: Routes = (
    Route("GET", "/api/references/{token}", reference, "A reference picture for the provider", auth=Auth.OPEN,
          content_type="image/jpeg", errors=(NotFound,)),
)  # fmt: skip
