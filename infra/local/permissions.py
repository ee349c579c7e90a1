"""Each function as its own service account: it may use what the manifest gives it, and nothing else.

In the cloud every function is a process of its own, whose account has the roles, queues and secrets of its entry.
Here all of them share a process, so each gets an `App` of its own, and what it is not given is refused when it is
used, as IAM does. What was used, and by which line, is kept: `GET /_local/permissions` tells it.
"""

from __future__ import annotations

import inspect
import os
import threading
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from infra.check.indexes import missing
from infra.local.manifest import Function
from shared import app as composition
from shared.app import App
from shared.core.config import Config
from shared.core.secret import Secret

ROOT = Path(__file__).parents[2]
OWN = ("functions/", "shared/")
BELOW = ("shared/adapters/", "shared/core/", "shared/app.py")  #: who needs it is above these
serving: ContextVar[str] = ContextVar("serving")


class NotPermitted(Exception):
    """What IAM answers: a mistake in the manifest or in the code, so the request fails as a mistake of ours."""


class Used:
    """What each function has used, with the place in the source that needed it first. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[tuple[str, str], str] = {}

    def note(self, function: str, permission: str) -> None:
        """Keep the first place."""
        if (function, permission) not in self._found:
            place = _place()
            with self._lock:
                self._found.setdefault((function, permission), place)

    def told(self) -> list[list[str]]:
        """Function, permission, place."""
        with self._lock:
            return sorted([function, permission, place] for (function, permission), place in self._found.items())


class Checked:
    """A port that asks before each use; `allow` raises `NotPermitted`. What is behind it is made when it is used."""

    def __init__(self, make: Callable[[], Any], allow: Callable[[str, tuple[Any, ...]], None]) -> None:
        self._make, self._allow = make, allow

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._make(), name)
        if not callable(method):
            return method

        def call(*given: Any, **more: Any) -> Any:
            self._allow(name, given)
            return method(*given, **more)

        return call


class LimitedApp(App):
    """The app of one function. Clients that hold no secret are shared by all (`common`)."""

    def __init__(self, config: Config, function: Function, common: App, used: Used) -> None:
        super().__init__(config, env=os.environ)
        self._function, self._common, self._used = function, common, used
        self.built |= {
            "documents": Checked(lambda: common.documents, self._may_query),
            "key_wrapper": Checked(lambda: common.key_wrapper, self._role("kms")),
            "staging": Checked(lambda: common.staging, self._role("staging")),
            "queue": Checked(lambda: common.queue, self._may_enqueue),
        }

    def secret(self, name: str) -> Secret:
        """See `App`: the account reads the secrets of its entry only."""
        self._require(f"secret {name}", name in self._function.secrets)
        return self._common.secret(name)

    def _may_query(self, name: str, given: tuple[Any, ...]) -> None:
        """The database's role; and an index, without which the real Firestore refuses a query and its emulator not."""
        self._require("role datastore", "datastore" in self._function.roles)
        if name in ("find", "count") and (lacking := missing(given[0])):
            raise NotPermitted(f"{self._function.name} asks what infra/indexes.yaml has no index for: {lacking}")

    def _may_enqueue(self, _: str, given: tuple[Any, ...]) -> None:
        self._require(f"queue {given[0].queue}", given[0].queue in self._function.queues)

    def _role(self, role: str) -> Callable[[str, tuple[Any, ...]], None]:
        return lambda _name, _given: self._require(f"role {role}", role in self._function.roles)

    def _require(self, permission: str, granted: bool) -> None:
        if not granted:
            raise NotPermitted(f"{self._function.name} uses {permission}, which infra/functions.yaml does not give it")
        self._used.note(self._function.name, permission)


class Accounts:
    """Stands where the process keeps its one app: each request gets the app of the function that serves it."""

    def __init__(self, functions: Iterable[Function]) -> None:
        config = Config.from_env(os.environ)
        common = App(config, env=os.environ)
        self.lock = threading.Lock()
        self.used = Used()
        self._apps = {function.name: LimitedApp(config, function, common, self.used) for function in functions}

    @property
    def app(self) -> App:
        """What `App.from_env` gives."""
        return self._apps[serving.get()]

    def install(self) -> None:
        """From now on."""
        composition._process = self  # type: ignore[assignment]  # noqa: SLF001 it is the seam of a process


def _place() -> str:
    """The innermost place of the product above adapters and core, else of those: `path qualified.name`."""
    frame, below = inspect.currentframe(), "?"
    while frame is not None:
        path = os.path.relpath(frame.f_code.co_filename, ROOT)
        name = frame.f_code.co_qualname.partition(".<locals>")[0]
        if path.startswith(OWN) and not name.startswith("<"):
            if not path.startswith(BELOW):
                return f"{path} {name}"
            below = f"{path} {name}"
        frame = frame.f_back
    return below
