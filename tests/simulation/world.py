"""A whole backend in memory, with virtual time: a job's life takes milliseconds."""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import msgspec

from shared.accounts.model import User, user_key
from shared.adapters.pillow_pictures import PillowPictures
from shared.core.documents import Change, Create, Query, change, get
from shared.core.errors import AppError, DriveNotConnected, DriveReconnectRequired, NotFound, RetryableError
from shared.core.logs import Logger
from shared.core.queue import Task
from shared.core.secret import Secret
from shared.credits import model as credit
from shared.drive.model import Access, Connection, connection_key
from shared.generation.accept import accept
from shared.generation.advance import advance
from shared.generation.animations import AnimationRequest, draft_animation
from shared.generation.control import note_webhook, sweep
from shared.generation.engine import Engine
from shared.generation.model import Job, Step
from shared.generation.mp4.boxes import children, content
from shared.generation.mp4.cut import cut
from shared.generation.mp4.movie import read_movie
from shared.generation.requests import CharacterRequest, draft_character
from shared.generation.signing import Signer
from shared.media.model import Media, media_key
from shared.stories.model import Character, Moodboard, Project, entity_key
from tests.fakes.clock import CountingIds, VirtualClock
from tests.fakes.documents import MemoryDocuments
from tests.fakes.drive import MemoryDrive, Stored
from tests.fakes.provider import MemoryProvider, png
from tests.fakes.queue import MemoryQueue
from tests.fakes.staging import MemoryStaging
from tests.simulation.invariants import violations

SWEEP_SECONDS = 60
OVERDUE = timedelta(seconds=20)  #: how late a job must be before the sweeper takes it for forgotten
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class Crash(BaseException):
    """The process dies here. Not an Exception: nothing in the product may catch it."""


class RememberedPictures(PillowPictures):
    """The real ones; what was made of the same bytes is not made again."""

    def __init__(self) -> None:
        self.framed = functools.cache(super().framed)  # type: ignore[method-assign] # remembered
        self.preview = functools.cache(super().preview)  # type: ignore[method-assign] # remembered


class MemoryConnections:
    """The engine's view of the connections: state as stored, tokens by counting."""

    def __init__(self, world: World) -> None:
        self._world = world

    def access(self, user_id: str) -> Access:
        """See `DriveAccess`."""
        connection = self._world.documents.get([connection_key(user_id)])[0].read_or_none(Connection)
        if connection is None or connection.state == "disconnected":
            raise DriveNotConnected
        if connection.state == "needs_reconnect":
            raise DriveReconnectRequired(reason=connection.reason)
        return Access(user_id, connection.google_sub, Secret(f"ya29.{connection.version}"))

    def renew(self, access: Access) -> Access:
        """See `DriveAccess`."""
        return self.access(access.user_id)

    def ensure_folder(self, access: Access) -> str:
        """See `DriveAccess`."""
        drive = self._world.engine.drive()
        found = drive.find_folder(access)
        return found.id if found else drive.create_folder(access, drive.generate_ids(access, 1)[0]).id


