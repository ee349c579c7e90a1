"""Signed addresses for the provider: the webhook of a job, and reference pictures that expire.

Each purpose has a key of its own, derived from the one secret, so that a token for one is worthless for another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime

from shared.core.errors import NotFound
from shared.core.secret import Secret


class Signer:
    """Makes and checks the tokens in addresses that we hand out.

    The secret is read when a token is made or checked, and not before: who only wakes jobs has no right to it.
    """

    def __init__(self, secret: Callable[[], Secret], base_url: str) -> None:
        self._secret = secret
        self._base_url = base_url

    def webhook_url(self, job_id: str) -> Secret:
        """Where the provider says that a job has changed. The address is the proof, so it is a secret."""
        return Secret(f"{self._base_url}/hooks/modelslab/{job_id}/{self._mac('webhook', job_id)}")

    def check_webhook(self, job_id: str, token: str) -> None:
        """Raises `NotFound` for a token that is not this job's: a stranger learns nothing."""
        if not hmac.compare_digest(token.encode(), self._mac("webhook", job_id).encode()):
            raise NotFound("a webhook with a foreign token")

    def reference_url(self, name: str, expires: datetime) -> str:
        """Where the provider fetches a staged reference picture until it expires."""
        claim = f"{int(expires.timestamp())}.{name}"
        token = base64.urlsafe_b64encode(claim.encode()).decode().rstrip("=")
        return f"{self._base_url}/api/references/{token}.{self._mac('reference', claim)}"

    def reference_name(self, token: str, now: datetime) -> str:
        """The staged object of a reference address. Raises `NotFound` for a forged or expired one."""
        payload, _, mac = token.partition(".")
        try:
            claim = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
        except ValueError as error:
            raise NotFound("a malformed reference token") from error
        if not hmac.compare_digest(mac.encode(), self._mac("reference", claim).encode()):
            raise NotFound("a forged reference token")
        expires, _, name = claim.partition(".")
        if int(expires) < now.timestamp():
            raise NotFound("an expired reference token")
        return name

    def _mac(self, purpose: str, value: str) -> str:
        key = hmac.new(self._secret().reveal().encode(), purpose.encode(), hashlib.sha256).digest()
        return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()
