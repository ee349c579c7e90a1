"""What the emulator answers is what Drive's own description says: no other name, no other type."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from infra.local.google.discovery import document, parameters, problems
from tests.contract.google.conftest import Google
from tests.contract.google.test_drive_rules import FOLDER, Api

SCHEMAS = document()["schemas"]


def every_answer(ana: Api) -> dict[str, tuple[str, Any]]:
    """One of everything that the emulator answers: schema and body."""
    folder = ana.folder()
    made = ana.upload(parents=[folder], appProperties={"k": "v"})["id"]
    public = ana.by_hand(public=True, resource_key="0-k")
    shortcut = ana.by_hand(mime_type="application/vnd.google-apps.shortcut", data=b"", public=True, target=public)
    token = ana.get("changes/startPageToken")["startPageToken"]
    ana.call("POST", f"files/{made}/permissions", {"role": "reader", "type": "anyone"})
    gone = ana.upload()["id"]
    ana.call("DELETE", f"files/{gone}")
    key = {"fields": "*", "resource": f"{public}/0-k"}
    return {
        "about": ("About", ana.get("about", fields="*")),
        "ids": ("GeneratedIds", ana.get("files/generateIds", count="2")),
        "file": ("File", ana.get(f"files/{made}", fields="*")),
        "folder": ("File", ana.get(f"files/{folder}", fields="*")),
        "public": ("File", ana.anonymous(public, **key).json()),
        "shortcut": ("File", ana.anonymous(shortcut, fields="*").json()),
        "files": ("FileList", ana.get("files", fields="*")),
        "changes": ("ChangeList", ana.get("changes", pageToken=token, fields="*")),
        "token": ("StartPageToken", ana.get("changes/startPageToken")),
        "permissions": ("PermissionList", ana.get(f"files/{made}/permissions", fields="*")),
        "renamed": ("File", ana.call("PATCH", f"files/{made}", {"name": "x"}, fields="*").json()),
    }


def test_every_answer_is_as_it_is_described(google: Google) -> None:
    """Judged by the discovery document that Google's own client ships."""
    for name, (schema, body) in every_answer(Api(google)).items():
        assert problems(body, SCHEMAS[schema]) == [], name
        assert len(body) > 1, name


def test_the_judge_sees_a_wrong_name_and_a_wrong_type() -> None:
    """It would be worth nothing otherwise."""
    assert problems({"colour": "red"}, SCHEMAS["File"]) == [".colour: no such field"]
    assert problems({"size": 5}, SCHEMAS["File"]) == [".size: 5 is no string"]
    assert problems({"size": "five"}, SCHEMAS["File"]) == [".size: no number"]
    assert problems({"parents": ["a", 1]}, SCHEMAS["File"]) == [".parents[]: 1 is no string"]
    assert problems({"files": [{"trashed": "no"}]}, SCHEMAS["FileList"]) == [".files[].trashed: 'no' is no boolean"]


@pytest.mark.parametrize(
    ("method", "verb", "path"),
    [
        ("about.get", "GET", "about"),
        ("files.list", "GET", "files"),
        ("files.get", "GET", "files/{id}"),
        ("files.generateIds", "GET", "files/generateIds"),
        ("files.create", "POST", "files"),
        ("files.update", "PATCH", "files/{id}"),
        ("files.delete", "DELETE", "files/{id}"),
        ("permissions.create", "POST", "files/{id}/permissions"),
        ("permissions.list", "GET", "files/{id}/permissions"),
        ("permissions.delete", "DELETE", "files/{id}/permissions/anyoneWithLink"),
        ("changes.list", "GET", "changes"),
        ("changes.getStartPageToken", "GET", "changes/startPageToken"),
    ],
)
def test_a_method_takes_its_own_parameters_and_no_others(google: Google, method: str, verb: str, path: str) -> None:
    """Every documented one is known, a made-up one never."""
    ana = Api(google)
    made = ana.upload()["id"]
    bodies = {"files.create": {"name": "f", "mimeType": FOLDER}, "files.update": {"name": "g"},
              "permissions.create": {"role": "reader", "type": "anyone"}}  # fmt: skip

    def unknown(name: str) -> bool:
        answer: requests.Response = ana.call(verb, path.format(id=made), bodies.get(method), **{name: "1"})
        return answer.status_code == 400 and f'Unknown name "{name}"' in answer.json()["error"]["message"]

    assert unknown("madeUp")
    assert [name for name in sorted(parameters(method)) if unknown(name)] == []