class World:
    """Everything, and the moves that a test or a random history makes."""

    def __init__(self, *, concurrency: int = 5, limit: int = 5, most_tasks: int = 20_000) -> None:
        self.clock = VirtualClock()
        self.ids = CountingIds()
        self.documents = MemoryDocuments()
        self.queue = MemoryQueue(self.clock, most=most_tasks)
        self.provider = MemoryProvider(self.clock, limit=limit)
        self.drive = MemoryDrive()
        self.staging = MemoryStaging(self.clock)
        self.log = io.StringIO()
        self.reached: Callable[[str], None] = lambda _: None
        self.crashes = 0
        self._webhooks_sent: set[str] = set()
        connections = MemoryConnections(self)
        pictures = RememberedPictures()
        self.engine = Engine(
            documents=self.documents,
            queue=self.queue,
            clock=self.clock,
            ids=self.ids,
            logger=Logger(self.log),
            signer=Signer(lambda: Secret("session secret"), "https://studio.example"),
            provider=lambda: self.provider,
            connections=lambda: connections,
            drive=lambda: self.drive,
            staging=lambda: self.staging,
            pictures=lambda: pictures,
            concurrency=concurrency,
            reached=lambda name: self.reached(name),
        )

    # -- people

    def add_user(self, user_id: str, credits_: int = 100) -> str:
        """A user with credits, a connected Drive, a project and one character named like them."""
        now = self.clock.now()
        user = User(id=user_id, tenant_id="default", account_id=f"a-{user_id}", created_at=now)
        user, entry = credit.grant(user, f"signup-{user_id}", credits_, "sign-up", now)
        owned: dict[str, Any] = {"user_id": user_id, "tenant_id": "default", "created_at": now, "updated_at": now}
        connection = Connection(user_id=user_id, tenant_id="default", google_sub=f"sub-{user_id}", connected_at=now)
        project = Project(id=f"p-{user_id}", name="Story", **owned)
        character = Character(id=f"c-{user_id}", project_id=project.id, name=user_id, **owned)
        moodboard = Moodboard(id=f"m-{user_id}", project_id=project.id, title="board", **owned)
        source = self._source(user_id, project.id, owned)
        writes = (
            Create(user_key(user_id), user),
            Create(credit.entry_key(entry.id), entry),
            Create(connection_key(user_id), connection),
            Create(entity_key("projects", project.id), project),
            Create(entity_key("characters", character.id), character),
            Create(entity_key("moodboards", moodboard.id), moodboard),
            Create(media_key(source.id), source),
        )
        self.documents.commit(writes, self.ids.new())
        return user_id

    def _source(self, user_id: str, project_id: str, owned: dict[str, Any]) -> Media:
        """A picture in the user's Drive that was not made by a job."""
        file_id, data = f"drive-{user_id}", png((1, 2, 3))
        self.drive.files[file_id] = Stored(f"sub-{user_id}", "source.png", "image/png", None, data)
        return Media(
            id=f"i-{user_id}",
            project_id=project_id,
            entity_type="character",
            entity_id=f"c-{user_id}",
            media_type="image",
            source_type="uploaded",
            file_name="source.png",
            mime_type="image/png",
            file_size_bytes=len(data),
            drive_file_id=file_id,
            google_sub=f"sub-{user_id}",
            **owned,
        )

    def ask(self, user_id: str, key: str | None = None, **more: Any) -> list[Job]:
        """Ask for a picture of the user's character."""
        asked = CharacterRequest(character_id=f"c-{user_id}", **more)
        return accept(self.engine, user_id, draft_character(self.documents, user_id, asked), idempotency_key=key)

    def film(self, user_id: str, key: str | None = None, *, duration: int = 6) -> Job:
        """Ask for a film of a picture that the user has in Drive."""
        asked = AnimationRequest(
            moodboard_id=f"m-{user_id}",
            source_image_id=f"i-{user_id}",
            duration=duration,
            motion_type="none",
            resolution="1920x1080",
            fps=25,
            generate_audio=False,
            source_fit="pad",
            crop_at=0.5,
        )
        return accept(self.engine, user_id, draft_animation(self.documents, user_id, asked), idempotency_key=key)[0]

    def ready(self, job: Job, *outputs: str) -> Job:
        """The same job as if the provider had it at these addresses."""
        return msgspec.structs.replace(job, step=Step.READY, outputs=outputs)

    def set_connection(self, user_id: str, **changes: Any) -> None:
        """Change a connection as the accounts domain would."""
        key = connection_key(user_id)

        def decide(reads: Any) -> Change:
            from shared.core.documents import write

            return Change((write(reads[key], msgspec.structs.replace(reads[key].read(Connection), **changes)),))

        change(self.documents, [key], decide, command=self.ids.new())

    def user(self, user_id: str) -> User:
        """A user as stored."""
        return get(self.documents, user_key(user_id), User)

    def job(self, job_id: str) -> Job:
        """A job as stored."""
        return self.engine.job(job_id)

    # -- time

    def handle(self, task: Task) -> None:
        """What `tasks_advance_job` does: a refusal that a repeat cannot mend drops the task; a crash repeats it."""
        try:
            advance(self.engine, task.payload["jobId"], announced=task.payload.get("announced", False))
        except RetryableError:
            raise
        except AppError:
            pass
        except Crash as crash:
            self.crashes += 1
            raise RetryableError("the process died") from crash

    def post_webhooks(self, *, twice: bool = False) -> None:
        """The provider posts the webhooks of what has ended."""
        for job in list(self.provider.jobs.values()):
            if job.id not in self._webhooks_sent and job.done_at <= self.clock.now() and "stuck" not in job.faults:
                self._webhooks_sent.add(job.id)
                for _ in range(2 if twice else 1):
                    self.webhook(job.webhook, job.id)

    def webhook(self, address: str, provider_id: str | None) -> None:
        """One call of a webhook, as the function serves it."""
        job_id, token = address.split("/hooks/modelslab/")[1].split("/")
        try:
            self.engine.signer.check_webhook(job_id, token)
            note_webhook(self.engine, job_id, provider_id)
        except (NotFound, Crash):
            self.crashes += 1

    def run(self, *, webhooks: bool = True, hours: float = 24 * 9) -> None:
        """Let time pass, with a sweep every minute, until every job has ended or the hours are over."""
        end = self.clock.now() + timedelta(hours=hours)
        while True:
            moments: dict[Callable[[], object], datetime | None] = {
                self._post_due: self._next_webhook() if webhooks else None,
                self._run_task: self.queue.next_at(),
                self._sweep: self._next_sweep(),
            }
            coming = {happens: at for happens, at in moments.items() if at is not None}
            if not coming or min(coming.values()) > end:
                return
            first = min(coming, key=lambda happens: coming[happens])
            self.clock.advance_to(coming[first])
            first()

    def _post_due(self) -> None:
        self.post_webhooks(twice=self.queue.duplicate)

    def _run_task(self) -> None:
        self.queue.run_next(self.clock, self.handle)

    def _sweep(self) -> None:
        try:
            sweep(self.engine)
        except Crash:
            self.crashes += 1

    def _next_webhook(self) -> datetime | None:
        """When the provider ends something that it has not told of."""
        ends = [
            job.done_at
            for job in self.provider.jobs.values()
            if job.id not in self._webhooks_sent and "stuck" not in job.faults
        ]
        return min(ends, default=None)

    def _next_sweep(self) -> datetime | None:
        """The first full minute at which a job is overdue; sweeps before it would find nothing."""
        query = Query("generation_jobs", where=(("wakeAt", ">", BEGINNING),), order=(("wakeAt", False),), limit=1)
        found = self.documents.find(query)
        if not found:
            return None
        overdue = found[0].read(Job).wake_at
        assert overdue, "a job that is open"
        due = max(overdue + OVERDUE, self.clock.now() + timedelta(microseconds=1))
        return due + (BEGINNING - due) % timedelta(seconds=SWEEP_SECONDS)

    def open_jobs(self) -> list[Job]:
        """The jobs that have not ended."""
        return [job for job in self.jobs() if not job.is_final]

    def jobs(self) -> list[Job]:
        """Every job."""
        stored = self.documents.dump()
        return [msgspec.convert(data, Job) for key, data in stored.items() if key.collection == "generation_jobs"]

    def violations(self) -> list[str]:
        """What must hold and does not."""
        found = violations(self.documents.dump())
        for job in self.jobs():
            charges, files = self.charges(job), self.files(job)
            if charges > 1:
                found.append(f"I12: job {job.id} was charged {charges} times by the provider")
            if job.step == "delivered":
                if len(files) != 1:
                    found.append(f"I13: job {job.id} has {len(files)} files")
                elif job.provider_id and files[0].data != self.expected(job, job.provider_id):
                    found.append(f"I13: job {job.id} has another job's result")
                elif files[0].owner != f"sub-{job.user_id}":
                    found.append(f"I10: job {job.id} is in the Drive of {files[0].owner}")
            elif job.is_final and files:
                found.append(f"I13: job {job.id} ended as {job.step} and left a file")
        return found

    def charges(self, job: Job) -> int:
        """How often the provider has charged for a job."""
        return self.provider.charges(f"job-{job.id}")

    def files(self, job: Job) -> list[Stored]:
        """The files of a job in anybody's Drive."""
        return self.drive.of_job(job.id)

    def expected(self, job: Job, provider_id: str) -> bytes:
        """What is in Drive when a job was delivered: the provider's bytes, or the beginning of its film."""
        data = self.provider.result_of(self.provider.jobs[provider_id])
        if job.kind != "animation" or job.params["duration"] == job.params["renderedSeconds"]:
            return data
        boxes = {box.kind: box for box in children(data)}
        movie = read_movie(content(data, boxes["moov"]), len(data))
        plan = cut(data[: boxes["ftyp"].end], movie, Fraction(job.params["duration"]))
        return plan.head + b"".join(data[start:end] for start, end in plan.spans)

    def events(self) -> list[dict[str, Any]]:
        """What was logged."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]
