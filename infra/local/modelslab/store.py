"""Jobs, the ledger and results: rows in SQLite, pictures in files. An answer is given after its rows are on disk."""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.modelslab.refusals import Refusal, queue_full

TABLES = """
    pragma journal_mode = wal;
    pragma synchronous = normal;
    create table if not exists jobs (id integer primary key autoincrement, terms text, file text, created real,
        status text default 'processing', message text default '', polls integer default 0,
        polls_at_end integer default 0, ended real default 0);
    create table if not exists ledger (n integer primary key autoincrement, job integer, at real, amount integer,
        model text, track_id text);
    create table if not exists pictures (job integer, n integer, data blob);
    create table if not exists files (name text primary key, job integer, type text, created real);
    create table if not exists bodies (digest text primary key);
    insert into sqlite_sequence select 'jobs', 155262349 where not exists (select 1 from sqlite_sequence);
"""
CLEARING = "delete from jobs; delete from ledger; delete from pictures; delete from files; delete from bodies;"
COLUMNS = "id, terms, file, created, status, message, polls, polls_at_end, ended"
# A job that is stuck has been forgotten by the service: it no longer has a place in the queue.
WAITING = "status = 'processing' and json_extract(terms, '$.switches.stuck') is null"


@dataclass(frozen=True)
class Terms:
    """What a job was accepted for. `ratio` of a picture, or `film`, a `Film`'s fields; `price` in all.

    `origin`: of the request, for links; `switches`: what shall go wrong with it.
    """

    model: str
    prompt: str
    ratio: str
    origin: str
    price: int
    webhook: str = ""
    track_id: str | int | None = None
    film: dict[str, Any] | None = None
    meta: dict[str, Any] = field(default_factory=dict)
    switches: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """A request that was accepted. `status`: processing, success or failed. `file`: the name of its result."""

    id: int
    terms: Terms
    file: str
    created: float
    status: str
    message: str
    polls: int
    polls_at_end: int
    ended: float

    @property
    def kind(self) -> str:
        """The media type of its result."""
        return "video/mp4" if self.terms.film else "image/png"

    @property
    def polls_since_end(self) -> int:
        """How often it was fetched since it ended."""
        return self.polls - self.polls_at_end

    @property
    def seconds(self) -> float:
        """From the submit to the end."""
        return round(self.ended - self.created, 2)

    def has(self, switch: str) -> bool:
        """Whether a switch is on for this job."""
        return switch in self.terms.switches


