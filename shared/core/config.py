"""Every setting that the backend reads, in one frozen class.

`Config.from_env` reports every missing or malformed setting at once. Secrets are named in `SECRETS` and are not held
here: they come from the environment (Cloud Run resolves Secret Manager references at start), else from Secret Manager
at first use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

SECRETS = ("SESSION_SECRET", "GOOGLE_CLIENT_SECRET", "MODELSLAB_API_KEY", "GOOGLE_API_KEY", "GOOGLE_PICKER_KEY")


class TrustedIssuer(msgspec.Struct, frozen=True, rename="camel"):
    """An OIDC issuer whose ID tokens sign a user in (users who signed in by e-mail elsewhere)."""

    issuer: str
    audience: str  #: our name at that issuer; a token for anybody else is refused
    certs_url: str  #: JWKS, or a map of key id to certificate


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The settings. Each comment says why the setting exists."""

    project_id: str  #: the Google Cloud project, for Firestore, Tasks and Secret Manager
    region: str  #: where the queues are
    public_base_url: str  #: the one origin of cookies and OAuth redirects (the plan's NEXTAUTH_URL)
    function_url: str  #: where a private function answers; `{function}` and `{service}` are filled in
    google_client_id: str  #: the OAuth client of sign-in and Drive: one for all users
    kms_key: str  #: wraps the data keys of users' tokens; full resource name
    staging_bucket: str  #: references for the provider, and results that Drive does not take yet
    task_invoker: str  #: the service account that Cloud Tasks and Scheduler present to private functions
    tenant_id: str = "default"  #: every record carries it, so that tenants can be told apart later
    frontend_origins: tuple[str, ...] = ()  #: other origins that may call us and be returned to
    trusted_issuers: tuple[TrustedIssuer, ...] = ()  #: see `TrustedIssuer`
    recheck_units: int = 5_000_000  #: Drive quota units that the hourly look at files may spend in one run
    sign_up_grant: int = 100  #: credits for a new user, so that the first pictures are free
    session_days: int = 30  #: how long a sign-in lasts
    in_flight_cap: int = 200  #: jobs of one user that may be under way; protects everyone's turn
    provider_concurrency: int = 5  #: how many jobs the provider's account takes at once (5, 10 or 15 by plan)
    cancels_per_day: int = 20  #: cancels after the submit cost us money, so they are capped per user and day
    submit_lease_seconds: int = 420  #: how long one submit may take: its request timeout is 330 s
    delivery_lease_seconds: int = 420  #: how long storing one result may take
    unknown_seconds: int = 0  #: how long an unknown outcome waits for its webhook; 0: twice the model's p90
    reference_delivery: str = "auto"  #: url, upload or auto: how the provider gets reference pictures
    session_cookie: str = "__Host-session"  #: plain on http://localhost, where browsers refuse the prefix
    behind_iam: bool = False  #: on Cloud Run, IAM checks private functions' tokens and removes the signature
    trusted_proxies: int = 0  #: how many addresses our own proxies append to X-Forwarded-For
    requests_per_minute: int = 300  #: per user and per address, in each instance
    google_auth_url: str = "https://accounts.google.com/o/oauth2/v2/auth"
    google_token_url: str = "https://oauth2.googleapis.com/token"
    google_revoke_url: str = "https://oauth2.googleapis.com/revoke"
    google_certs_url: str = "https://www.googleapis.com/oauth2/v1/certs"
    task_certs_url: str = "https://www.googleapis.com/oauth2/v1/certs"  #: keys of the tokens of Tasks and Scheduler
    drive_api_url: str = "https://www.googleapis.com/drive/v3"
    drive_upload_url: str = "https://www.googleapis.com/upload/drive/v3"
    drive_web_url: str = "https://drive.google.com"  #: where a person opens a file
    modelslab_url: str = "https://modelslab.com/api"
    modelslab_output_hosts: tuple[str, ...] = (
        "*.r2.dev",
        "cdn.stablediffusionapi.com",
        "cdn2.stablediffusionapi.com",
        "modelslab-bom.s3.amazonaws.com",
        "assets.modelslab.com",
        "assets.modelslab.ai",
        "cdn.modelslab.com",
    )  #: where results may be fetched from; `*.` stands for one label
    studio_api_url: str = ""  #: where browsers reach a function, as in `function_url`; empty: the studio's own origin
    email_sign_in_url: str = ""  #: a trusted issuer's page, which comes back with `#idToken=`; empty: Google only
    picker_url: str = "https://apis.google.com/js/api.js"  #: Google's script, with which a user picks a file
    queue_shards: dict[str, int] = {}  #: how many queues stand behind a queue's name, as JSON; 1 unless it is told
    tasks_endpoint: str = ""  #: host:port of an emulator that speaks plaintext gRPC; empty: the real service
    kms_endpoint: str = ""
    secrets_endpoint: str = ""
    storage_endpoint: str = ""  #: URL of a Cloud Storage emulator; empty: the real service

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Config:
        """Read the settings; a field's name in capitals is its variable. Raises `InvalidSettings`."""
        values: dict[str, Any] = {}
        problems: list[str] = []
        for field in msgspec.structs.fields(cls):
            name = field.name.upper()
            text = env.get(name, "")
            if not text:
                if field.required:
                    problems.append(f"{name} is missing")
                continue
            try:
                values[field.name] = _parse(text, field.type)
            except (ValueError, KeyError, msgspec.ValidationError, msgspec.DecodeError) as error:
                problems.append(f"{name} is malformed: {error}")
        problems += [problem for name, check in _CHECKS.items() for problem in _check(values, name, check)]
        if problems:
            raise InvalidSettings(problems)
        return cls(**values)

    @property
    def is_local(self) -> bool:
        """Whether the public origin is plain http on this machine: only then cookies are not `Secure`."""
        url = urlsplit(self.public_base_url)
        return url.scheme == "http" and is_this_machine(url.hostname or "")

    def url_of(self, function: str) -> str:
        """The origin of a private function; a service's name has hyphens where Python has underscores."""
        return self.function_url.format(function=function, service=function.replace("_", "-"))


