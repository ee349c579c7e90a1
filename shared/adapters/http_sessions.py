"""Plain HTTP: one session a thread (requests does not promise more), no proxy of the environment, no redirects."""

from __future__ import annotations

import threading
from typing import Any

import requests


class HttpSessions:
    """Requests that go exactly where they are sent."""

    def __init__(self) -> None:
        self._local = threading.local()

    def request(self, method: str, url: str, *, timeout: tuple[float, float], **more: Any) -> requests.Response:
        """One request. Raises `requests.RequestException`."""
        return self._session().request(method, url, timeout=timeout, allow_redirects=False, **more)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            self._local.session = session
        return session