class Store:
    """Thread-safe. Money is in thousandths of a dollar, times in seconds since the epoch."""

    def __init__(self, state: Path) -> None:
        self._files = state / "files"
        self._files.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(state / "modelslab.sqlite", check_same_thread=False, isolation_level=None)
        self._db.executescript(TABLES)

    def accept(self, terms: Terms, pictures: Sequence[bytes], now: float, limit: int, opening: int) -> Job:
        """Insert a job and charge for it, in one step. Raises Refusal: a full queue, or too little money."""
        suffix = "" if terms.switches.get("link") == "bare" else ".mp4" if terms.film else ".png"
        with self._transaction():
            if self.queued() >= limit:
                raise queue_full(limit)
            if opening - self.spent() < terms.price:
                raise Refusal(402)
            insert = "insert into jobs (terms, file, created) values (?, ?, ?)"
            values = (json.dumps(vars(terms)), f"{uuid.uuid4()}{suffix}", now)
            job_id = self._db.execute(insert, values).lastrowid or 0
            rows = [(job_id, n, data) for n, data in enumerate(pictures)]
            self._db.executemany("insert into pictures values (?, ?, ?)", rows)
            self._book(job_id, now, terms.price, terms)
        return self._existing(job_id)

    def job(self, job_id: int) -> Job | None:
        """A job by its id."""
        rows = self._rows(f"select {COLUMNS} from jobs where id = ?", job_id)  # noqa: S608 a constant
        return _job(rows[0]) if rows else None

    def jobs(self) -> list[Job]:
        """All, the newest first."""
        query = f"select {COLUMNS} from jobs order by id desc"  # noqa: S608 a constant
        return [_job(row) for row in self._rows(query)]

    def next_job(self) -> Job | None:
        """The one whose turn it is."""
        query = f"select {COLUMNS} from jobs where {WAITING} order by id limit 1"  # noqa: S608 constants
        rows = self._rows(query)
        return _job(rows[0]) if rows else None

    def queued(self) -> int:
        """How many jobs are not finished."""
        return int(self._rows(f"select count(*) from jobs where {WAITING}")[0][0])  # noqa: S608 a constant

    def count_poll(self, job_id: int) -> Job | None:
        """The job, with one poll more."""
        self._rows("update jobs set polls = polls + 1 where id = ?", job_id)
        return self.job(job_id)

    def pictures(self, job_id: int) -> list[bytes]:
        """The reference pictures of a job, in their order."""
        return [data for (data,) in self._rows("select data from pictures where job = ? order by n", job_id)]

    @contextmanager
    def result(self, job: Job) -> Iterator[Path]:
        """Where to write a job's result, which is kept when the block has ended well."""
        draft = self._files / f"{job.file}.draft"
        yield draft
        draft.replace(self._files / job.file)

    def succeed(self, job: Job, now: float) -> None:
        """End a job whose result was written. One that was deleted meanwhile stays deleted."""
        with self._transaction():
            if ended := self._end(job.id, now, "success", ""):
                self._list(job.file, job.kind, now, job.id)
        if not ended:
            (self._files / job.file).unlink()

    def fail(self, job: Job, message: str, now: float, *, refund: bool) -> None:
        """End the job without a result; `refund`: give the money back."""
        with self._transaction():
            if self._end(job.id, now, "failed", message) and refund:
                self._book(job.id, now, -job.terms.price, job.terms)

    def keep(self, name: str, data: bytes, now: float, kind: str) -> None:
        """Keep an upload to be downloaded; `kind` is its media type."""
        (self._files / name).write_bytes(data)
        self._list(name, kind, now, 0)

    def file(self, name: str, since: float) -> tuple[Path, str, Job | None] | None:
        """A file that was made since a time: where it is, its media type, and whose result it is."""
        rows = self._rows("select job, type from files where name = ? and created > ?", name, since)
        return (self._files / name, rows[0][1], self.job(rows[0][0])) if rows else None

    def delete(self, job_id: int) -> bool:
        """Delete a job and its result. What was charged stays charged. False: there is no such job."""
        names = [name for (name,) in self._rows("select name from files where job = ?", job_id)]
        with self._transaction():
            gone = self._db.execute("delete from jobs where id = ?", (job_id,)).rowcount > 0
            self._db.execute("delete from files where job = ?", (job_id,))
        for name in names:
            (self._files / name).unlink(missing_ok=True)
        return gone

    def seen_before(self, digest: str) -> bool:
        """Whether a body was seen before; it has been from now on."""
        with self._lock:
            return self._db.execute("insert or ignore into bodies values (?)", (digest,)).rowcount == 0

    def spent(self) -> int:
        """Charges less refunds."""
        return int(self._rows("select coalesce(sum(amount), 0) from ledger")[0][0])

    def ledger(self) -> list[dict[str, Any]]:
        """Charges, and refunds with negative amounts, oldest first."""
        rows = self._rows("select n, job, at, amount, model, track_id from ledger order by n")
        return [
            {"n": n, "id": job, "at": at, "amount": amount / 1000, "model": model, "track_id": json.loads(track_id)}
            for n, job, at, amount, model, track_id in rows
        ]

    def clear(self) -> None:
        """Delete everything; ids go on counting, so that no old one gets a new meaning."""
        with self._lock:
            self._db.executescript(CLEARING)
            for path in self._files.iterdir():
                path.unlink()

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._db.close()

    def _existing(self, job_id: int) -> Job:
        job = self.job(job_id)
        assert job
        return job

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def _list(self, name: str, kind: str, now: float, job_id: int) -> None:
        self._rows("insert into files values (?, ?, ?, ?)", name, job_id, kind, now)

    def _end(self, job_id: int, now: float, status: str, message: str) -> bool:
        """False: there is no such job."""
        self._rows("delete from pictures where job = ?", job_id)
        update = "update jobs set status = ?, message = ?, ended = ?, polls_at_end = polls where id = ?"
        return self._db.execute(update, (status, message, now, job_id)).rowcount > 0

    def _book(self, job_id: int, now: float, amount: int, terms: Terms) -> None:
        insert = "insert into ledger (job, at, amount, model, track_id) values (?, ?, ?, ?, ?)"
        self._rows(insert, job_id, now, amount, terms.model, json.dumps(terms.track_id))


def _job(row: tuple[Any, ...]) -> Job:
    job_id, terms, *rest = row
    return Job(job_id, Terms(**json.loads(terms)), *rest)
