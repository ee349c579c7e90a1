"""The connection to a user's Drive: tokens that live, are refreshed once at a time, and are forgotten on demand.

Only Google's word that the grant is dead makes a connection need the user again; an outage changes nothing. A refresh
token is never overwritten with nothing, and never revoked when a newer one takes its place: revoking removes the user's
whole consent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from shared.core.clock import Clock
from shared.core.documents import Change, Documents, Reads, change, write
from shared.core.errors import (
    DriveNotConnected,
    DriveReconnectRequired,
    DriveUnavailable,
    GoogleAccountMismatch,
    PermanentError,
)
from shared.core.ids import Ids
from shared.core.logs import Logger
from shared.core.secret import Secret
from shared.drive.model import DRIVE_FILE_SCOPE, Access, Connection, connection_key
from shared.drive.ports import DriveFiles, GoogleOAuth, GrantInvalid, KeyWrapper, Tokens
from shared.drive.vault import Vault

EARLY = timedelta(minutes=5)  #: a token that dies within a request is refreshed before it
LEASE = timedelta(seconds=30)  #: longer than the token endpoint's timeouts together
WAITS = 70  #: how often somebody looks whether another instance has refreshed: for longer than its lease
WAIT_S = 0.5


class ConsentNeeded(PermanentError):
    """Google gave no refresh token and none that works is stored: ask once more, with prompt=consent."""

    code = "GOOGLE_DRIVE_RECONNECT_REQUIRED"
    http_status = 409
    action = "connect_drive"


@dataclass(frozen=True)
class Account:
    """Whose tokens they are, by the ID token."""

    google_sub: str
    email: str | None


class Connections:
    """The use cases of connections. Ports come late, so that who only looks at a connection pays for no client."""

    def __init__(
        self,
        *,
        documents: Documents,
        oauth: Callable[[], GoogleOAuth],
        keys: Callable[[], KeyWrapper],
        drive: Callable[[], DriveFiles],
        clock: Clock,
        ids: Ids,
        logger: Logger,
        tenant_id: str = "default",
    ) -> None:
        self._documents = documents
        self._oauth = oauth
        self._drive = drive
        self._clock = clock
        self._ids = ids
        self._logger = logger
        self._tenant_id = tenant_id
        self._vault = Vault(keys, clock)

    # -- using

    def find(self, user_id: str) -> Connection | None:
        """What is stored."""
        return self._documents.get([connection_key(user_id)])[0].read_or_none(Connection)

    def access(self, user_id: str) -> Access:
        """A live token. Raises `DriveNotConnected`, `DriveReconnectRequired` or `DriveUnavailable`."""
        connection = _usable(self.find(user_id))
        if connection.token_expires_at and connection.token_expires_at > self._clock.now() + EARLY:
            return self._access(connection)
        return self._refreshed(user_id, connection.access_token)

    def lend(self, user_id: str) -> tuple[Access, datetime]:
        """A live token and when it expires, for the user's own browser. Raises the same as `access`."""
        access = self.access(user_id)
        connection = _usable(self.find(user_id))
        return access, connection.token_expires_at or self._clock.now()

    def renew(self, access: Access) -> Access:
        """Another token than the one that Drive refused. Raises the same as `access`."""
        connection = _usable(self.find(access.user_id))
        current = self._access(connection)
        return current if current.token != access.token else self._refreshed(access.user_id, connection.access_token)

    def ensure_folder(self, access: Access) -> str:
        """The id of the app's folder. Only a folder that is certainly gone or in the trash is made anew.

        The id is stored before the folder is made, so two instances make one. Raises what `DriveFiles` raises.
        """
        connection = _usable(self.find(access.user_id))
        drive, stored = self._drive(), connection.drive_folder_id
        if stored:
            folder = drive.get(access, stored)
            if folder and not folder.trashed:
                return stored
        found = drive.find_folder(access)
        folder_id = found.id if found else drive.generate_ids(access, 1)[0]
        chosen = self._choose_folder(access.user_id, stored, folder_id)
        return drive.create_folder(access, chosen).id

    # -- connecting

    def connect(self, user_id: str, account: Account, tokens: Tokens) -> Connection:
        """Keep a grant. Raises `GoogleAccountMismatch`, `ConsentNeeded`, `Unavailable`.

        A refresh token that did not come is the one that is stored, if that one works.
        """
        assert DRIVE_FILE_SCOPE in tokens.scopes, "only with the scope"
        stored = self.find(user_id)
        if stored and stored.state != "disconnected" and stored.google_sub != account.google_sub:
            raise GoogleAccountMismatch(expected=masked(stored.drive_email), given=masked(account.email))
        refresh = tokens.refresh_token or self._kept(stored, account)
        if refresh is None:
            raise ConsentNeeded("no refresh token")
        fresh = self._sealed(self._fresh(user_id, account, stored, tokens), tokens, refresh)
        key = connection_key(user_id)

        def decide(reads: Reads) -> Change:
            now = reads[key].read_or_none(Connection)
            if now and stored and now.version != stored.version:
                raise DriveUnavailable("the connection was changed meanwhile; please try again")
            return Change((write(reads[key], fresh),), fresh)

        connection: Connection = change(self._documents, [key], decide, command=self._ids.new())
        self._logger.info("drive.connected", userId=user_id, token=tokens.access_token, refreshToken=refresh)
        return self._measured(connection)

    def disconnect(self, user_id: str, *, revoke: bool) -> None:
        """Forget the tokens and shred their key; files stay. With `revoke` the consent at Google goes too.

        That consent includes sign-in. Raises `DriveUnavailable` when Google does not answer a revoke; then nothing is
        forgotten.
        """
        stored = self.find(user_id)
        if stored is None or stored.state == "disconnected":
            return
        token = self._vault.open(stored, "refresh_token") if revoke else None
        if token:
            self._oauth().revoke(token)

        def forget(found: Connection) -> Connection:
            return msgspec.structs.replace(
                found,
                access_token=None,
                refresh_token=None,
                wrapped_key=None,
                token_expires_at=None,
                state="disconnected",
                reason=None,
                is_active=False,
                version=found.version + 1,
            )

        self._change(user_id, forget)
        self._logger.info("drive.disconnected", userId=user_id, revoked=bool(token))

    # -- inside

    def _refreshed(self, user_id: str, old: bytes | None) -> Access:
        """Refresh once, whoever asks: the others wait for the one that holds the lease."""
        for _ in range(WAITS):
            holder = self._ids.new()
            connection = self._claim(user_id, old, holder)
            if connection.access_token != old:
                return self._access(connection)
            if connection.refresh_holder == holder:
                return self._refresh(connection)
            self._clock.sleep(WAIT_S)
        raise DriveUnavailable("another instance is refreshing and does not end")

    def _claim(self, user_id: str, old: bytes | None, holder: str) -> Connection:
        """The connection with our lease; with somebody else's; or with another token already."""
        key = connection_key(user_id)
        now = self._clock.now()

        def decide(reads: Reads) -> Change:
            found = _usable(reads[key].read_or_none(Connection))
            if found.access_token != old or (found.refresh_lease and found.refresh_lease > now):
                return Change((), found)
            claimed = msgspec.structs.replace(found, refresh_lease=now + LEASE, refresh_holder=holder)
            return Change((write(reads[key], claimed),), claimed)

        claimed: Connection = change(self._documents, [key], decide, command=self._ids.new())
        return claimed

    def _refresh(self, claimed: Connection) -> Access:
        """Ask Google, as the holder of the lease."""
        refresh = self._vault.open(claimed, "refresh_token")
        if refresh is None:
            raise self._needs_reconnect(claimed, "missing")
        try:
            tokens = self._oauth().refresh(refresh)
        except GrantInvalid as dead:
            raise self._needs_reconnect(claimed, str(dead.details.get("reason", "revoked"))) from dead
        except DriveUnavailable:
            self._change(claimed.user_id, lambda found: _released(found, claimed))
            raise
        if tokens.scopes and DRIVE_FILE_SCOPE not in tokens.scopes:
            raise self._needs_reconnect(claimed, "scope_missing")
        sealed = self._sealed(claimed, tokens, tokens.refresh_token or refresh)
        now = self._clock.now()

        def keep(found: Connection) -> Connection | None:
            if (found.version, found.refresh_holder) != (claimed.version, claimed.refresh_holder):
                return None
            return msgspec.structs.replace(sealed, refresh_lease=None, refresh_holder=None, last_used_at=now)

        kept = self._change(claimed.user_id, keep)
        self._logger.info("drive.token_refreshed", userId=claimed.user_id, token=tokens.access_token, kept=bool(kept))
        return self._access(kept or _usable(self.find(claimed.user_id)))

    def _needs_reconnect(self, claimed: Connection, reason: str) -> DriveReconnectRequired:
        """The grant that we tried is dead; a newer one that came meanwhile is not touched."""

        def mark(found: Connection) -> Connection | None:
            if found.version != claimed.version:
                return None
            return msgspec.structs.replace(
                found, state="needs_reconnect", reason=reason, is_active=False, refresh_lease=None, refresh_holder=None
            )

        if self._change(claimed.user_id, mark):
            self._logger.warning("drive.needs_reconnect", userId=claimed.user_id, reason=reason)
        return DriveReconnectRequired(reason=reason)

    def _change(self, user_id: str, decide: Callable[[Connection], Connection | None]) -> Connection | None:
        key = connection_key(user_id)

        def step(reads: Reads) -> Change:
            after = decide(reads[key].read(Connection))
            return Change((write(reads[key], after),), after) if after else Change()

        changed: Connection | None = change(self._documents, [key], step, command=self._ids.new())
        return changed

    def _choose_folder(self, user_id: str, seen: str | None, wanted: str) -> str:
        """The stored folder becomes the wanted one, unless another instance has chosen meanwhile."""
        chosen = self._change(
            user_id,
            lambda found: (
                msgspec.structs.replace(found, drive_folder_id=wanted) if found.drive_folder_id == seen else found
            ),
        )
        assert chosen is not None
        return chosen.drive_folder_id or wanted

    def _access(self, connection: Connection) -> Access:
        token = self._vault.open(connection, "access_token")
        if token is None:
            raise DriveReconnectRequired(reason="missing")
        return Access(connection.user_id, connection.google_sub, token)

    def _kept(self, stored: Connection | None, account: Account) -> Secret | None:
        """The stored refresh token, if it is of this account and not known to be dead."""
        usable = stored and stored.state == "connected" and stored.google_sub == account.google_sub
        return self._vault.open(stored, "refresh_token") if stored and usable else None

    def _fresh(self, user_id: str, account: Account, stored: Connection | None, tokens: Tokens) -> Connection:
        same = stored if stored and stored.google_sub == account.google_sub else None
        now = self._clock.now()
        return Connection(
            user_id=user_id,
            tenant_id=self._tenant_id,
            google_sub=account.google_sub,
            drive_email=account.email or (same.drive_email if same else None),
            wrapped_key=self._vault.new_key(user_id),
            scopes=tuple(sorted(tokens.scopes)),
            version=stored.version + 1 if stored else 1,
            drive_folder_id=same.drive_folder_id if same else None,
            storage_used_bytes=same.storage_used_bytes if same else 0,
            storage_limit_bytes=same.storage_limit_bytes if same else None,
            connected_at=now,
            last_used_at=now,
        )

    def _sealed(self, connection: Connection, tokens: Tokens, refresh: Secret) -> Connection:
        sealed = self._vault.seal(connection, access_token=tokens.access_token, refresh_token=refresh)
        dies = tokens.refresh_expires_at or (None if tokens.refresh_token else connection.refresh_expires_at)
        return msgspec.structs.replace(sealed, token_expires_at=tokens.expires_at, refresh_expires_at=dies)

    def _measured(self, connection: Connection) -> Connection:
        """How full the Drive is; not knowing it is no reason to fail."""
        try:
            about = self._drive().about(self._access(connection))
        except (PermanentError, DriveUnavailable) as error:
            self._logger.warning("drive.about_failed", userId=connection.user_id, reason=str(error))
            return connection
        measured = self._change(
            connection.user_id,
            lambda found: msgspec.structs.replace(
                found,
                storage_used_bytes=about.used_bytes,
                storage_limit_bytes=about.limit_bytes,
                drive_email=found.drive_email or about.email,
            ),
        )
        return measured or connection


def _usable(connection: Connection | None) -> Connection:
    if connection is None or connection.state == "disconnected":
        raise DriveNotConnected
    if connection.state == "needs_reconnect":
        raise DriveReconnectRequired(reason=connection.reason or "revoked")
    return connection


def _released(found: Connection, claimed: Connection) -> Connection | None:
    if found.refresh_holder != claimed.refresh_holder:
        return None
    return msgspec.structs.replace(found, refresh_lease=None, refresh_holder=None)


def masked(email: str | None) -> str | None:
    """An address that its owner recognises and nobody else learns."""
    if not email or "@" not in email:
        return None
    name, _, domain = email.partition("@")
    return f"{name[:1]}…@{domain}"