def is_this_machine(host: str) -> bool:
    """By its name: a browser takes every name below localhost for this machine too."""
    return host in ("localhost", "127.0.0.1") or host.endswith(".localhost")


class InvalidSettings(Exception):
    """Settings are missing or malformed; the message names all of them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("settings: " + "; ".join(problems))
        self.problems = problems


def _parse(text: str, kind: Any) -> Any:
    if kind is str:
        return text
    if kind is int:
        return int(text)
    if kind is bool:
        return {"true": True, "false": False}[text.lower()]
    if kind == tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return msgspec.json.decode(text, type=kind)


def _is_origin(value: str) -> str | None:
    url = urlsplit(value)
    local = url.scheme == "http" and is_this_machine(url.hostname or "")
    if (
        not url.hostname
        or not (url.scheme == "https" or local)
        or url.path
        or url.query
        or url.fragment
        or url.username
    ):
        return "must be an origin such as https://studio.example (http only on localhost), without a path"
    return None


def _at_least(least: int) -> Callable[[int], str | None]:
    return lambda value: None if value >= least else f"must be at least {least}"


def _one_of(*allowed: str) -> Callable[[str], str | None]:
    return lambda value: None if value in allowed else f"must be one of {', '.join(allowed)}"


_CHECKS: Mapping[str, Callable[[Any], str | None]] = {
    "public_base_url": _is_origin,
    "frontend_origins": lambda origins: next(filter(None, map(_is_origin, origins)), None),
    "reference_delivery": _one_of("url", "upload", "auto"),
    "sign_up_grant": _at_least(0),
    "session_days": _at_least(1),
    "in_flight_cap": _at_least(1),
    "provider_concurrency": _at_least(1),
    "cancels_per_day": _at_least(0),
    "submit_lease_seconds": _at_least(1),
    "delivery_lease_seconds": _at_least(1),
    "unknown_seconds": _at_least(0),
    "requests_per_minute": _at_least(1),
    "recheck_units": _at_least(1),
    "queue_shards": lambda shards: None if all(count >= 1 for count in shards.values()) else "must be at least 1 each",
}


def _check(values: Mapping[str, Any], name: str, check: Callable[[Any], str | None]) -> list[str]:
    problem = check(values[name]) if name in values else None
    return [f"{name.upper()} {problem}"] if problem else []
