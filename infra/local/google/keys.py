"""The keys that sign ID tokens: kept over a restart, rotated on demand, both published while old tokens live."""

from __future__ import annotations

from infra.local.google.store import Store
from infra.local.signing import SigningKey


class Keys:
    """The newest key signs; the one before stays published."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys = [SigningKey(row["pem"].encode()) for row in store.all("key").values()]
        if not self._keys:
            self.rotate()

    def current(self) -> SigningKey:
        """The key that signs."""
        return self._keys[-1]

    def rotate(self) -> None:
        """Sign with a new key from now on."""
        key = SigningKey.generate()
        self._store.put("key", key.kid, {"pem": key.pem.decode()})
        self._keys = [*self._keys[-1:], key]

    def certificates(self) -> dict[str, str]:
        """Key id to certificate, as Google publishes them."""
        return {key.kid: key.certificate() for key in self._keys}
