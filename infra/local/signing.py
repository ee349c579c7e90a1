"""An RSA key that signs ID tokens (RS256), and its public half in the two forms that Google publishes.

Tokens are dated by the machine's clock, also where an emulator's own clock was moved: whoever verifies them uses that.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import time
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt

TOKEN_SECONDS = 3600
CERTIFICATE_YEARS = 10


class SigningKey:
    """One key; `kid` is made from its public half. Keep `pem` to have the same key after a restart."""

    def __init__(self, pem: bytes) -> None:
        key = serialization.load_pem_private_key(pem, None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("RS256 needs an RSA key")
        self.pem = pem
        self._key = key
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.kid = hashlib.sha256(public).hexdigest()[:40]
        self._signer = crypt.RSASigner.from_string(pem, self.kid)  # type: ignore[no-untyped-call]  # google-auth

    @classmethod
    def generate(cls) -> SigningKey:
        """A new key of 2,048 bits."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        form = serialization.PrivateFormat.TraditionalOpenSSL
        return cls(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))

    def token(self, claims: dict[str, Any]) -> str:
        """A signed ID token; `iat` and `exp` (an hour later) are added unless the claims have them."""
        issued = int(time.time())
        dated = {"iat": issued, "exp": issued + TOKEN_SECONDS, **claims}
        token: bytes = jwt.encode(self._signer, dated)  # type: ignore[no-untyped-call]  # google-auth
        return token.decode()

    def jwk(self) -> dict[str, str]:
        """The public key as an entry of a JWKS document."""
        numbers = self._key.public_key().public_numbers()
        form = {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.kid}
        return {**form, "n": _base64url(numbers.n), "e": _base64url(numbers.e)}

    def certificate(self) -> str:
        """The public key in a self-signed certificate (PEM): a value of Google's `/oauth2/v1/certs` map."""
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "local-emulator")])
        start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
        builder = x509.CertificateBuilder(
            issuer_name=name,
            subject_name=name,
            public_key=self._key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=start,
            not_valid_after=start + dt.timedelta(days=365 * CERTIFICATE_YEARS),
        )
        certificate = builder.sign(self._key, hashes.SHA256())
        return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _base64url(number: int) -> str:
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
