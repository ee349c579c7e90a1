"""The addresses of a media: Drive's, and our own signed ones for what a browser loads by itself.

`uc?export=view` has been dead for `<img>` since January 2024; `thumbnail?id=&sz=` is what works.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Literal

from shared.core.clock import Clock
from shared.core.config import Config
from shared.core.errors import NotFound
from shared.core.secret import Secret
from shared.media.model import Media

LIFETIME = timedelta(hours=1)
Purpose = Literal["content", "preview", "export"]


class MediaLinks:
    """Makes the addresses, and checks the token of our own."""

    def __init__(self, config: Config, secret: Secret, clock: Clock) -> None:
        self._drive = config.drive_web_url
        self._base = config.public_base_url
        self._key = hmac.new(secret.reveal().encode(), b"media-link", hashlib.sha256).digest()
        self._clock = clock

    def view_url(self, media: Media) -> str:
        """Drive's page of the file."""
        key = f"?resourcekey={media.resource_key}" if media.resource_key else ""
        return f"{self._drive}/file/d/{media.drive_file_id}/view{key}"

    def thumbnail_url(self, media: Media, size: str = "w1000") -> str:
        """A picture of it; needs a public file."""
        key = f"&resourcekey={media.resource_key}" if media.resource_key else ""
        return f"{self._drive}/thumbnail?id={media.drive_file_id}&sz={size}{key}"

    def public_url(self, media: Media) -> str | None:
        """What works without signing in; None for a file that is restricted."""
        return self.thumbnail_url(media, "w2048") if media.sharing == "public" else None

    def content_url(self, media: Media) -> str:
        """The bytes, through us."""
        return self._signed(media, "content")

    def preview_url(self, media: Media) -> str:
        """The small WebP."""
        return self._signed(media, "preview")

    def user_of(self, purpose: Purpose, subject: str, token: str) -> str:
        """The user whose media (or project) it is. Raises `NotFound` for a token that is forged, foreign or too old."""
        expires, _, rest = token.partition(".")
        user_id, _, mac = rest.partition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(purpose, subject, user_id, expires).encode()):
            raise NotFound("a forged media token")
        if int(expires) < self._clock.now().timestamp():
            raise NotFound("an expired media token")
        return user_id

    def token(self, purpose: Purpose, subject: str, user_id: str) -> tuple[str, datetime]:
        """What lets a browser do this one thing, and until when."""
        until = (self._clock.now() + LIFETIME).replace(microsecond=0)
        expires = str(int(until.timestamp()))
        return f"{expires}.{user_id}.{self._mac(purpose, subject, user_id, expires)}", until

    def _signed(self, media: Media, purpose: Purpose) -> str:
        return f"{self._base}/api/media/{media.id}/{purpose}?t={self.token(purpose, media.id, media.user_id)[0]}"

    def _mac(self, *parts: str) -> str:
        return hmac.new(self._key, "\x00".join(parts).encode(), hashlib.sha256).hexdigest()
