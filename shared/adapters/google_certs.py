"""Public keys of an issuer, kept as long as its Cache-Control says.

Google's own `id_token.verify_token` downloads the keys at every call and takes a JWKS only with another library; this
reads both forms, a map of key id to certificate and a JWKS, and keeps them.
"""

from __future__ import annotations

import base64
import re
import threading
import time
from typing import Any

import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.core.errors import Unavailable

TIMEOUT_S = (5, 10)
LEAST_S = 60  #: even where nothing may be kept, a flood of tokens must not become a flood of downloads


class Certs:
    """The keys behind one address. Thread-safe."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._keys: dict[str, str] = {}
        self._until = 0.0
        self._loaded = -float(LEAST_S)
        self._session = requests.Session()
        self._session.trust_env = False

    def key(self, key_id: str) -> str | None:
        """A public key as PEM; None when the issuer has none of this id. Raises `Unavailable`."""
        with self._lock:
            now = time.monotonic()
            unknown = key_id not in self._keys and now >= self._loaded + LEAST_S
            if now >= self._until or unknown:
                self._load(now)
            return self._keys.get(key_id)

    def _load(self, now: float) -> None:
        try:
            answer = self._session.get(self._url, timeout=TIMEOUT_S, allow_redirects=False)
            answer.raise_for_status()
            self._keys = _keys(answer.json())
        except (requests.RequestException, ValueError, KeyError) as error:
            raise Unavailable(f"no keys from {self._url}: {type(error).__name__}") from error
        age = re.search(r"max-age=(\d+)", answer.headers.get("Cache-Control", ""))
        self._loaded = now
        self._until = now + max(LEAST_S, int(age.group(1)) if age else 0)


def _keys(document: Any) -> dict[str, str]:
    if isinstance(document.get("keys"), list):
        return {str(key["kid"]): _from_jwk(key) for key in document["keys"] if key.get("kty") == "RSA"}
    return {str(key_id): _from_certificate(pem) for key_id, pem in document.items()}


def _from_certificate(pem: str) -> str:
    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _from_jwk(key: dict[str, str]) -> str:
    numbers = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"]))
    return numbers.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
