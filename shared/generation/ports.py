"""What the engine needs from outside: the provider, the staging bucket, pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec

from shared.core.errors import PermanentError
from shared.core.secret import Secret
from shared.generation.framing import Framing
from shared.generation.layout import Grid

UPLOAD_BYTES = 3_500_000  #: a picture that the provider's upload endpoint takes: 5 MB of base64 at the most


class Film(msgspec.Struct, frozen=True, kw_only=True):
    """A video: `seconds` and `fps` are whole numbers, `resolution` is width x height."""

    resolution: str
    seconds: int
    fps: int
    audio: bool


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that come: from the position that was asked for to the end of something of `total` bytes, if it is known.

    Iterating raises `ResultUnusable` when they end too early, or the errors of whatever they come from.
    """

    chunks: Iterator[bytes]
    total: int | None


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """One request to the provider for one result."""

    model: str
    prompt: str
    aspect_ratio: str = ""  #: of a picture
    film: Film | None = None  #: for a video
    init_images: tuple[str, ...] = ()  #: URLs that the provider can fetch
    webhook: Secret  #: a URL with a token in it
    track_id: str


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The provider has the job. Its own guess of the time is often a placeholder: what its jobs took tells more."""

    provider_id: str


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """The result exists; `outputs` are its URLs, the same picture on several hosts in order of preference."""

    provider_id: str
    outputs: tuple[str, ...]


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """The provider certainly has not accepted, and nothing is charged."""

    code: str  #: a job error code: CONTENT_REJECTED, PROVIDER_REJECTED, PROVIDER_FAILED, REFERENCE_NOT_USABLE
    reason: str  #: the provider's words, for the log
    retry_after: float | None = None  #: seconds; only for a full queue (429): the job goes back into ours


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody can say whether the provider has accepted: never ask again."""

    reason: str


class Rendering(msgspec.Struct, frozen=True, kw_only=True):
    """Not finished yet."""


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """The answer "Request not found": early for a job that lives, or expired, or a foreign id."""


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """The provider ended the job without a result."""

    code: str
    reason: str


SubmitOutcome = Accepted | Finished | Refused | Unknown
FetchOutcome = Rendering | Finished | Failed | Missing


class ResultUnusable(PermanentError):
    """What was downloaded is not what was asked for; `reason`."""

    code = "RESULT_UNUSABLE"
    http_status = 502


class ResultGone(PermanentError):
    """The result's link answers 404 or 410: not there yet, or not any more."""

    code = "RESULT_EXPIRED"
    http_status = 502


class Provider(Protocol):
    """The paid picture provider."""

    def submit(self, submission: Submission) -> SubmitOutcome:
        """Ask for a result, once. Never raises for what the provider or the network does: `Unknown` instead."""
        ...

    def fetch(self, provider_id: str, kind: str) -> FetchOutcome:
        """Look at a job; `kind` is image or video. Raises `ProviderUnavailable` when there is no answer to believe."""
        ...

    def open(self, url: str, first: int = 0) -> AbstractContextManager[Body]:
        """A result's bytes from a position on, from an allowed host only, also from one that knows no ranges.

        Raises `ResultGone` (404), `ResultUnusable` (foreign host, redirect, empty, cut off), or
        `ProviderUnavailable`.
        """
        ...

    def upload_reference(self, jpeg: bytes) -> str:
        """Give the provider a reference picture (at most `UPLOAD_BYTES`); its URL. Raises `ProviderUnavailable`."""
        ...


class Staging(Protocol):
    """A private bucket for bytes that are on their way; objects disappear after seven days."""

    def put(self, name: str, data: bytes, content_type: str) -> None:
        """Store; writing the same name again replaces it. Raises `Unavailable`."""
        ...

    def size(self, name: str) -> tuple[int, str] | None:
        """Size in bytes and content type; None when there is no such object. Raises `Unavailable`."""
        ...

    def put_stream(self, name: str, chunks: Iterator[bytes], size: int, content_type: str) -> None:
        """Store `size` bytes as they come, in constant memory; what raises while it comes stores nothing."""
        ...

    def read(self, name: str, first: int = 0) -> AbstractContextManager[Body]:
        """The bytes from a position on. Raises `NotFound` or `Unavailable`."""
        ...

    def delete(self, name: str) -> None:
        """Remove; gone already is fine. Raises `Unavailable`."""
        ...


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that was decoded in full."""

    mime_type: str  #: image/png, image/jpeg or image/webp
    width: int
    height: int


class Pictures(Protocol):
    """Decoding. Memory and CPU are bounded: a limit on bytes and pixels, and on decodings at a time."""

    def verify(self, data: bytes) -> Picture:
        """Decode fully. Raises `ResultUnusable` for what is not one whole still picture within the limits."""
        ...

    def preview(self, data: bytes) -> bytes:
        """A WebP of at most 40 KB, EXIF orientation honoured. Raises `ResultUnusable`."""
        ...

    def placeholder(self, media_type: str) -> bytes:
        """A WebP for what cannot be decoded: `image` or `video`."""
        ...

    def composite(self, pictures: Iterator[bytes], layout: Grid) -> bytes:
        """One JPEG of several pictures, each whole in its place; one of them decoded at a time, the first frame.

        The same pictures give the same bytes. Raises `ResultUnusable` with the picture's `index`.
        """
        ...

    def framed(self, data: bytes, framing: Framing) -> bytes:
        """A JPEG of exactly the frame's size, with the picture in it, upright. Raises `ResultUnusable`."""
        ...

    def reference(self, data: bytes, *, jpeg_limit: int | None = None) -> tuple[bytes, str]:
        """As the provider takes it: JPEG or PNG, ≤ 10 MB, ≤ 6000 px; bytes and type. Raises `ResultUnusable`.

        With `jpeg_limit`: a JPEG of at most so many bytes.
        """
        ...
