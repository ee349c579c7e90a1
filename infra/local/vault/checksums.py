"""CRC32C as both services use it: what a caller sends is verified, what is answered carries its own."""

from __future__ import annotations

from typing import Any

import google_crc32c

from infra.local.faults import Faults
from infra.local.gapic.status import invalid

CHECKSUM_FAULTS = frozenset({"crc_mismatch", "unverified"})


def crc32c(data: bytes) -> int:
    """The sum as an unsigned 32-bit number."""
    return int(google_crc32c.value(data))


def verify(request: Any, field: str) -> bool:
    """Whether the request has a checksum of the field. Raises INVALID_ARGUMENT if it does not fit."""
    if f"{field}_crc32c" not in request:
        return False
    if getattr(request, f"{field}_crc32c") != crc32c(getattr(request, field)):
        raise invalid(f"The checksum in field {field}_crc32c did not match the data in field {field}.")
    return True


class Checksums:
    """The checksums of answers, wrong when a fault says so.

    `crc_mismatch`: the answer's bytes were corrupted on the way. `unverified`: the service did not get our checksum,
    so its `verified_..._crc32c` is false. Facts of both: `rpc`, `resource`.
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def answer(self, rpc: str, resource: str, data: bytes) -> int:
        """The checksum that goes with the data."""
        broken = self._faults.take("crc_mismatch", rpc=rpc, resource=resource) is not None
        return crc32c(data) ^ broken

    def verified(self, rpc: str, resource: str) -> bool:
        """Whether checksums that were sent count as received."""
        return self._faults.take("unverified", rpc=rpc, resource=resource) is None
