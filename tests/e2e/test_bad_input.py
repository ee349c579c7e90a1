"""Bad input for every operation of the contract: the catalogue's error, never a 500, and not a byte changes."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from google.cloud.firestore import Client

from infra.local.demo.writer import Writer
from infra.local.settings import PROJECT
from shared.accounts.sessions import Sessions
from shared.adapters.firestore_documents import FirestoreDocuments
from shared.core.clock import SystemClock
from shared.core.ids import RandomIds
from shared.core.secret import Secret
from tests.e2e.conftest import Cloud, finished
from tests.e2e.contract import (
    ODD_IDS,
    Operation,
    Request,
    bad_bodies,
    bad_headers,
    bad_queries,
    example,
    example_query,
    operations,
    with_ids,
)
from tests.e2e.leaks import firestore, stored

OF_BODY = {
    "projectId": "projects", "characterId": "characters", "sceneId": "scenes", "universeId": "universes",
    "imageReferenceId": "media", "sourceImageId": "media", "moodboardId": "moodboards", "characterIds": "characters",
    "entityId": "characters",
}  # fmt: skip
OPERATIONS = operations()
each = pytest.mark.parametrize("operation", OPERATIONS, ids=str)


def named(ids: Mapping[str, str]) -> dict[str, Any]:
    """Ids by the names that they have in bodies."""
    return {"entityType": "character"} | {
        name: [ids[collection]] if name.endswith("Ids") else ids[collection] for name, collection in OF_BODY.items()
    }


@dataclass(frozen=True)
class World:
    """Two writers who have one of everything, and a session of the first that has expired."""

    cloud: Cloud
    ana: Writer
    own: Mapping[str, str]
    foreign: Mapping[str, str]
    expired: str
    firestore: Client

    def stored(self) -> str:
        """A hash of everything that Firestore exports: each document with the time of its last write."""
        return hashlib.sha256("".join(map(str, stored(self.firestore))).encode()).hexdigest()

    def path_ids(self, operation: Operation, ids: Mapping[str, str]) -> dict[str, str]:
        """The ids in an operation's path: of the things that the path names."""
        collection = operation.path.removeprefix("/api").split("/")[1]
        return {parameter["name"]: ids.get(collection, "made-up") for parameter in operation.parameters("path")}

    def body(self, operation: Operation, *, whole: bool = False) -> bytes | None:
        """A body as it should be, with the caller's own ids."""
        if operation.body is None:
            return None
        return json.dumps(example(operation.body, named(self.own), whole=whole)).encode()

    def query(self, operation: Operation) -> str:
        """The query that an operation requires, with the caller's own ids."""
        return urlencode(example_query(operation, named(self.own)))

    def send(self, operation: Operation, request: Request, **headers: str) -> requests.Response:
        """Send it exactly so, as the first writer unless the headers say otherwise."""
        path = operation.path
        for name, value in request.path.items():
            path = path.replace(f"{{{name}}}", value)
        url = f"{self.cloud.local.url}{path}{'?' if request.query else ''}{request.query}"
        sent: dict[str, str] = {"Origin": self.cloud.local.url, "Content-Type": "application/json"}
        sent |= {"Cookie": f"session={self.ana.http.cookies['session']}", **request.headers, **headers}
        prepared = requests.Request(
            operation.method, url, data=request.body, headers={k: v for k, v in sent.items() if v}
        )
        with requests.Session() as http:
            http.hooks["response"].append(self.cloud.record)
            return http.send(prepared.prepare(), timeout=30, allow_redirects=False)


def things(writer: Writer) -> dict[str, str]:
    """One of everything, by its collection."""
    sari = writer.make_character("Sari")
    project = {"projectId": sari["projectId"]}
    job = finished(writer, writer.generate(sari["id"]))
    found = {"projects": sari["projectId"], "characters": sari["id"], "jobs": job["id"], "media": job["media"]["id"]}
    found["assets"] = found["media"]
    for collection, fields in (
        ("scenes", {"title": "s"}),
        ("universes", {"name": "u"}),
        ("moodboards", {"title": "m"}),
    ):
        found[collection] = writer.call("POST", f"/api/{collection}", {**project, **fields})["id"]
    return found


@pytest.fixture(scope="module")
def world(cloud: Cloud) -> World:
    """The cloud at rest."""
    ana, budi = cloud.signed_in("ana"), cloud.signed_in("budi")
    secret = Secret(cloud.local.secrets.session)
    user = ana.call("GET", "/api/auth/session")["user"]["id"]
    host = cloud.local.ports.host("firestore")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FIRESTORE_EMULATOR_HOST", host)
        documents = FirestoreDocuments(PROJECT)
    expired = Sessions(documents, secret, SystemClock(), RandomIds(), -1).start(user)[0]
    return World(cloud, ana, things(ana), things(budi), expired.reveal(), firestore(host))


