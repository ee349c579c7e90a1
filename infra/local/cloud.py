"""The local cloud as one object: for `make dev`, the demo and the end-to-end tests."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import grpc
from google.cloud.secretmanager_v1 import SecretManagerServiceClient
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import SecretManagerServiceGrpcTransport

from infra.local.parts import Choices, Part, gateway_part, scheduler_part, services
from infra.local.settings import Ports, Secrets, choose_ports, environment, own_hosts
from infra.local.supervisor import ROOT, Supervisor

CACHE = ROOT / ".local" / "cache"


class LocalCloud:
    """Everything on this machine, with its state below one directory."""

    def __init__(
        self,
        state: Path,
        *,
        usual_ports: bool = False,
        choices: Choices | None = None,
        echo: TextIO | None = None,
    ) -> None:
        state.mkdir(parents=True, exist_ok=True)
        self.state = state
        self.choices = choices or Choices()
        self.ports: Ports = choose_ports(usual=usual_ports)
        self.secrets = Secrets.of(state)
        self.supervisor = Supervisor(state / "logs", echo)
        self.url = self.ports.url("gateway")

    def start(self) -> None:
        """Emulators and functions side by side, what they must hold, then the scheduler. Raises `PartFailed`."""
        functions = [self.gateway(number) for number in range(1, self.choices.instances + 1)]
        self.supervisor.start([*services(self.ports, self.state, CACHE, self.secrets, self.choices), *functions])
        channel = grpc.insecure_channel(self.ports.host("vault"))
        self.secrets.put(SecretManagerServiceClient(transport=SecretManagerServiceGrpcTransport(channel=channel)))
        channel.close()
        self.supervisor.start([scheduler_part(self.env(), self.choices.sweep_every)])

    def env(self, **more: str) -> dict[str, str]:
        """The product's settings."""
        hosts = own_hosts(self.ports) if self.choices.own_hosts else {}
        return {**environment(self.ports), **hosts, **self.choices.extra_env, **more}

    def gateway(self, number: int = 1, **more: str) -> Part:
        """A process of the functions, perhaps with other settings."""
        return gateway_part(self.ports, self.env(**more), number=number, of=self.choices.instances)

    def restart_gateway(self, number: int = 1, **more: str) -> None:
        """Stop a process of the functions and start it again, perhaps with other settings."""
        part = self.gateway(number, **more)
        self.supervisor.restart(part.name, part)

    def stop(self) -> None:
        """End everything. Stopping twice is harmless."""
        self.supervisor.stop()
