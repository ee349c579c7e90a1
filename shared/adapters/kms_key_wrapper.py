"""Data keys wrapped by Cloud KMS. Every call carries the sums that prove that nothing was damaged on the way."""

from __future__ import annotations

import google_crc32c
from google.api_core import exceptions
from google.cloud.kms_v1 import KeyManagementServiceClient
from google.cloud.kms_v1.services.key_management_service.transports import KeyManagementServiceGrpcTransport

from shared.adapters.grpc_channels import client_for
from shared.core.errors import Unavailable

TIMEOUT_S = 10


class KmsKeyWrapper:
    """See `KeyWrapper`."""

    def __init__(self, key: str, endpoint: str) -> None:
        self._key = key
        self._client = client_for(KeyManagementServiceClient, KeyManagementServiceGrpcTransport, endpoint)

    def wrap(self, data_key: bytes, context: bytes) -> bytes:
        """See `KeyWrapper`."""
        request = {
            "name": self._key,
            "plaintext": data_key,
            "plaintext_crc32c": google_crc32c.value(data_key),
            "additional_authenticated_data": context,
            "additional_authenticated_data_crc32c": google_crc32c.value(context),
        }
        try:
            answer = self._client.encrypt(request=request, timeout=TIMEOUT_S)
        except (exceptions.GoogleAPICallError, exceptions.RetryError) as error:
            raise Unavailable(f"KMS encrypt: {type(error).__name__}") from error
        checked = answer.verified_plaintext_crc32c and answer.verified_additional_authenticated_data_crc32c
        if not checked or answer.ciphertext_crc32c != google_crc32c.value(answer.ciphertext):
            raise Unavailable("KMS encrypt: damaged on the way")
        return bytes(answer.ciphertext)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """See `KeyWrapper`."""
        request = {
            "name": self._key,
            "ciphertext": wrapped,
            "ciphertext_crc32c": google_crc32c.value(wrapped),
            "additional_authenticated_data": context,
            "additional_authenticated_data_crc32c": google_crc32c.value(context),
        }
        try:
            answer = self._client.decrypt(request=request, timeout=TIMEOUT_S)
        except exceptions.InvalidArgument as error:
            raise ValueError("not wrapped by this key for this context") from error
        except (exceptions.GoogleAPICallError, exceptions.RetryError) as error:
            raise Unavailable(f"KMS decrypt: {type(error).__name__}") from error
        if answer.plaintext_crc32c != google_crc32c.value(answer.plaintext):
            raise Unavailable("KMS decrypt: damaged on the way")
        return bytes(answer.plaintext)
