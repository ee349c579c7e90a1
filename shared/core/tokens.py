"""The port that checks the OIDC tokens of Cloud Tasks and Cloud Scheduler."""

from __future__ import annotations

from typing import Protocol

from shared.core.secret import Secret


class TaskTokens(Protocol):
    """Checks who calls a private function."""

    def verify(self, token: Secret, audience: str) -> str:
        """The caller's service account e-mail. Raises `Unauthenticated` unless the token is valid for the audience.

        On Cloud Run a private service gets the token with its signature removed, as IAM has checked it already; such a
        token is accepted only where the configuration says that IAM stands in front.
        """
        ...
