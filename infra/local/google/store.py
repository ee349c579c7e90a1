"""What the emulator remembers, in one SQLite file: rows of JSON by kind and id. Nothing is lost by kill -9."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Row = dict[str, Any]

TABLES = """
    pragma journal_mode = wal;
    pragma synchronous = normal;
    create table if not exists rows (kind text, id text, body text, primary key (kind, id));
"""


class Store:
    """Thread-safe; `atomic` holds the lock over several calls and writes them together."""

    def __init__(self, state: Path) -> None:
        state.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(state / "google.sqlite", check_same_thread=False, isolation_level=None)
        self._db.executescript(TABLES)

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """All of what is written inside, or nothing."""
        with self._lock:
            self._depth += 1
            if self._depth == 1:
                self._db.execute("begin immediate")
            try:
                yield
                if self._depth == 1:
                    self._db.execute("commit")
            except BaseException:
                if self._depth == 1:
                    self._db.execute("rollback")
                raise
            finally:
                self._depth -= 1

    def get(self, kind: str, row_id: str) -> Row | None:
        """A row."""
        with self._lock:
            found = self._db.execute("select body from rows where kind = ? and id = ?", (kind, row_id)).fetchone()
        return json.loads(found[0]) if found else None

    def put(self, kind: str, row_id: str, body: Row) -> None:
        """Insert or replace a row."""
        with self._lock:
            self._db.execute("insert or replace into rows values (?, ?, ?)", (kind, row_id, json.dumps(body)))

    def delete(self, kind: str, row_id: str) -> None:
        """Remove a row, if there is one."""
        with self._lock:
            self._db.execute("delete from rows where kind = ? and id = ?", (kind, row_id))

    def all(self, kind: str) -> dict[str, Row]:
        """Every row of a kind by id, in the order of insertion."""
        with self._lock:
            rows = self._db.execute("select id, body from rows where kind = ? order by rowid", (kind,)).fetchall()
        return {row_id: json.loads(body) for row_id, body in rows}

    def clear(self) -> None:
        """Forget everything but the signing keys."""
        with self._lock:
            self._db.execute("delete from rows where kind != 'key'")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
