"""The composition root: which adapter stands behind which port.

The only module that imports `shared.adapters`. Every port is built once, at first use, behind a lock, so a function
pays only for the clients that it touches. Tests build an `App` and assign fakes to the ports.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from shared.core.boundaries import crash_points
from shared.core.clock import Clock, SystemClock
from shared.core.config import SECRETS, Config
from shared.core.ids import Ids, RandomIds
from shared.core.limits import RateLimits
from shared.core.logs import Logger
from shared.core.secret import Secret

if TYPE_CHECKING:
    from shared.accounts.closing import Closing
    from shared.accounts.oauth_flow import OAuthFlow
    from shared.accounts.ports import IssuerTokens
    from shared.accounts.sessions import Sessions
    from shared.core.documents import Documents
    from shared.core.queue import TaskQueue
    from shared.core.secret import Secrets
    from shared.core.tokens import TaskTokens
    from shared.drive.connections import Connections
    from shared.drive.ports import DriveFiles, DriveWatch, GoogleIdentity, GoogleOAuth, KeyWrapper, Tokens
    from shared.generation.engine import Engine
    from shared.generation.ports import Pictures, Provider, Staging
    from shared.generation.signing import Signer
    from shared.media.library import Library
    from shared.media.recheck import Recheck
    from shared.stories.service import Stories

T = TypeVar("T")


class port(Generic[T]):  # noqa: N801 reads as a decorator
    """A property that is built once and can be assigned; `functools.cached_property` has no lock since 3.12."""

    def __init__(self, build: Callable[[App], T]) -> None:
        self._build = build
        self._name = build.__name__
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, app: None, owner: type[App]) -> port[T]: ...
    @overload
    def __get__(self, app: App, owner: type[App]) -> T: ...
    def __get__(self, app: App | None, owner: type[App]) -> T | port[T]:
        if app is None:
            return self
        if self._name not in app.built:
            with app.lock:
                if self._name not in app.built:
                    app.built[self._name] = self._build(app)
        value: T = app.built[self._name]
        return value

    def __set__(self, app: App, value: T) -> None:
        app.built[self._name] = value


class App:
    """What a handler may use. One per process."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock | None = None,
        ids: Ids | None = None,
        logger: Logger | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.config = config
        self.clock = clock or SystemClock()
        self.ids = ids or RandomIds()
        self.logger = logger or Logger(redact=not (config.is_local and env and env.get("UNREDACTED_LOGS")))
        self.env = env or {}
        self.lock = threading.RLock()
        self.built: dict[str, Any] = {}
        self.reached: Callable[[str], None] = crash_points(self.env, config)

    @classmethod
    def from_env(cls) -> App:
        """The process-wide app, from the environment. Raises `InvalidSettings`."""
        with _process.lock:
            if _process.app is None:
                _process.app = cls(Config.from_env(os.environ), env=os.environ)
            return _process.app

    def secret(self, name: str) -> Secret:
        """A secret by the name of its setting: from the environment, else from Secret Manager, read once.

        Raises `Unavailable` when Secret Manager does not answer, KeyError for a name that is not in `SECRETS`.
        """
        if name not in SECRETS:
            raise KeyError(name)
        with self.lock:
            if f"secret:{name}" not in self.built:
                value = self.env.get(name)
                self.built[f"secret:{name}"] = Secret(value) if value else self.secrets.get(name)
            found: Secret = self.built[f"secret:{name}"]
            return found

    @port
    def limits(self) -> RateLimits:
        """Rate limits in memory."""
        return RateLimits(self.config.requests_per_minute, self.clock)

    @port
    def documents(self) -> Documents:
        """Documents in Firestore."""
        from shared.adapters.firestore_documents import FirestoreDocuments

        return FirestoreDocuments(self.config.project_id)

    @port
    def sessions(self) -> Sessions:
        """Sessions of signed-in users."""
        from shared.accounts.sessions import Sessions

        return Sessions(self.documents, self.secret("SESSION_SECRET"), self.clock, self.ids, self.config.session_days)

    @port
    def pictures(self) -> Pictures:
        """Pictures with Pillow."""
        from shared.adapters.pillow_pictures import PillowPictures

        return PillowPictures()

    @port
    def secrets(self) -> Secrets:
        """Secrets in Secret Manager."""
        from shared.adapters.secret_manager import SecretManager

        return SecretManager(self.config.project_id, self.config.secrets_endpoint)

    @port
    def queue(self) -> TaskQueue:
        """Tasks in Cloud Tasks."""
        from shared.adapters.cloud_tasks_queue import CloudTasksQueue

        return CloudTasksQueue(self.config)

    @port
    def task_tokens(self) -> TaskTokens:
        """Checks the tokens of Cloud Tasks and Cloud Scheduler."""
        from shared.adapters.google_task_tokens import GoogleTaskTokens

        return GoogleTaskTokens(self.config.task_certs_url, behind_iam=self.config.behind_iam)

    @port
    def issuers(self) -> IssuerTokens:
        """Checks the ID tokens of trusted issuers."""
        from shared.adapters.oidc_issuers import OidcIssuers

        return OidcIssuers(self.config.trusted_issuers)

    @port
    def key_wrapper(self) -> KeyWrapper:
        """Cloud KMS."""
        from shared.adapters.kms_key_wrapper import KmsKeyWrapper

        return KmsKeyWrapper(self.config.kms_key, self.config.kms_endpoint)

    @port
    def staging(self) -> Staging:
        """The staging bucket in Cloud Storage."""
        from shared.adapters.cloud_storage_staging import CloudStorageStaging

        return CloudStorageStaging(self.config)

    @port
    def stories(self) -> Stories:
        """Projects and what is in them."""
        from shared.stories.service import Stories

        return Stories(self.documents, self.clock, self.ids, self.config.tenant_id)

    @port
    def provider(self) -> Provider:
        """ModelsLab."""
        from shared.adapters.modelslab import ModelsLab

        return ModelsLab(self.config, self.secret("MODELSLAB_API_KEY"), self.logger)

    @port
    def oauth(self) -> GoogleOAuth:
        """Google's token endpoint."""
        from shared.adapters.google_oauth import GoogleOAuthClient

        return GoogleOAuthClient(self.config, self.secret("GOOGLE_CLIENT_SECRET"), self.clock, self.logger)

    @port
    def drive(self) -> DriveFiles:
        """Google Drive."""
        from shared.adapters.google_drive import GoogleDrive

        return GoogleDrive(self.config, lambda: self.secret("GOOGLE_API_KEY"), self.logger)

    @port
    def drive_watch(self) -> DriveWatch:
        """Many files in Google Drive."""
        from shared.adapters.google_drive_watch import GoogleDriveWatch

        return GoogleDriveWatch(self.config, lambda: self.secret("GOOGLE_API_KEY"), self.logger)

    @port
    def recheck(self) -> Recheck:
        """The look at all files."""
        from shared.media.recheck import Recheck

        return Recheck(
            documents=self.documents,
            queue=self.queue,
            clock=self.clock,
            ids=self.ids,
            logger=self.logger,
            drives=lambda: self.connections,
            drive=lambda: self.drive_watch,
            budget=self.config.recheck_units,
        )

    @port
    def connections(self) -> Connections:
        """The users' Drive connections."""
        from shared.drive.connections import Connections

        return Connections(
            documents=self.documents,
            oauth=lambda: self.oauth,
            keys=lambda: self.key_wrapper,
            drive=lambda: self.drive,
            clock=self.clock,
            ids=self.ids,
            logger=self.logger,
            tenant_id=self.config.tenant_id,
        )

    @port
    def oauth_flow(self) -> OAuthFlow:
        """To Google and back."""
        from shared.accounts.oauth_flow import OAuthFlow

        return OAuthFlow(
            config=self.config,
            documents=self.documents,
            oauth=lambda: self.oauth,
            keep_grant=self._keep_grant,
            clock=self.clock,
            ids=self.ids,
            logger=self.logger,
        )

    def _keep_grant(self, user_id: str, identity: GoogleIdentity, tokens: Tokens) -> bool:
        """Where accounts and Drive meet. False: Google must be asked for consent once more."""
        from shared.drive.connections import Account, ConsentNeeded

        try:
            self.connections.connect(user_id, Account(identity.subject, identity.email), tokens)
        except ConsentNeeded:
            return False
        return True

    @port
    def closing(self) -> Closing:
        """Deleting accounts."""
        from shared.accounts.closing import Closing

        return Closing(
            documents=self.documents,
            queue=self.queue,
            clock=self.clock,
            ids=self.ids,
            logger=self.logger,
            engine=lambda: self.engine,
            connections=lambda: self.connections,
            staging=lambda: self.staging,
        )

    @port
    def library(self) -> Library:
        """Assets: what is linked, uploaded, replaced and looked at."""
        from shared.media.library import Library

        return Library(
            documents=self.documents,
            drive=lambda: self.drive,
            connections=lambda: self.connections,
            pictures=lambda: self.pictures,
            clock=self.clock,
            ids=self.ids,
            logger=self.logger,
            tenant_id=self.config.tenant_id,
        )

    @port
    def signer(self) -> Signer:
        """Signed addresses."""
        from shared.generation.signing import Signer

        return Signer(lambda: self.secret("SESSION_SECRET"), self.config.public_base_url)

    @port
    def engine(self) -> Engine:
        """The generation engine."""
        from shared.generation.engine import Engine

        public = self.config.public_base_url.startswith("https://")
        upload = {"url": False, "upload": True, "auto": not public}[self.config.reference_delivery]
        return Engine(
            documents=self.documents,
            queue=self.queue,
            clock=self.clock,
            ids=self.ids,
            logger=self.logger,
            signer=self.signer,
            provider=lambda: self.provider,
            connections=lambda: self.connections,
            drive=lambda: self.drive,
            staging=lambda: self.staging,
            pictures=lambda: self.pictures,
            concurrency=self.config.provider_concurrency,
            in_flight_cap=self.config.in_flight_cap,
            cancels_per_day=self.config.cancels_per_day,
            submit_lease=timedelta(seconds=self.config.submit_lease_seconds),
            delivery_lease=timedelta(seconds=self.config.delivery_lease_seconds),
            unknown_wait=timedelta(seconds=self.config.unknown_seconds) if self.config.unknown_seconds else None,
            upload_references=upload,
            tenant_id=self.config.tenant_id,
            reached=self.reached,
        )


class _Process:
    """The one place that belongs to the process and not to an app."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.app: App | None = None


_process = _Process()
