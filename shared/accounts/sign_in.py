"""Who signs in, and as which user: keyed by issuer and subject, never by e-mail."""

from __future__ import annotations

import msgspec

from shared.accounts.model import User, user_key
from shared.core.clock import Clock
from shared.core.documents import Change, Create, Documents, Key, Reads, Write, change
from shared.core.errors import Unauthenticated
from shared.core.ids import Ids, digest
from shared.core.logs import Logger
from shared.credits.model import entry_key, grant
from shared.drive.ports import GoogleIdentity


class Identity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`identities/{H(issuer, subject)}`: made with create, so that parallel first sign-ins make one user."""

    user_id: str
    issuer: str
    subject: str


def sign_in(
    documents: Documents,
    clock: Clock,
    ids: Ids,
    logger: Logger,
    identity: GoogleIdentity,
    *,
    tenant_id: str,
    sign_up_grant: int,
) -> User:
    """The user of an identity; a new one gets the sign-up grant in the same commit.

    One grant for each identity: the ledger outlives the account, and who comes back after deleting it gets no other.
    Raises `Unauthenticated` for an account that is being deleted.
    """
    key = Key("identities", digest("identity", identity.issuer, identity.subject))
    user_id, account_id = ids.new(), ids.new()
    grant_id = f"signup-{digest('signup', identity.issuer, identity.subject)}"
    granted = entry_key(f"grant:{grant_id}")

    def decide(reads: Reads) -> Change:
        known = reads[key].read_or_none(Identity)
        if known:
            return Change((), known.user_id)
        now = clock.now()
        user = User(
            id=user_id,
            tenant_id=tenant_id,
            account_id=account_id,
            email=identity.email,
            email_verified=identity.email_verified,
            name=identity.name,
            picture=identity.picture,
            created_at=now,
        )
        made = Identity(user_id=user_id, issuer=identity.issuer, subject=identity.subject)
        writes: list[Write] = [Create(key, made)]
        if sign_up_grant and not reads[granted].exists:
            user, entry = grant(user, grant_id, sign_up_grant, "sign-up", now)
            writes.append(Create(entry_key(entry.id), entry))
        return Change([*writes, Create(user_key(user_id), user)], user_id)

    found = change(documents, [key, granted], decide, command=ids.new())
    user = documents.get([user_key(found)])[0].read(User)
    if found == user_id and user.balance:
        logger.info("credits.granted", userId=user_id, grantId=grant_id, amount=user.balance)
    if user.status != "active":
        raise Unauthenticated("the account is closed")
    return user
