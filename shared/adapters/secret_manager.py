"""Secrets in Secret Manager: the latest version, checked by its sum."""

from __future__ import annotations

import google_crc32c
from google.api_core import exceptions
from google.cloud.secretmanager_v1 import SecretManagerServiceClient
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import SecretManagerServiceGrpcTransport

from shared.adapters.grpc_channels import client_for
from shared.core.errors import Unavailable
from shared.core.secret import Secret

TIMEOUT_S = 10


class SecretManager:
    """See `Secrets`."""

    def __init__(self, project: str, endpoint: str) -> None:
        self._project = project
        self._client = client_for(SecretManagerServiceClient, SecretManagerServiceGrpcTransport, endpoint)

    def get(self, name: str) -> Secret:
        """See `Secrets`."""
        path = f"projects/{self._project}/secrets/{name}/versions/latest"
        try:
            payload = self._client.access_secret_version(name=path, timeout=TIMEOUT_S).payload
        except exceptions.NotFound as error:
            raise KeyError(name) from error
        except (exceptions.GoogleAPICallError, exceptions.RetryError) as error:
            raise Unavailable(f"Secret Manager: {type(error).__name__} for {name}") from error
        if payload.data_crc32c != google_crc32c.value(payload.data):
            raise Unavailable(f"Secret Manager: {name} arrived damaged")
        return Secret(payload.data.decode())
