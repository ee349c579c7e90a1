"""An export of 300 files (2 GB) from Drive, as three zips: in constant memory."""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask

from bench.measure import measured, report, verdict
from functions.api import media_content
from functions.boundary import serve_api
from shared.accounts.model import User, user_key
from shared.adapters.google_drive import GoogleDrive
from shared.core.config import Config
from shared.core.documents import Create
from shared.core.secret import Secret
from shared.drive.model import Access
from shared.media.model import Media, media_key
from tests.contract.google.conftest import Google
from tests.fakes.app import ENV, make_app

FILES, SIZE = 300, 6_700_000


class Drives:
    """A connection that always works."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def access(self, _: str) -> Access:
        """See `DriveAccess`."""
        return self._access

    renew = access


def main(words: list[str]) -> bool:
    """Measure, or be measured."""
    if words:
        place = json.loads(words[0])
        count = 1 if words[1] == "floor" else FILES
        exported(place, 1)  # what is loaded and connected once is no part of it
        report(lambda: exported(place, count))
        return True
    with tempfile.TemporaryDirectory() as folder:
        one, ours = measured("bench.export", json.dumps(_site(Path(folder))), rounds=2)
    title = (
        f"an export of {FILES} files, {FILES * SIZE / 1e9:.1f} GB, {ours['seconds']:.0f} s, one {one['seconds']:.2f} s"
    )
    return verdict(title, [("MiB above idle", ours["mib"], 32.0, True)])


def _site(folder: Path) -> dict[str, Any]:
    google = Google(folder / "google")
    tokens = google.tokens()
    people = google.emulator.people
    ids = []
    for number in range(FILES):
        row = people.add_file("ana@gmail.com", f"{number}.mp4", "video/mp4", size=SIZE)
        ids.append(people.pick("ana@gmail.com", row["id"])["id"])
    sub = google.emulator.accounts.ensure("ana@gmail.com")["sub"]
    return {"google": google.url, "token": tokens["access_token"], "sub": sub, "ids": ids}


def exported(place: dict[str, Any], count: int) -> None:
    """As many files, page by page; the bytes go nowhere."""
    app = make_app(DRIVE_API_URL=f"{place['google']}/drive/v3", DRIVE_UPLOAD_URL=f"{place['google']}/upload/drive/v3")
    config = Config.from_env({**ENV, "DRIVE_API_URL": app.config.drive_api_url})
    app.drive = GoogleDrive(config, lambda: Secret("k"), app.logger)
    app.connections = Drives(Access("ana", place["sub"], Secret(place["token"])))  # type: ignore[assignment]  # enough
    now = app.clock.now()
    writes: list[Any] = [Create(user_key("ana"), User(id="ana", tenant_id="t", account_id="a", created_at=now))]
    for number, file_id in enumerate(place["ids"][:count]):
        writes.append(Create(media_key(f"m{number}"), _media(f"m{number}", file_id, place["sub"], now, number)))
    app.documents.commit(writes, "setup")
    headers = {"Authorization": f"Bearer {app.sessions.start('ana')[0].reveal()}"}
    sent = 0
    token: str | None = None
    while True:
        path = f"/api/media/export{f'?pageToken={token}' if token else ''}"
        with flask.Flask("bench").test_request_context(path, headers=headers):
            answer = serve_api(media_content.ROUTES, flask.request, app)
            assert answer.status_code == 200, answer.get_data()
            sent += sum(map(len, answer.iter_encoded()))
        token = answer.headers.get("X-Next-Page-Token")
        if token is None:
            break
    assert sent > count * SIZE


def _media(media_id: str, file_id: str, sub: str, now: Any, number: int) -> Media:
    made = now - timedelta(seconds=number)
    return Media(
        id=media_id,
        user_id="ana",
        tenant_id="t",
        project_id="p",
        entity_type="animation",
        entity_id="e",
        media_type="video",
        file_name=f"{media_id}.mp4",
        mime_type="video/mp4",
        file_size_bytes=SIZE,
        drive_file_id=file_id,
        google_sub=sub,
        sharing="restricted",
        created_at=made,
        updated_at=made,
    )


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
