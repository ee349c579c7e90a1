"""A film of 200 MB from the provider into Drive, against a plain streamed copy with the same checksum."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import requests

from bench.measure import measured, report, verdict
from infra.local.serving import Serving
from shared.adapters.google_drive import GoogleDrive
from shared.adapters.modelslab import ModelsLab
from shared.core.config import Config
from shared.core.logs import Logger
from shared.core.secret import Secret
from shared.drive.model import Access, Upload
from shared.generation.results import index_of, streamed
from tests.contract.google.conftest import Google
from tests.fakes.app import ENV
from tests.fakes.films import film

SIZE = 200_000_000
CHUNK = 256 * 1024


def main(words: list[str]) -> bool:
    """Measure, or be measured."""
    if words:
        place = json.loads(words[0])
        copy = _plain if words[1] == "floor" else _ours
        copy(place, place["small"])  # what is loaded and connected once is no part of it
        report(lambda: copy(place, place["large"]))
        return True
    with tempfile.TemporaryDirectory() as folder:
        place = _site(Path(folder))
        floor, ours = measured("bench.stream", json.dumps(place), rounds=3)
    rate = floor["seconds"] / ours["seconds"]
    title = f"a film of 200 MB into Drive, {ours['seconds']:.2f} s, a plain copy {floor['seconds']:.2f} s"
    return verdict(title, [("× its rate", rate, 0.8, False), ("MiB above idle", ours["mib"], 24.0, True)])


def _site(folder: Path) -> dict[str, Any]:
    """Google, and a host with films, in this process; all that a child must know of them."""
    for name, size in (("large", SIZE), ("small", 1_000_000)):
        whole = film(6, 25)
        _write(folder / name, whole, size)
    app = flask.Flask(__name__)
    app.add_url_rule("/<name>", view_func=lambda name: flask.send_file(folder / name, "video/mp4"))
    host, google = Serving(app), Google(folder / "google")
    tokens = google.tokens()
    sub = google.emulator.accounts.ensure("ana@gmail.com")["sub"]
    place = {"google": google.url, "host": host.url, "token": tokens["access_token"], "sub": sub}
    place |= {name: f"{host.url}/{name}" for name in ("large", "small")}
    return place


def _write(path: Path, whole: bytes, size: int) -> None:
    """A film, and a free box that makes it as large as that."""
    free = size - len(whole)
    with path.open("wb") as file:
        file.write(whole + free.to_bytes(4, "big") + b"free")
        left = free - 8
        while left:
            left -= file.write(os.urandom(min(left, 1 << 20)))


def _drive(place: dict[str, Any]) -> tuple[Config, GoogleDrive, Access]:
    google = place["google"]
    hosts = place["host"].removeprefix("http://")
    env = {**ENV, "DRIVE_API_URL": f"{google}/drive/v3", "DRIVE_UPLOAD_URL": f"{google}/upload/drive/v3"}
    config = Config.from_env({**env, "MODELSLAB_OUTPUT_HOSTS": hosts})
    access = Access("ana", place["sub"], Secret(place["token"]))
    return config, GoogleDrive(config, lambda: Secret("k"), Logger(io.StringIO())), access


def _upload(drive: GoogleDrive, access: Access) -> Upload:
    folder = drive.find_folder(access) or drive.create_folder(access, drive.generate_ids(access, 1)[0])
    file_id = drive.generate_ids(access, 1)[0]
    return Upload(file_id=file_id, name="film.mp4", mime_type="video/mp4", parent=folder.id, app_properties={})


def _ours(place: dict[str, Any], url: str) -> None:
    config, drive, access = _drive(place)
    provider = ModelsLab(config, Secret("k"), Logger(io.StringIO()))
    _, movie, size = index_of(lambda first: provider.open(url, first))
    assert movie.seconds == 6
    chunks = streamed(lambda first: provider.open(url, first), b"", ((0, size),))
    drive.upload(access, _upload(drive, access), chunks, size)


def _plain(place: dict[str, Any], url: str) -> None:
    _, drive, access = _drive(place)
    upload = _upload(drive, access)
    sums = hashlib.sha256()

    def through(answer: requests.Response) -> Iterator[bytes]:
        for chunk in answer.iter_content(CHUNK):
            sums.update(chunk)
            yield chunk

    with requests.get(url, stream=True, timeout=60) as answer:
        size = int(answer.headers["Content-Length"])
        session = requests.post(
            f"{place['google']}/upload/drive/v3/files",
            params={"uploadType": "resumable", "fields": "id,sha256Checksum"},
            headers={
                "Authorization": f"Bearer {place['token']}",
                "X-Upload-Content-Type": "video/mp4",
                "X-Upload-Content-Length": str(size),
            },
            json={"id": upload.file_id, "name": "film.mp4", "parents": [upload.parent]},
            timeout=60,
        ).headers["Location"]
        headers = {"Content-Length": str(size), "Content-Range": f"bytes 0-{size - 1}/{size}"}
        stored = requests.put(session, data=_Sized(through(answer), size), headers=headers, timeout=600)
    assert stored.json()["sha256Checksum"] == sums.hexdigest()


class _Sized:
    """An iterator with a length: else it would be sent in chunks, which Drive does not take."""

    def __init__(self, chunks: Iterator[bytes], size: int) -> None:
        self._chunks, self._size = chunks, size

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
