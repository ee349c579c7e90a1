"""Buckets, objects and unfinished uploads: resources in SQLite, bytes in files. All of it survives a kill."""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from pathlib import Path
from typing import Any

TABLES = """
    pragma journal_mode = wal;
    pragma synchronous = normal;
    create table if not exists buckets (name text primary key, resource text);
    create table if not exists objects
        (bucket text, name text, created real, file text, resource text, primary key (bucket, name));
    create table if not exists uploads (id text primary key, created real, file text, session text);
"""

Resource = dict[str, Any]


class Store:
    """Thread-safe; `lock` is for what must be one step. A file belongs to a row, or is removed at the next start."""

    def __init__(self, state: Path) -> None:
        self._files = state / "objects"
        self._files.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self._db = sqlite3.connect(state / "storage.sqlite", check_same_thread=False, isolation_level=None)
        self._db.executescript(TABLES)
        kept = {file for (file,) in self._db.execute("select file from objects union select file from uploads")}
        for path in self._files.iterdir():
            if path.name not in kept:
                path.unlink()

    def new_file(self) -> Path:
        """A path that nothing has yet."""
        return self._files / uuid.uuid4().hex

    def bucket(self, name: str) -> Resource | None:
        """A bucket's resource."""
        with self.lock:
            row = self._db.execute("select resource from buckets where name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def buckets(self) -> list[Resource]:
        """All buckets by name."""
        with self.lock:
            rows = self._db.execute("select resource from buckets order by name").fetchall()
        return [json.loads(resource) for (resource,) in rows]

    def put_bucket(self, resource: Resource) -> None:
        """Insert or replace."""
        with self.lock:
            self._db.execute("insert or replace into buckets values (?, ?)", (resource["name"], json.dumps(resource)))

    def delete_bucket(self, name: str) -> None:
        """Delete a bucket that is empty."""
        with self.lock:
            self._db.execute("delete from buckets where name = ?", (name,))

    def object(self, bucket: str, name: str) -> tuple[Resource, Path] | None:
        """An object's resource and file."""
        query = "select resource, file from objects where bucket = ? and name = ?"
        with self.lock:
            row = self._db.execute(query, (bucket, name)).fetchone()
        return (json.loads(row[0]), self._files / row[1]) if row else None

    def objects(self, bucket: str) -> list[Resource]:
        """All objects of a bucket, by name as bytes."""
        with self.lock:
            rows = self._db.execute("select resource from objects where bucket = ? order by name", (bucket,)).fetchall()
        return [json.loads(resource) for (resource,) in rows]

    def put_object(self, resource: Resource, path: Path, created: float) -> None:
        """Insert or replace; the file of what was there before is removed."""
        bucket, name = resource["bucket"], resource["name"]
        with self.lock:
            old = self.object(bucket, name)
            row = (bucket, name, created, path.name, json.dumps(resource))
            self._db.execute("insert or replace into objects values (?, ?, ?, ?, ?)", row)
            if old and old[1] != path:
                old[1].unlink()

    def change_object(self, resource: Resource) -> None:
        """Replace the resource, not the bytes."""
        values = (json.dumps(resource), resource["bucket"], resource["name"])
        with self.lock:
            self._db.execute("update objects set resource = ? where bucket = ? and name = ?", values)

    def delete_object(self, bucket: str, name: str) -> None:
        """Delete the row, then the file."""
        with self.lock:
            old = self.object(bucket, name)
            self._db.execute("delete from objects where bucket = ? and name = ?", (bucket, name))
            if old:
                old[1].unlink()

    def older_than(self, bucket: str, moment: float) -> list[str]:
        """The names of objects that were made before a moment (seconds since the epoch)."""
        query = "select name from objects where bucket = ? and created <= ?"
        with self.lock:
            return [name for (name,) in self._db.execute(query, (bucket, moment))]

    def put_upload(self, upload_id: str, created: float, path: Path, session: Resource) -> None:
        """Begin or change an upload; its bytes so far are in the file."""
        row = (upload_id, created, path.name, json.dumps(session))
        with self.lock:
            self._db.execute("insert or replace into uploads values (?, ?, ?, ?)", row)

    def upload(self, upload_id: str) -> tuple[float, Path, Resource] | None:
        """When it began, its file and its session."""
        query = "select created, file, session from uploads where id = ?"
        with self.lock:
            row = self._db.execute(query, (upload_id,)).fetchone()
        return (row[0], self._files / row[1], json.loads(row[2])) if row else None

    def delete_upload(self, upload_id: str) -> None:
        """Forget an upload, not its file: that is an object's by now, or is removed at the next start."""
        with self.lock:
            self._db.execute("delete from uploads where id = ?", (upload_id,))

    def clear(self) -> None:
        """Delete everything."""
        with self.lock:
            self._db.executescript("delete from buckets; delete from objects; delete from uploads;")
            for path in self._files.iterdir():
                path.unlink()

    def close(self) -> None:
        """Close the database."""
        with self.lock:
            self._db.close()
