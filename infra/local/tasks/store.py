"""Queues, tasks, used names and the signing key in one SQLite file: nothing is lost by a kill -9."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.cloud import tasks_v2

from infra.local.signing import SigningKey
from infra.local.tasks.checks import queue_of

TABLES = """
    pragma journal_mode = wal;
    pragma synchronous = normal;
    create table if not exists queues (name text primary key, message blob);
    create table if not exists tasks (name text primary key, queue text, due real, first_attempt real, message blob);
    create index if not exists by_due on tasks (queue, due);
    create table if not exists used_names (name text primary key, until real);
    create table if not exists keys (pem blob);
"""


class Store:
    """Not thread-safe: it is used under the backlog's lock. Times are seconds of the emulator's clock."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.executescript(TABLES)

    def queues(self, prefix: str = "") -> list[Any]:
        """Every queue whose name starts so, by name."""
        rows = self._db.execute("select message from queues where name glob ? || '*' order by name", (prefix,))
        return [tasks_v2.Queue.deserialize(message) for (message,) in rows]

    def queue(self, name: str) -> Any | None:
        """One queue."""
        row = self._db.execute("select message from queues where name = ?", (name,)).fetchone()
        return tasks_v2.Queue.deserialize(row[0]) if row else None

    def save_queue(self, queue: Any) -> None:
        """Insert or replace a queue."""
        self._db.execute("insert or replace into queues values (?, ?)", (queue.name, tasks_v2.Queue.serialize(queue)))

    def delete_queue(self, name: str) -> None:
        """Delete a queue, not its tasks."""
        self._db.execute("delete from queues where name = ?", (name,))

    def task(self, name: str) -> Any | None:
        """One task."""
        row = self._db.execute("select message from tasks where name = ?", (name,)).fetchone()
        return tasks_v2.Task.deserialize(row[0]) if row else None

    def tasks(self, queue: str, after: str = "", limit: int = -1) -> list[Any]:
        """A queue's tasks by name, those behind `after` only."""
        query = "select message from tasks where queue = ? and name > ? order by name limit ?"
        rows = self._db.execute(query, (queue, after, limit))
        return [tasks_v2.Task.deserialize(message) for (message,) in rows]

    def save_task(self, task: Any, first_attempt: float | None = None) -> None:
        """Insert or replace a task; the time of its first attempt is kept once it is set."""
        self._db.execute(
            "insert into tasks values (?, ?, ?, ?, ?) on conflict (name) do update set due = excluded.due, "
            "message = excluded.message, first_attempt = coalesce(first_attempt, excluded.first_attempt)",
            (
                task.name,
                queue_of(task.name),
                task.schedule_time.timestamp(),
                first_attempt,
                tasks_v2.Task.serialize(task),
            ),
        )

    def first_attempt(self, name: str) -> float | None:
        """When a task was first sent."""
        row = self._db.execute("select first_attempt from tasks where name = ?", (name,)).fetchone()
        return row[0] if row else None

    def delete_task(self, name: str, taken_until: float) -> None:
        """Delete a task, and keep its name taken; both or neither."""
        with self._transaction():
            self._db.execute("delete from tasks where name = ?", (name,))
            self.use_name(name, taken_until)

    def due(self, queue: str, now: float, limit: int) -> Iterator[tuple[str, Any]]:
        """Names and messages of a queue's tasks that are due, oldest first."""
        query = "select name, message from tasks where queue = ? and due <= ? order by due limit ?"
        for name, message in self._db.execute(query, (queue, now, limit)).fetchall():
            yield name, tasks_v2.Task.deserialize(message)

    def next_due(self, queue: str, now: float) -> float | None:
        """When the first task is due that is not due yet."""
        query = "select min(due) from tasks where queue = ? and due > ?"
        moment: float | None = self._db.execute(query, (queue, now)).fetchone()[0]
        return moment

    def count(self, queue: str, now: float) -> tuple[int, int]:
        """How many tasks are due, and how many are scheduled for later."""
        query = "select coalesce(sum(due <= ?), 0), coalesce(sum(due > ?), 0) from tasks where queue = ?"
        due, later = self._db.execute(query, (now, now, queue)).fetchone()
        return int(due), int(later)

    def use_name(self, name: str, until: float) -> None:
        """Take a task's or a queue's name."""
        self._db.execute("insert or replace into used_names values (?, ?)", (name, until))

    def was_used(self, name: str, now: float) -> bool:
        """Whether the name is taken by something that is no more."""
        self._db.execute("delete from used_names where until <= ?", (now,))
        return self._db.execute("select 1 from used_names where name = ?", (name,)).fetchone() is not None

    def signing_key(self) -> SigningKey:
        """The key of the tokens, made on first use."""
        row = self._db.execute("select pem from keys").fetchone()
        if row:
            return SigningKey(row[0])
        key = SigningKey.generate()
        self._db.execute("insert into keys values (?)", (key.pem,))
        return key

    def clear(self) -> None:
        """Delete everything but the key."""
        with self._transaction():
            self._db.execute("delete from queues")
            self._db.execute("delete from tasks")
            self._db.execute("delete from used_names")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _transaction(self) -> sqlite3.Connection:
        """Commit at the end of the `with` block, or roll back when it raises."""
        self._db.execute("begin immediate")
        return self._db
