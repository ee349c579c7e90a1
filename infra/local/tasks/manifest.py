"""The queues of the product's manifest (`infra/functions.yaml`) as the service's messages."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from google.cloud import tasks_v2

from shared.core.queue import shards_of


def queues_of(manifest: Mapping[str, Any], parent: str) -> list[Any]:
    """`parent`: projects/P/locations/L; queues have rate, concurrent, attempts, retrySeconds, …Seconds, shards."""
    return [
        _queue(f"{parent}/queues/{shard}", entry, entry.get("shards", 1))
        for name, entry in manifest["queues"].items()
        for shard in shards_of(name, entry.get("shards", 1))
    ]


def _queue(name: str, entry: Mapping[str, Any], shards: int) -> Any:
    return tasks_v2.Queue(
        name=name,
        rate_limits=tasks_v2.RateLimits(
            max_dispatches_per_second=entry["rate"] / shards,
            max_concurrent_dispatches=math.ceil(entry["concurrent"] / shards),
        ),
        retry_config=tasks_v2.RetryConfig(
            max_attempts=entry["attempts"],
            max_retry_duration=dt.timedelta(seconds=entry["retrySeconds"]),
            min_backoff=dt.timedelta(seconds=entry["minBackoffSeconds"]),
            max_backoff=dt.timedelta(seconds=entry["maxBackoffSeconds"]),
        ),
    )
