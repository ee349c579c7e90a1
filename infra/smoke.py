"""A first look at what was deployed: does each open function answer as itself? `python -m infra.smoke URL`.

Nothing is signed in and nothing is changed: a route that wants a session must say so, an unknown id must be unknown.
"""

from __future__ import annotations

import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TIMEOUT = 30
#: refusals are answers too: no session, nothing there, another method, another body
ANSWERS = (200, 201, 204, 301, 302, 303, 400, 401, 403, 404, 405)


class Failure(Exception):
    """An answer that is not one of ours."""


class _Still(urllib.request.HTTPRedirectHandler):
    """Redirects are looked at, not followed: they lead to Google."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """See the base class."""


_opener = urllib.request.build_opener(_Still)


def look_at(url: str, paths: Sequence[str]) -> None:
    """GET each path below the address. Raises `Failure` with what is wrong."""
    for path in paths:
        concrete = re.sub(r"\{\w+\}", "smoke", path)
        status, body = _get(f"{url}{concrete}")
        if status not in ANSWERS:
            raise Failure(f"{url}{concrete} answers {status}")
        _judge(path, status, body)


def _judge(path: str, status: int, body: bytes) -> None:
    """The few whose content is known; of a refusal, that it is our own envelope."""
    if path == "/health":
        _require(
            status == 200 and _json(path, body).get("data") == {"status": "ok"}, path, "does not say that it is well"
        )
    elif path == "/api/models":
        models = _json(path, body).get("data")
        named = isinstance(models, list) and all(isinstance(one, dict) and one.get("id") for one in models)
        _require(status == 200 and bool(models) and named, path, "has no catalogue of models")
    elif path in ("/", "/{page}"):
        wanted = 200 if path == "/" else 404
        _require(status == wanted and b'id="root"' in body and b"__SETTINGS__" not in body, path, "is not the studio")
    elif status >= 400:
        refusal = _json(path, body)
        _require(
            refusal.get("success") is False and bool(refusal.get("error")), path, "refuses in another way than ours"
        )


def _json(path: str, body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except ValueError as error:
        raise Failure(f"{path} answers no JSON") from error
    _require(isinstance(parsed, dict), path, "answers no object")
    return dict(parsed)


def _require(holds: bool, path: str, says: str) -> None:
    if not holds:
        raise Failure(f"{path} {says}")


def _get(url: str) -> tuple[int, bytes]:
    if not url.startswith(("https://", "http://localhost:", "http://127.0.0.1:")):
        raise Failure(f"{url} is not https")
    try:
        with _opener.open(url, timeout=TIMEOUT) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()
    except OSError as error:
        raise Failure(f"{url} does not answer: {error}") from error


def main() -> int:
    """Look at all open functions of an address."""
    import yaml

    functions = yaml.safe_load(Path(__file__).with_name("functions.yaml").read_text(encoding="utf-8"))["functions"]
    paths = [path for one in functions.values() if one["kind"] in ("public", "hook") for path in one["routes"]]
    try:
        look_at(sys.argv[1].rstrip("/"), paths)
    except (Failure, IndexError) as problem:
        sys.stdout.write(f"{problem if str(problem) else __doc__}\n")
        return 1
    sys.stdout.write(f"{len(paths)} paths answer\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
