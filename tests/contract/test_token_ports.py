"""Tokens of trusted issuers and of Cloud Tasks: the fakes and the adapters on the emulators keep the same promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from infra.local.issuer.emulator import IssuerEmulator
from infra.local.tasks.emulator import TasksEmulator
from shared.accounts.ports import IssuerTokens
from shared.adapters.google_task_tokens import GoogleTaskTokens
from shared.adapters.oidc_issuers import OidcIssuers
from shared.core.config import TrustedIssuer
from shared.core.errors import Unauthenticated
from shared.core.secret import Secret
from shared.core.tokens import TaskTokens
from tests.fakes.tokens import MemoryIssuers, MemoryTaskTokens

INVOKER, HERE, ELSEWHERE = "invoker@p.iam.gserviceaccount.com", "https://here.example", "https://elsewhere.example"


@pytest.fixture(params=["memory", "issuer"])
def issuer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[IssuerTokens, Callable[[str], str]]]:
    """The port, and what gives a token for an address."""
    if request.param == "memory":
        fake = MemoryIssuers()
        yield fake, fake.issue
        return
    serving = IssuerEmulator(tmp_path / "issuer", audience="studio").serve()
    url = serving.url

    def issue(email: str) -> str:
        return str(requests.post(f"{url}/token", json={"email": email}, timeout=10).json()["idToken"])

    yield OidcIssuers([TrustedIssuer(url, "studio", f"{url}/jwks")]), issue
    serving.stop()


def test_an_issuers_token_says_who_it_is_for(issuer: tuple[IssuerTokens, Callable[[str], str]]) -> None:
    """The same person has the same subject, another one another; what is no token is refused."""
    tokens, issue = issuer
    first, again, other = (
        tokens.verify(Secret(issue(email))) for email in ("a@x.example", "a@x.example", "b@x.example")
    )
    assert (first.email, first.email_verified) == ("a@x.example", True)
    assert first.subject == again.subject != other.subject
    for text in ("", "a.b.c", issue("a@x.example") + "x"):
        with pytest.raises(Unauthenticated):
            tokens.verify(Secret(text))


@pytest.fixture(params=["memory", "tasks"])
def task_tokens(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[TaskTokens, Callable[[str, str], str]]]:
    """The port, and what gives a token for an account and an audience."""
    if request.param == "memory":
        fake = MemoryTaskTokens()
        yield fake, fake.issue
        return
    emulator = TasksEmulator(tmp_path / "tasks", queues=[])
    serving = emulator.serve()

    def issue(email: str, audience: str) -> str:
        order = {"email": email, "audience": audience}
        return str(requests.post(f"{serving.url}/_emulator/token", json=order, timeout=10).json()["idToken"])

    yield GoogleTaskTokens(f"{serving.url}/oauth2/v1/certs", behind_iam=False), issue
    serving.stop()
    emulator.close()


def test_a_task_token_says_who_calls_and_is_for_one_audience(
    task_tokens: tuple[TaskTokens, Callable[[str, str], str]],
) -> None:
    """Whoever the caller is; elsewhere, and changed, it is none."""
    tokens, issue = task_tokens
    for email in (INVOKER, "other@p.iam.gserviceaccount.com"):
        assert tokens.verify(Secret(issue(email, HERE)), HERE) == email
    for text in (issue(INVOKER, ELSEWHERE), issue(INVOKER, HERE) + "x", "", "a.b.c"):
        with pytest.raises(Unauthenticated):
            tokens.verify(Secret(text), HERE)
