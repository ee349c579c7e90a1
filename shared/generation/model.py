"""What a job is and how it may change. Pure: no input, no output, no clock.

::

    queued ──► submitting ──► submitted ──► ready ──► delivered
      ▲            │  └─► submit_unknown ─┘    │  ▲
      └── refused ─┘            │           blocked
                                │
    any of these but ready/blocked ──► cancelling ──► cancelled
    any of these ──► failed, cancelled

The public `state` is what the API shows; the stored `step` is finer. A transition is a method that gives a changed copy
and adds 1 to `rev`; one that the table does not list raises `Conflict`, so a late worker changes nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from shared.core.documents import Key
from shared.core.errors import Conflict
from shared.drive.model import FileRef, Source
from shared.generation.times import Times
from shared.media.model import EntityType


class Step(enum.StrEnum):
    """Where a job is, and who moves it on."""

    QUEUED = "queued"  #: credits are held; a task claims a turn at the provider
    SUBMITTING = "submitting"  #: the provider is being asked, under a lease; a crash here looks like having asked
    SUBMIT_UNKNOWN = "submit_unknown"  #: nobody can say whether it was; the webhook may tell, else it is released
    SUBMITTED = "submitted"  #: the provider has it; the webhook or a poll moves it on
    READY = "ready"  #: the result exists; a task stores it in Drive
    BLOCKED = "blocked"  #: the result is staged until the user mends their Drive
    CANCELLING = "cancelling"  #: what the provider renders is awaited and dropped
    DELIVERED = "delivered"  #: final: the file is in Drive, credits are captured
    FAILED = "failed"  #: final: credits are released
    CANCELLED = "cancelled"  #: final: credits are released


TERMINAL = frozenset({Step.DELIVERED, Step.FAILED, Step.CANCELLED})
AT_PROVIDER = frozenset({Step.SUBMITTING, Step.SUBMIT_UNKNOWN, Step.SUBMITTED, Step.CANCELLING})
_ENDS = frozenset({Step.FAILED, Step.CANCELLED})
EDGES: Mapping[Step, frozenset[Step]] = {
    Step.QUEUED: frozenset({Step.QUEUED, Step.SUBMITTING}) | _ENDS,
    Step.SUBMITTING: frozenset({Step.QUEUED, Step.SUBMITTED, Step.SUBMIT_UNKNOWN, Step.READY, Step.CANCELLING}) | _ENDS,
    Step.SUBMIT_UNKNOWN: frozenset({Step.SUBMIT_UNKNOWN, Step.SUBMITTED, Step.READY, Step.CANCELLING}) | _ENDS,
    Step.SUBMITTED: frozenset({Step.SUBMITTED, Step.READY, Step.CANCELLING}) | _ENDS,
    Step.READY: frozenset({Step.READY, Step.BLOCKED, Step.DELIVERED}) | _ENDS,
    Step.BLOCKED: frozenset({Step.BLOCKED, Step.READY}) | _ENDS,
    Step.CANCELLING: frozenset({Step.CANCELLING}) | _ENDS,
    Step.DELIVERED: frozenset(),
    Step.FAILED: frozenset(),
    Step.CANCELLED: frozenset(),
}
State = Literal["QUEUED", "RUNNING", "ACTION_REQUIRED", "CANCELLING", "SUCCEEDED", "FAILED", "CANCELLED"]
STATES: Mapping[Step, State] = {
    Step.QUEUED: "QUEUED",
    Step.SUBMITTING: "RUNNING",
    Step.SUBMIT_UNKNOWN: "RUNNING",
    Step.SUBMITTED: "RUNNING",
    Step.READY: "RUNNING",
    Step.BLOCKED: "ACTION_REQUIRED",
    Step.CANCELLING: "CANCELLING",
    Step.DELIVERED: "SUCCEEDED",
    Step.FAILED: "FAILED",
    Step.CANCELLED: "CANCELLED",
}
Phase = Literal["waiting", "preparing", "confirming", "rendering", "storing", "waiting_for_you", "cancelling", "done"]
PHASES: Mapping[Step, Phase] = {
    Step.QUEUED: "waiting",
    Step.SUBMITTING: "preparing",
    Step.SUBMIT_UNKNOWN: "confirming",
    Step.SUBMITTED: "rendering",
    Step.READY: "storing",
    Step.BLOCKED: "waiting_for_you",
    Step.CANCELLING: "cancelling",
    Step.DELIVERED: "done",
    Step.FAILED: "done",
    Step.CANCELLED: "done",
}


class Reference(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A picture that a job uses: exactly this version, in this role and order."""

    media_id: str
    role: str
    index: int
    drive_file_id: str
    version: int
    ratio: float = 1.0  #: width by height, as far as it is known: where it stands in a grid
    resource_key: str | None = None
    owned: bool = True  #: the user's token reads it
    public: bool = False  #: anyone with the link does

    def source(self, user_id: str) -> Source:
        """How its bytes are read."""
        file = FileRef(self.drive_file_id, self.resource_key)
        return Source(user_id=user_id, file=file, owned=self.owned, public=self.public)


