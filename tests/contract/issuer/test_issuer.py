"""Its tokens, verified by google-auth; its keys; its form; and what is wrong on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from google.auth import exceptions, jwt

from infra.local.issuer.emulator import IssuerEmulator
from infra.local.serving import Serving
from tests.contract.processes import Command

AUDIENCE = "studio"
STUDIO = "http://localhost:8080"


class World(NamedTuple):
    """The issuer and its server."""

    emulator: IssuerEmulator
    serving: Serving

    def post(self, path: str, order: object) -> requests.Response:
        """A JSON request."""
        return requests.post(self.serving.url + path, json=order, timeout=10)

    def token(self, **order: object) -> str:
        """A token for a person."""
        answer = self.post("/token", {"email": "ada@example.test", **order})
        answer.raise_for_status()
        return str(answer.json()["idToken"])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An issuer for one audience, which may send tokens to one origin."""
    emulator = IssuerEmulator(tmp_path, AUDIENCE, return_origins=frozenset({STUDIO}))
    serving = emulator.serve()
    yield World(emulator, serving)
    serving.stop()


def verified(url: str, token: str, audience: str = AUDIENCE) -> dict[str, Any]:
    """The claims, if Google's library accepts the token with the published certificates. Raises ValueError."""
    certificates = requests.get(f"{url}/certs", timeout=10).json()
    return dict(jwt.decode(token, certificates, audience=audience))  # type: ignore[no-untyped-call]  # google-auth


def test_a_token_says_who_signed_in(world: World) -> None:
    """The same person has the same subject, whatever the case of the address."""
    claims = verified(world.serving.url, world.token(name="Ada"))
    assert (claims["iss"], claims["email"], claims["email_verified"]) == (world.serving.url, "ada@example.test", True)
    assert (claims["name"], claims["exp"] - claims["iat"]) == ("Ada", 3600)
    again = verified(world.serving.url, world.token(email="Ada@example.test", email_verified=False))
    assert (again["sub"], again["email_verified"]) == (claims["sub"], False)
    assert verified(world.serving.url, world.token(email="bob@example.test"))["sub"] != claims["sub"]


def test_subject_and_audience_can_be_said(world: World) -> None:
    """A token for another audience is refused by ours."""
    token = world.token(sub="42", audience="other")
    assert verified(world.serving.url, token, "other")["sub"] == "42"
    with pytest.raises(ValueError, match="audience"):
        verified(world.serving.url, token)


@pytest.mark.parametrize(
    "order", [{}, {"email": "x"}, {"email": 1}, {"email": "a@b.c", "email_verified": "yes"}, {"mail": "a@b.c"}, []]
)
def test_a_malformed_request_is_refused(world: World, order: object) -> None:
    """400 with OAuth's error body."""
    answer = world.post("/token", order)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_discovery_leads_to_the_keys(world: World) -> None:
    """The JWKS has the key of the token."""
    document = requests.get(f"{world.serving.url}/.well-known/openid-configuration", timeout=10).json()
    assert document["issuer"] == world.serving.url
    header = jwt.decode_header(world.token())  # type: ignore[no-untyped-call]  # google-auth
    keys = requests.get(document["jwks_uri"], timeout=10).json()["keys"]
    assert [(key["kid"], key["alg"]) for key in keys] == [(header["kid"], "RS256")]


def test_a_token_outlives_one_rotation_of_the_key_only(world: World) -> None:
    """The key before the newest is still published; the one before that is not."""
    token = world.token()
    world.post("/_emulator/rotate", {})
    assert verified(world.serving.url, token)
    world.post("/_emulator/rotate", {})
    with pytest.raises(exceptions.MalformedError, match="not found"):
        verified(world.serving.url, token)
    assert verified(world.serving.url, world.token())


def test_a_new_key_signs_after_a_day(world: World) -> None:
    """Of the emulator's time."""
    before = jwt.decode_header(world.token())["kid"]  # type: ignore[no-untyped-call]  # google-auth
    world.post("/_emulator/clock", {"advance": 86401})
    assert jwt.decode_header(world.token())["kid"] != before  # type: ignore[no-untyped-call]  # google-auth


@pytest.mark.parametrize("fault", ["expired", "foreign_key", "unsigned", "wrong_audience"])
def test_a_broken_token_is_refused_by_a_verifier(world: World, fault: str) -> None:
    """Each for its own reason; the next token is a good one."""
    order = {"name": fault, "match": {"email": "ada@example.test"}}
    assert world.post("/_emulator/faults", order).status_code == 201
    with pytest.raises(ValueError, match=r"expired|Could not verify|Unsupported|audience"):
        verified(world.serving.url, world.token())
    assert verified(world.serving.url, world.token())


def test_a_token_of_another_issuer_says_so(world: World) -> None:
    """It is well signed: only who compares `iss` notices."""
    world.post("/_emulator/faults", {"name": "wrong_issuer"})
    assert verified(world.serving.url, world.token())["iss"] == "https://issuer.invalid"


def test_a_person_signs_in_with_the_form(world: World) -> None:
    """And goes back to the studio with the token in the fragment, which no server sees."""
    form = requests.get(world.serving.url, params={"returnTo": f"{STUDIO}/welcome"}, timeout=10).text
    assert f'value="{STUDIO}/welcome"' in form
    order = {"email": "ada@example.test", "returnTo": f"{STUDIO}/welcome"}
    answer = requests.post(f"{world.serving.url}/sign-in", data=order, timeout=10, allow_redirects=False)
    place, _, token = answer.headers["Location"].partition("#idToken=")
    assert (answer.status_code, place) == (303, f"{STUDIO}/welcome")
    assert verified(world.serving.url, token)["email"] == "ada@example.test"


@pytest.mark.parametrize("target", ["http://evil.test/", f"{STUDIO}.evil.test/", f"{STUDIO}@evil.test/", "//evil.test"])
def test_a_token_is_sent_to_a_registered_origin_only(world: World, target: str) -> None:
    """Neither the form nor its answer goes elsewhere."""
    order = {"email": "ada@example.test", "returnTo": target}
    assert requests.post(f"{world.serving.url}/sign-in", data=order, timeout=10).status_code == 400
    assert requests.get(world.serving.url, params={"returnTo": target}, timeout=10).status_code == 400


def test_the_journal_has_fingerprints_of_tokens(world: World) -> None:
    """And never a token."""
    token = world.token()
    journal = requests.get(f"{world.serving.url}/_emulator/journal", timeout=10)
    (event,) = journal.json()["events"]
    assert (event["email"], event["audience"]) == ("ada@example.test", AUDIENCE)
    assert token not in journal.text


def test_keys_survive_a_kill(tmp_path: Path) -> None:
    """A token that was made before is good afterwards."""
    options = ("--audience", AUDIENCE, "--issuer", "https://mail.example.test")
    issuer = Command("issuer", tmp_path, *options)
    order = {"email": "ada@example.test"}
    token = requests.post(f"{issuer.addresses[0]}/token", json=order, timeout=10).json()["idToken"]
    issuer.kill()
    issuer = Command("issuer", tmp_path, *options)
    assert verified(issuer.addresses[0], token)["iss"] == "https://mail.example.test"
    assert issuer.terminate() == 0
