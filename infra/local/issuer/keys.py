"""The issuer's keys: the newest signs, the one before it is still published, so that its tokens stay valid."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from infra.local.clock import AdjustableClock
from infra.local.signing import SigningKey

PUBLISHED = 2
ROTATION = 86400.0  #: seconds of the emulator's time after which a new key signs


class KeyRing:
    """Keys in a file of mode 0600. Thread-safe."""

    def __init__(self, path: Path, clock: AdjustableClock) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        entries = json.loads(path.read_text()) if path.exists() else []
        self._keys = [(entry["made"], SigningKey(entry["pem"].encode())) for entry in entries]

    def signing(self) -> SigningKey:
        """The key that signs now; a new one when there is none, or the newest has had its time."""
        with self._lock:
            if not self._keys or self._clock.time() - self._keys[0][0] > ROTATION:
                self._rotate()
            return self._keys[0][1]

    def rotate(self) -> None:
        """Sign with a new key from now on; what only the oldest one has signed is no longer valid."""
        with self._lock:
            self._rotate()

    def published(self) -> list[SigningKey]:
        """The newest first."""
        self.signing()
        with self._lock:
            return [key for _, key in self._keys]

    def _rotate(self) -> None:
        self._keys = [(self._clock.time(), SigningKey.generate()), *self._keys][:PUBLISHED]
        draft = self._path.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps([{"made": made, "pem": key.pem.decode()} for made, key in self._keys]))
        draft.replace(self._path)
