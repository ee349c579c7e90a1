"""The generic server: every RPC of the generated clients is found in the packages as they are installed."""

from __future__ import annotations

import pytest
from google.cloud import tasks_v2
from google.cloud.kms_v1.services.key_management_service.transports.grpc import KeyManagementServiceGrpcTransport
from google.cloud.tasks_v2.services.cloud_tasks.transports.grpc import CloudTasksGrpcTransport

from infra.local.gapic.recording import rpcs
from infra.local.gapic.server import GrpcServing


def test_the_rpcs_are_found_with_their_messages() -> None:
    """A smoke test of the two private attributes that this relies on."""
    found = {rpc.path: rpc for rpc in rpcs(CloudTasksGrpcTransport)}
    assert found["/google.cloud.tasks.v2.CloudTasks/CreateTask"].request is tasks_v2.CreateTaskRequest
    assert found["/google.cloud.tasks.v2.CloudTasks/DeleteTask"].request is tasks_v2.DeleteTaskRequest
    assert "Encrypt" in {rpc.name for rpc in rpcs(KeyManagementServiceGrpcTransport)}


def test_a_taken_port_is_refused() -> None:
    """Two servers on one port would share its calls."""
    serving = GrpcServing([])
    with pytest.raises(OSError, match="is taken"):
        GrpcServing([], serving.port)
    serving.stop()
