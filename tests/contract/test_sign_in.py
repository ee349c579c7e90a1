"""Signing in on both stores of documents: one person is one user with one grant, however often at once."""

from __future__ import annotations

import io
import threading

import pytest

from shared.accounts.model import User, user_key
from shared.accounts.sign_in import sign_in
from shared.adapters.firestore_documents import FirestoreDocuments
from shared.core.clock import SystemClock
from shared.core.documents import Documents, get
from shared.core.ids import RandomIds
from shared.core.logs import Logger
from shared.core.paging import PageQuery
from shared.credits.service import ledger
from shared.drive.ports import GoogleIdentity
from tests.fakes.documents import MemoryDocuments

ANA = GoogleIdentity(issuer="https://accounts.google.com", subject="1", email="ana@gmail.com", email_verified=True)


@pytest.fixture(params=["memory", "firestore"])
def documents(request: pytest.FixtureRequest) -> Documents:
    """Both."""
    if request.param == "memory":
        return MemoryDocuments()
    return FirestoreDocuments(request.getfixturevalue("project_id"))


def arrive(documents: Documents, identity: GoogleIdentity = ANA) -> User:
    """One sign-in."""
    return sign_in(
        documents, SystemClock(), RandomIds(), Logger(io.StringIO()), identity, tenant_id="default", sign_up_grant=100
    )


def test_parallel_first_sign_ins_make_one_user_with_one_grant(documents: Documents) -> None:
    """Twelve at once."""
    start, users = threading.Barrier(12), list[str]()

    def run() -> None:
        start.wait()
        users.append(arrive(documents).id)

    threads = [threading.Thread(target=run) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(users) == 12
    assert len(set(users)) == 1
    entries = ledger(documents, users[0], PageQuery()).items
    assert [(entry.type, entry.amount, entry.balance_after) for entry in entries] == [("grant", 100, 100)]
    assert get(documents, user_key(users[0]), User).balance == 100


def test_people_are_told_apart_by_issuer_and_subject_never_by_address(documents: Documents) -> None:
    """Whoever has the same address elsewhere is somebody else."""
    ana = arrive(documents)
    elsewhere = GoogleIdentity(issuer="https://mail.example", subject="1", email=ANA.email, email_verified=True)
    other = GoogleIdentity(issuer=ANA.issuer, subject="2", email=ANA.email, email_verified=True)
    moved = GoogleIdentity(issuer=ANA.issuer, subject="1", email="new@gmail.com", email_verified=True)

    assert len({ana.id, arrive(documents, elsewhere).id, arrive(documents, other).id}) == 3
    assert arrive(documents, moved).id == ana.id
