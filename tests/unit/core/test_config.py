"""Settings are checked at once and together."""

from __future__ import annotations

import pytest

from shared.core.config import Config, InvalidSettings, TrustedIssuer

ENV = {
    "PROJECT_ID": "p",
    "REGION": "europe-west1",
    "PUBLIC_BASE_URL": "https://studio.example",
    "FUNCTION_URL": "https://{service}-1.europe-west1.run.app",
    "GOOGLE_CLIENT_ID": "c",
    "KMS_KEY": "projects/p/locations/l/keyRings/r/cryptoKeys/k",
    "STAGING_BUCKET": "staging",
    "TASK_INVOKER": "invoker@p.iam.gserviceaccount.com",
}


def test_every_missing_and_malformed_setting_is_reported_at_once() -> None:
    """Whoever deploys mends them in one go."""
    with pytest.raises(InvalidSettings) as refused:
        Config.from_env(
            {"SIGN_UP_GRANT": "many", "PUBLIC_BASE_URL": "http://studio.example/path", "BEHIND_IAM": "maybe"}
        )

    text = str(refused.value)
    assert [name for name in ENV if name != "PUBLIC_BASE_URL" and f"{name} is missing" not in text] == []
    assert "SIGN_UP_GRANT is malformed" in text
    assert "PUBLIC_BASE_URL must be an origin" in text
    assert "BEHIND_IAM is malformed" in text


def test_settings_are_read_by_their_type() -> None:
    """Lists by comma, structures as JSON, the rest as it is."""
    issuers = '[{"issuer": "https://id.example", "audience": "us", "certsUrl": "https://id.example/certs"}]'
    config = Config.from_env(
        {
            **ENV,
            "FRONTEND_ORIGINS": "https://a.example, https://b.example",
            "TRUSTED_ISSUERS": issuers,
            "BEHIND_IAM": "true",
        }
    )

    assert config.frontend_origins == ("https://a.example", "https://b.example")
    assert config.trusted_issuers == (TrustedIssuer("https://id.example", "us", "https://id.example/certs"),)
    assert config.behind_iam
    assert config.url_of("tasks_advance_job") == "https://tasks-advance-job-1.europe-west1.run.app"


@pytest.mark.parametrize(
    ("origin", "is_local"),
    [("https://studio.example", False), ("http://localhost:8080", True), ("http://127.0.0.1:1", True)],
)
def test_only_http_on_this_machine_is_local(origin: str, is_local: bool) -> None:
    """Only there cookies may travel without `Secure`."""
    assert Config.from_env({**ENV, "PUBLIC_BASE_URL": origin}).is_local is is_local