def check(operation: Operation, request: Request, answer: requests.Response) -> None:
    """The status that must come, with a code that the contract names for it."""
    assert answer.status_code == request.status, f"{operation}: {request.why}: {answer.status_code} {answer.text[:300]}"
    body: dict[str, Any] = answer.json()
    assert body["error"] in operation.codes(answer.status_code), f"{operation}: {request.why}: {body}"
    assert (body["success"], body["requestId"]) == (False, answer.headers["X-Request-Id"])
    if request.names:
        assert str(body.get("field", "")).startswith(request.names), f"{operation}: {request.why}: {body}"


@each
def test_what_the_contract_calls_wrong_is_refused_and_changes_nothing(world: World, operation: Operation) -> None:
    """Bodies, queries and headers, everything else about the request being right."""
    before = world.stored()
    path, body = world.path_ids(operation, world.own), world.body(operation)
    wrong = itertools.chain(
        bad_bodies(operation, named(world.own)),
        bad_queries(operation, named(world.own)),
        bad_headers(operation),
    )
    for request in with_ids(wrong, path, world.query(operation), body):
        check(operation, request, world.send(operation, request))
    assert world.stored() == before


@each
def test_foreign_and_made_up_ids_are_the_same_404(world: World, operation: Operation) -> None:
    """In the path and, one by one, in the body; nothing changes."""
    before = world.stored()
    if operation.parameters("path"):
        answers = []
        for ids in (world.foreign, dict.fromkeys(world.foreign, "made-up")):
            path = world.path_ids(operation, ids)
            request = Request("foreign", 404, path=path, query=world.query(operation), body=world.body(operation))
            answer = world.send(operation, request)
            check(operation, request, answer)
            answers.append({name: value for name, value in answer.json().items() if name != "requestId"})
        assert answers[0] == answers[1]
        for odd in ODD_IDS:
            request = replace(request, why=odd, path=dict.fromkeys(request.path, odd))
            answer = world.send(operation, request)
            assert (answer.status_code, answer.json()["error"]) == (404, "NOT_FOUND"), odd
    for name in set(example_query(operation, {})) & set(OF_BODY):
        for ids in (world.foreign, dict.fromkeys(world.foreign, "made-up")):
            query = urlencode(example_query(operation, {**named(world.own), name: named(ids)[name]}))
            path, why = world.path_ids(operation, world.own), f"{name} of another"
            request = Request(why, 404, path=path, query=query, body=b"a picture")
            check(operation, request, world.send(operation, request, **{"Content-Type": "image/png"}))
    for name in set((operation.body or {"properties": {}})["properties"]) & set(OF_BODY):
        whole = json.loads(world.body(operation, whole=True) or b"{}")
        for value in (named(world.foreign)[name], named(dict.fromkeys(world.foreign, "made-up"))[name]):
            body = json.dumps({**whole, name: value}).encode()
            status = 422 if name in ("imageReferenceId", "sourceImageId") else 404
            request = Request(f"{name} of another", status, path=world.path_ids(operation, world.own), body=body)
            check(operation, request, world.send(operation, request))
    assert world.stored() == before


@each
def test_who_is_not_signed_in_gets_nothing(world: World, operation: Operation) -> None:
    """No session, a made-up one, a forged one, an expired one; a foreign origin; a cookie without an origin."""
    before = world.stored()
    query = world.query(operation)
    request = Request(
        "session", 401, path=world.path_ids(operation, world.own), query=query, body=world.body(operation)
    )
    if operation.spec["security"]:
        token = world.ana.http.cookies["session"]
        for session in ("", "made-up", token[:-2] + "xx", token + "a", world.expired, "a.b.c", "." * 3000):
            for headers in ({"Cookie": f"session={session}"}, {"Cookie": "", "Authorization": f"Bearer {session}"}):
                check(operation, request, world.send(operation, request, **headers))
    if operation.method != "GET" and operation.needs_session:
        foreign = Request("origin", 403, path=request.path, body=request.body)
        for origin in ("https://evil.example", "null", world.cloud.local.url + ".evil.example", ""):
            check(operation, foreign, world.send(operation, foreign, Origin=origin))
    assert world.stored() == before


@each
def test_a_method_that_a_path_does_not_have_is_refused(world: World, operation: Operation) -> None:
    """405 with the methods that it has."""
    others = {other.method for other in OPERATIONS if other.path == operation.path}
    request = Request("method", 405, path=world.path_ids(operation, world.own))
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - others:
        answer = world.send(Operation(method, operation.path, operation.spec), request)
        assert (answer.status_code, answer.json()["error"]) == (405, "METHOD_NOT_ALLOWED")
        assert answer.headers["Allow"] == ", ".join(sorted(others))
