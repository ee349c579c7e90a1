"""What must always hold over everything that is stored, as predicates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from shared.core.documents import Key

TERMINAL = ("delivered", "failed", "cancelled")
Stored = Mapping[Key, Mapping[str, Any]]


def violations(stored: Stored) -> list[str]:
    """Every violated invariant in words; empty when all hold."""
    return [*_money(stored), *_jobs(stored)]


def _collection(stored: Stored, name: str) -> dict[str, Mapping[str, Any]]:
    return {key.id: data for key, data in stored.items() if key.collection == name}


def _money(stored: Stored) -> list[str]:
    """I1 balance, I2 held, I3 never overdrawn."""
    found = []
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for entry in _collection(stored, "credit_ledger").values():
        sums[entry["accountId"]][entry["type"]] += entry["amount"]
    for user in _collection(stored, "users").values():
        total = sums[user["accountId"]]
        if user["balance"] != total["grant"] + total["adjustment"] - total["capture"]:
            found.append(f"I1: balance {user['balance']} of {user['id']} is not what the ledger says: {dict(total)}")
        if user["held"] != total["hold"] - total["capture"] - total["release"]:
            found.append(f"I2: held {user['held']} of {user['id']} is not what the ledger says: {dict(total)}")
        if user["held"] < 0 or user["balance"] - user["held"] < 0:
            found.append(f"I3: {user['id']} is overdrawn: balance {user['balance']}, held {user['held']}")
    return found


def _jobs(stored: Stored) -> list[str]:
    """I4 one hold, one settlement; I5 delivered means captured; I6 somebody will look; I9 one owner; in flight."""
    found = []
    ledger, media = _collection(stored, "credit_ledger"), _collection(stored, "generated_media")
    providers: dict[str, str] = {}
    open_jobs: dict[str, int] = defaultdict(int)
    for job_id, job in _collection(stored, "generation_jobs").items():
        settled = ledger.get(f"settle:{job_id}", {}).get("type")
        final = job["step"] in TERMINAL
        open_jobs[job["userId"]] += not final
        if f"hold:{job_id}" not in ledger:
            found.append(f"I4: job {job_id} holds nothing")
        if settled != {"delivered": "capture", "failed": "release", "cancelled": "release"}.get(job["step"]):
            found.append(f"I4: job {job_id} is {job['step']} and settled as {settled}")
        if (job["step"] == "delivered") != (job["mediaId"] in media):
            found.append(f"I5: job {job_id} is {job['step']}, its record is {job['mediaId'] in media}")
        if not final and job["wakeAt"] is None:
            found.append(f"I6: nobody will look at job {job_id}")
        if job["providerId"] and providers.setdefault(job["providerId"], job_id) != job_id:
            found.append(f"I9: two jobs have the provider's id {job['providerId']}")
    for user_id, user in _collection(stored, "users").items():
        if user["inFlight"] != open_jobs[user_id]:
            found.append(f"in flight: {user_id} counts {user['inFlight']}, has {open_jobs[user_id]}")
    return found
