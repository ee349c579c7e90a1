"""ModelsLab: submit once, fetch by our own address, download from allowed hosts only.

The key goes in the body, to the configured base URL and nowhere else. A submit is never repeated here: there is no
idempotency key, and a timeout may hide a job that runs and is charged.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NewConnectionError

from shared.adapters.http_sessions import HttpSessions
from shared.adapters.modelslab_answers import fetch_outcome, outputs, submit_outcome
from shared.core.config import Config
from shared.core.errors import ProviderUnavailable
from shared.core.logs import Logger
from shared.core.secret import Secret
from shared.generation.ports import (
    UPLOAD_BYTES,
    Body,
    FetchOutcome,
    Finished,
    Refused,
    ResultGone,
    ResultUnusable,
    Submission,
    SubmitOutcome,
    Unknown,
)

CHUNK = 256 * 1024
CONNECT_S = 5.0
SUBMIT_S = 330.0  #: a picture may be answered synchronously
FETCH_S = 30.0
DOWNLOAD_S = 60.0
ROUTES = {
    "seedream-4.5": "images/text-to-image",
    "seedream-4.5-i2i": "images/image-to-image",
    "ltx-2-pro-i2v": "video-fusion/image-to-video",
}
FETCH = {"image": "images", "video": "video-fusion"}
#: v7 only: v6 silently renders another model for an id that it does not know


class ModelsLab:
    """See `Provider`."""

    def __init__(self, config: Config, key: Secret, logger: Logger) -> None:
        self._base = config.modelslab_url
        self._hosts = config.modelslab_output_hosts
        self._key = key
        self._logger = logger
        self._http = HttpSessions()

    def submit(self, submission: Submission) -> SubmitOutcome:
        """See `Provider`."""
        path = f"/v7/{ROUTES[submission.model]}"
        try:
            status, body = self._post(path, _payload(submission), SUBMIT_S)
        except requests.RequestException as error:
            if _never_connected(error):
                return Refused(code="PROVIDER_FAILED", reason="no connection", retry_after=30.0)
            return Unknown(reason=type(error).__name__)
        return submit_outcome(status, body)

    def fetch(self, provider_id: str, kind: str) -> FetchOutcome:
        """See `Provider`."""
        try:
            status, body = self._post(f"/v7/{FETCH[kind]}/fetch/{provider_id}", {}, FETCH_S)
        except requests.RequestException as error:
            raise ProviderUnavailable(f"fetch: {type(error).__name__}") from error
        outcome = fetch_outcome(status, body)
        return Finished(provider_id=provider_id, outputs=outcome.outputs) if isinstance(outcome, Finished) else outcome

    @contextmanager
    def open(self, url: str, first: int = 0) -> Iterator[Body]:
        """See `Provider`."""
        if not is_allowed(url, self._hosts):
            raise ResultUnusable(f"a result on a foreign host: {urlsplit(url).hostname}")
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={first}-"} if first else {})
        try:
            answer = self._http.request("GET", url, timeout=(CONNECT_S, DOWNLOAD_S), stream=True, headers=headers)
        except requests.RequestException as error:
            raise ProviderUnavailable(f"download: {type(error).__name__}") from error
        with answer:
            _require_ok(answer)
            begins = _begins_at(answer, first)
            length = _announced(answer)
            total = begins + length if length is not None else None
            yield Body(chunks=_from(_received(answer, length), first - begins), total=total)

    def upload_reference(self, jpeg: bytes) -> str:
        """See `Provider`."""
        if len(jpeg) > UPLOAD_BYTES:
            raise ResultUnusable(f"a reference of {len(jpeg)} bytes is too large to upload")
        data = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
        try:
            status, body = self._post("/v6/base64_to_url", {"base64_string": data}, DOWNLOAD_S)
        except requests.RequestException as error:
            raise ProviderUnavailable(f"upload: {type(error).__name__}") from error
        urls = outputs(body) if isinstance(body, dict) and body.get("status") == "success" else ()
        if not urls:
            raise ProviderUnavailable(f"upload answered HTTP {status}")
        return urls[0]

    def _post(self, path: str, fields: dict[str, Any], read_s: float) -> tuple[int, Any]:
        """The status and the JSON body; None for a body that is no JSON."""
        body = {"key": self._key.reveal(), **fields}
        answer = self._http.request("POST", f"{self._base}{path}", timeout=(CONNECT_S, read_s), json=body)
        self._logger.info("http.call", service="modelslab", path=path, status=answer.status_code, key=self._key)
        try:
            return answer.status_code, answer.json()
        except ValueError:
            return answer.status_code, None


def _payload(submission: Submission) -> dict[str, Any]:
    """Nothing but what the model's page lists. i2i clients disagree on the ratio's spelling, so both are sent there."""
    payload: dict[str, Any] = {
        "model_id": submission.model,
        "prompt": submission.prompt,
        "webhook": submission.webhook.reveal(),
        "track_id": submission.track_id,
    }
    if submission.film:
        film = submission.film
        assert submission.init_images, "a film begins with a picture"
        return payload | {
            "init_image": submission.init_images[0],  # one address, where pictures take a list
            "resolution": film.resolution,
            "duration": str(film.seconds),
            "fps": str(film.fps),
            "generate_audio": film.audio,
        }
    payload["aspect_ratio"] = submission.aspect_ratio
    if submission.init_images:
        payload |= {"init_image": list(submission.init_images), "aspect-ratio": submission.aspect_ratio}
    return payload


def is_allowed(url: str, hosts: tuple[str, ...]) -> bool:
    """Whether a result may be fetched from there: https on a listed host, or a listed host with its port locally."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    if parts.username or parts.password:
        return False
    if f"{host}:{port}" in hosts and host == "localhost":
        return parts.scheme in ("http", "https")
    if parts.scheme != "https" or port not in (None, 443):
        return False
    return host in hosts or f"*.{host.partition('.')[2]}" in hosts


