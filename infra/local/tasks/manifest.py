"""The queues of the product's manifest (`infra/functions.yaml`) as the service's messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from google.cloud import tasks_v2


def queues_of(manifest: Mapping[str, Any], parent: str) -> list[Any]:
    """`parent` is projects/P/locations/L; queues have the keys rate, concurrent, attempts, retrySeconds, ...Seconds."""
    return [_queue(f"{parent}/queues/{name}", entry) for name, entry in manifest["queues"].items()]


def _queue(name: str, entry: Mapping[str, Any]) -> Any:
    return tasks_v2.Queue(
        name=name,
        rate_limits=tasks_v2.RateLimits(
            max_dispatches_per_second=entry["rate"], max_concurrent_dispatches=entry["concurrent"]
        ),
        retry_config=tasks_v2.RetryConfig(
            max_attempts=entry["attempts"],
            max_retry_duration=dt.timedelta(seconds=entry["retrySeconds"]),
            min_backoff=dt.timedelta(seconds=entry["minBackoffSeconds"]),
            max_backoff=dt.timedelta(seconds=entry["maxBackoffSeconds"]),
        ),
    )
