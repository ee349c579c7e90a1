"""The parts of the local cloud: each a command that prints `ready …`, in the order in which they start."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from infra.local.manifest import default_env
from infra.local.settings import (
    AUDIENCE,
    BUCKET,
    CALLBACKS,
    CLIENT_ID,
    KMS_KEY,
    PARENT,
    PROJECT,
    Ports,
    Secrets,
    own_hosts,
)

PROCESSES = (("tasks", "vault", "storage"), ("google", "modelslab", "issuer"))  #: emulators that share a process


@dataclass(frozen=True)
class Part:
    """A command of this project."""

    name: str
    module: str
    options: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Choices:
    """What may differ between a person's cloud, the demo and a test."""

    render_seconds: float = 4
    scale: float = 1
    queue_limit: int = 5
    instances: int = 1  #: processes of the functions, behind one port
    sweep_every: float | None = None
    own_hosts: bool = False  #: the studio on an origin of its own, every function on a host of its own
    extra_env: dict[str, str] = field(default_factory=dict)


def services(ports: Ports, state: Path, cache: Path, made_up: Secrets, choices: Choices) -> list[Part]:
    """The emulators."""
    gateway, studio = ports.url("gateway"), own_hosts(ports)["FRONTEND_ORIGINS"]
    redirects = tuple(word for path in CALLBACKS for word in ("--redirect-uri", f"{gateway}{path}"))
    options: dict[str, tuple[str, ...]] = {
        "firestore": ("--cache", str(cache), "--project", PROJECT),
        "tasks": ("--control-port", str(ports["tasks-control"]), "--manifest", "infra/functions.yaml",
                  "--parent", PARENT),
        "vault": ("--control-port", str(ports["vault-control"]), "--key", KMS_KEY),
        "storage": ("--bucket", f"{BUCKET}:7"),
        "issuer": ("--audience", AUDIENCE, "--return-origin", gateway, "--return-origin", studio),
        "google": ("--client-id", CLIENT_ID, "--client-secret", made_up.google_client,
                   "--api-key", made_up.google_key, *redirects),
        "modelslab": (f"--api-key={made_up.modelslab}", "--render-seconds", str(choices.render_seconds),
                      "--scale", str(choices.scale), "--queue-limit", str(choices.queue_limit),
                      "--admit-origin", gateway),
    }  # fmt: skip

    def words(name: str) -> tuple[str, ...]:
        return ("--port", str(ports[name]), "--state", str(state / name), *options[name])

    def together(*names: str) -> Part:
        each = [(f"infra.local.{name}", *words(name)) for name in names]
        joined = [word for one in each for word in ("+", *one)][1:]
        return Part("+".join(names), "infra.local.together", tuple(joined))

    return [Part("firestore", "infra.local.firestore", words("firestore")), *(together(*names) for names in PROCESSES)]


def gateway_part(ports: Ports, env: dict[str, str], *, number: int = 1, of: int = 1) -> Part:
    """The functions; one of several processes behind the same port."""
    name = "gateway" if number == 1 else f"gateway-{number}"
    shared = ("--shared",) if of > 1 else ()
    return Part(name, "infra.local.gateway", ("--port", str(ports["gateway"]), *shared), {**default_env(), **env})


def scheduler_part(env: dict[str, str], every: float | None) -> Part:
    """Cloud Scheduler."""
    return Part("scheduler", "infra.local.schedule", ("--every", str(every)) if every else (), env)
