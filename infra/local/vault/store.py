"""Resources of both services in one SQLite file (mode 0600): messages as the clients know them, and what is secret.

Keys and payloads lie in it as they are: for made-up values only.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

from infra.local.gapic.status import invalid

TABLES = """
    pragma journal_mode = wal;
    pragma synchronous = normal;
    create table if not exists resources
        (name text primary key, parent text, number integer, message blob, material blob);
    create index if not exists children on resources (parent, number, name);
"""


class Store:
    """Thread-safe; `lock` is for what must be one step. A resource's parent is the collection that it is in."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self.lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.executescript(TABLES)

    def get(self, name: str, kind: Any) -> Any | None:
        """A resource as a message of its class."""
        with self.lock:
            row = self._db.execute("select message from resources where name = ?", (name,)).fetchone()
        return kind.deserialize(row[0]) if row else None

    def material(self, name: str) -> bytes:
        """What is secret of a resource; empty when it was destroyed."""
        with self.lock:
            row = self._db.execute("select material from resources where name = ?", (name,)).fetchone()
        return bytes(row[0])

    def put(self, message: Any, material: bytes | None = None) -> Any:
        """Insert or change a resource; material None keeps what there is."""
        parent, _, last = message.name.rpartition("/")
        number = int(last) if last.isdigit() else 0
        with self.lock:
            self._db.execute(
                "insert into resources values (?, ?, ?, ?, ?) on conflict (name) do update set "
                "message = excluded.message, material = coalesce(excluded.material, material)",
                (message.name, parent, number, type(message).serialize(message), material),
            )
        return message

    def delete(self, name: str) -> None:
        """Delete a resource and all that is below it."""
        with self.lock:
            self._db.execute("delete from resources where name = ? or name glob ? || '/*'", (name, name))

    def children(self, collection: str, kind: Any) -> list[Any]:
        """All resources of a collection, such as `projects/p/secrets`; versions by their number."""
        query = "select message from resources where parent = ? order by number, name"
        with self.lock:
            rows = self._db.execute(query, (collection,)).fetchall()
        return [kind.deserialize(message) for (message,) in rows]

    def names(self) -> list[str]:
        """The names of all resources."""
        with self.lock:
            return [name for (name,) in self._db.execute("select name from resources order by parent, number, name")]

    def clear(self) -> None:
        """Delete everything."""
        with self.lock:
            self._db.execute("delete from resources")

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self._db.close()


def page(items: list[Any], request: Any, limit: int) -> tuple[list[Any], str]:
    """One page and the token of the next. Raises INVALID_ARGUMENT for filters, which are not emulated."""
    if request.filter or request.page_size < 0 or not (request.page_token or "0").isdigit():
        raise invalid("page_size or page_token is invalid, or a filter is given: filters are not emulated")
    start = int(request.page_token or 0)
    end = start + min(request.page_size or limit, limit)
    return items[start:end], str(end) if end < len(items) else ""