class JobError(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Why a job ended without a result."""

    code: str
    message: str
    retryable: bool
    charged: bool = False
    media_id: str | None = None  #: which reference it is about


class Job(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`generation_jobs/{id}`, its own outbox: what is due is found by `wakeAt`."""

    id: str
    user_id: str
    tenant_id: str
    project_id: str
    kind: Literal["character", "moodboard", "animation"]
    entity_type: EntityType
    entity_id: str
    media_id: str
    file_name: str
    model: str
    prompt: str
    params: dict[str, Any]
    references: tuple[Reference, ...] = ()
    price: int
    price_version: str
    payload_hash: str
    retry_of: str | None = None
    trace: str | None = None  #: that it was accepted in, which all that is done for it belongs to
    turn: str  #: when it comes to the provider, among those that are queued: the lowest first
    schema_version: int = 1

    step: Step = Step.QUEUED
    rev: int = 1
    wake_at: datetime | None  #: when somebody should look; None only when final
    deadline_at: datetime  #: of the present step: the queue, the rendering, or the user's time to mend
    created_at: datetime
    started_at: datetime | None = None  #: when the provider was first asked
    submitted_at: datetime | None = None
    ready_at: datetime | None = None
    finished_at: datetime | None = None

    nonce: str | None = None  #: of the present attempt to submit
    lease_until: datetime | None = None
    attempts: int = 0  #: begun and not properly ended; a crash leaves it counted
    misses: int = 0  #: results that could not be used
    provider_id: str | None = None
    candidate_provider_id: str | None = None  #: what a webhook said; believed after our own fetch
    expects: Times | None = None  #: how long it may take; frozen when the provider is asked, so that progress is steady
    outputs: tuple[str, ...] = ()
    staged: str | None = None  #: the verified result in the staging bucket
    drive_file_id: str | None = None  #: reserved and stored before the upload
    drive_folder_id: str | None = None
    google_sub: str | None = None  #: the account that the reserved id belongs to
    blocked_reason: str | None = None
    action: str | None = None
    error: JobError | None = None

    @property
    def state(self) -> State:
        """What the API shows."""
        return STATES[self.step]

    @property
    def is_final(self) -> bool:
        """Whether nothing can happen any more."""
        return self.step in TERMINAL

    def to(self, step: Step, **changes: Any) -> Job:
        """The one way to change a job. Raises `Conflict` for a step that does not follow."""
        if step not in EDGES[self.step]:
            raise Conflict(f"job {self.id}: {self.step} does not become {step}")
        return msgspec.structs.replace(self, step=step, rev=self.rev + 1, **changes)

    def claimed(
        self, nonce: str, now: datetime, lease_until: datetime, render_deadline: datetime, expects: Times
    ) -> Job:
        """T2: this attempt, and no other, asks the provider."""
        return self.to(
            Step.SUBMITTING,
            nonce=nonce,
            lease_until=lease_until,
            wake_at=lease_until,
            deadline_at=render_deadline,
            started_at=self.started_at or now,
            expects=expects,
        )

    def accepted(self, provider_id: str, now: datetime, wake_at: datetime) -> Job:
        """T3: the provider has it. A job that is being cancelled only remembers the id."""
        step = Step.CANCELLING if self.step is Step.CANCELLING else Step.SUBMITTED
        return self.to(
            step,
            provider_id=provider_id,
            submitted_at=now,
            wake_at=wake_at,
            lease_until=None,
            nonce=None,
        )

    def requeued(self, wake_at: datetime, queue_deadline: datetime) -> Job:
        """T3r: the provider's queue was full; nothing was accepted."""
        return self.to(Step.QUEUED, nonce=None, lease_until=None, wake_at=wake_at, deadline_at=queue_deadline)

    def lost(self, until: datetime, wake_at: datetime) -> Job:
        """T3u: the outcome is unknown."""
        return self.to(Step.SUBMIT_UNKNOWN, deadline_at=until, wake_at=wake_at, lease_until=None, nonce=None)

    def completed(self, provider_id: str, outputs: tuple[str, ...], now: datetime) -> Job:
        """T4: the result exists, by our own fetch."""
        return self.to(
            Step.READY,
            provider_id=provider_id,
            outputs=outputs,
            ready_at=now,
            wake_at=now,
            attempts=0,
            lease_until=None,
            nonce=None,
        )

    def blocked(self, reason: str, action: str, staged: str, until: datetime, wake_at: datetime) -> Job:
        """T7: only the user can help."""
        return self.to(
            Step.BLOCKED,
            blocked_reason=reason,
            action=action,
            staged=staged,
            deadline_at=until,
            wake_at=wake_at,
            lease_until=None,
            attempts=0,
        )

    def unblocked(self, now: datetime) -> Job:
        """T8: try again."""
        return self.to(Step.READY, blocked_reason=None, action=None, wake_at=now, lease_until=None)

    def delivered(self, now: datetime) -> Job:
        """T5: the file is in the user's Drive."""
        return self.to(Step.DELIVERED, finished_at=now, wake_at=None, lease_until=None)

    def voided(self, error: JobError, now: datetime) -> Job:
        """T6: no result."""
        step = Step.CANCELLED if error.code == "CANCELLED_BY_USER" else Step.FAILED
        return self.to(step, error=error, action=None, finished_at=now, wake_at=None, lease_until=None, nonce=None)


class ProviderJob(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`provider_jobs/{providerId}`: a provider's id belongs to one job."""

    job_id: str


def job_key(job_id: str) -> Key:
    """Where a job is kept. Raises `NotFound` for an id that cannot be."""
    return Key("generation_jobs", job_id)


ERRORS: Mapping[str, tuple[str, bool]] = {
    "CONTENT_REJECTED": ("The picture service refused the description or a reference. Change it and try again.", False),
    "PROVIDER_REJECTED": ("The picture service did not accept this request.", False),
    "PROVIDER_FAILED": ("The picture service could not make this picture. Please try again.", True),
    "GENERATION_TIMEOUT": ("This took too long and was given up. Please try again.", True),
    "OUTCOME_UNKNOWN": ("We lost the answer of the picture service and will not ask twice. Please try again.", True),
    "RESULT_UNUSABLE": ("The picture service delivered something that is not a usable picture.", True),
    "RESULT_EXPIRED": ("The result was no longer there when we fetched it. Please try again.", True),
    "REFERENCE_NOT_USABLE": ("A reference picture could not be read from your Drive.", False),
    "GOOGLE_DRIVE_RECONNECT_REQUIRED": ("Your Google Drive could not be used. Connect it again, then retry.", True),
    "DRIVE_REFUSED": ("Your Google Drive did not take the result in time.", True),
    "CANCELLED_BY_USER": ("You cancelled this.", True),
    "ACCOUNT_CLOSED": ("The account was closed.", False),
}  #: job error code: (message for people, whether a retry can help)


def job_error(code: str, *, media_id: str | None = None) -> JobError:
    """An error of the catalogue. Nobody is charged for a failure."""
    message, retryable = ERRORS[code]
    return JobError(code=code, message=f"{message} You were not charged.", retryable=retryable, media_id=media_id)