def _never_connected(error: requests.RequestException) -> bool:
    """Whether not a byte was sent, so that the provider cannot have accepted."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)


def _require_ok(answer: requests.Response) -> None:
    if answer.status_code in (404, 410):
        raise ResultGone(f"HTTP {answer.status_code}")
    if answer.status_code >= 500 or answer.status_code == 429:
        raise ProviderUnavailable(f"download answered HTTP {answer.status_code}")
    if answer.status_code not in (200, 206):
        raise ResultUnusable(f"download answered HTTP {answer.status_code}")


def _begins_at(answer: requests.Response, asked: int) -> int:
    """Where the bytes begin: a host that knows no ranges sends everything."""
    if answer.status_code == 200:
        return 0
    if not answer.headers.get("Content-Range", "").startswith(f"bytes {asked}-"):
        raise ResultUnusable("another range than the one that was asked for")
    return asked


def _announced(answer: requests.Response) -> int | None:
    """How many bytes come; None when they come in chunks, which tell by themselves that they are all there."""
    length = answer.headers.get("Content-Length")
    return int(length) if length and length.isdigit() else None


def _received(answer: requests.Response, length: int | None) -> Iterator[bytes]:
    received = 0
    try:
        for chunk in answer.iter_content(CHUNK):
            received += len(chunk)
            yield chunk
    except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as error:
        raise ResultUnusable("cut off") from error
    except requests.RequestException as error:
        raise ProviderUnavailable(f"download: {type(error).__name__}") from error
    if received != (length or received) or not received:
        raise ResultUnusable(f"{received} of {length} bytes")


def _from(chunks: Iterator[bytes], skip: int) -> Iterator[bytes]:
    """Without the first bytes."""
    for chunk in chunks:
        kept = chunk[skip:]
        skip = max(0, skip - len(chunk))
        if kept:
            yield kept
