"""The checks of the infrastructure pass, and find what they are for: each mutant of it is found by one of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.check import alerts, build, events, gcloud
from infra.check.terraform import PARTS, Failed, Workplace, workplace

ROOT = Path(__file__).parents[2]
TF = "infra/terraform"

#: file, what stands there, and what a slip of the pen makes of it
MUTANTS: tuple[tuple[str, str, str], ...] = (
    (f"{TF}/functions.tf", 'role     = "roles/run.invoker"\n  member   = google_service_account.invoker.member', 'role     = "roles/run.invoker"\n  member   = "allUsers"'),
    (f"{TF}/functions.tf", '"INGRESS_TRAFFIC_ALL" : "INGRESS_TRAFFIC_INTERNAL_ONLY"', '"INGRESS_TRAFFIC_ALL" : "INGRESS_TRAFFIC_ALL"'),
    (f"{TF}/functions.tf", '"INGRESS_TRAFFIC_INTERNAL_ONLY"', '"INGRESS_INTERNAL"'),
    (f"{TF}/functions.tf", "FUNCTION_TARGET = each.key", "FUNCTION_TARGET = each.value.service"),
    (f"{TF}/functions.tf", "THREADS                   = tostring(each.value.concurrency)", 'THREADS                   = "4"'),
    (f"{TF}/functions.tf", "CLOUD_RUN_TIMEOUT_SECONDS = tostring(each.value.timeout)", 'CLOUD_RUN_TIMEOUT_SECONDS = "60"'),
    (f"{TF}/functions.tf", "for_each = toset(each.value.secrets)", "for_each = toset(keys(google_secret_manager_secret.this))"),
    (f"{TF}/functions.tf", "max_instance_request_concurrency = each.value.concurrency", "max_request_concurrency = each.value.concurrency"),
    (f"{TF}/functions.tf", "custom_audiences    = [local.url[each.key]]", "custom_audiences    = local.url"),
    (f"{TF}/manifest.tf", 'contains(["public", "hook"], function.kind) }\n  private', 'contains(["public", "hook", "task"], function.kind) }\n  private'),
    (f"{TF}/manifest.tf", 'if function.kind != "admin" }', "if true }"),
    (f"{TF}/manifest.tf", "if contains(function.queues, entry.queue)", "if true"),
    (f"{TF}/manifest.tf", "substr(sha256(\"${queue}-${n}\"), 0, 4)", "substr(sha256(\"${queue}\"), 0, 4)"),
    (f"{TF}/manifest.tf", "if contains(function.roles, role)", "if true"),
    (f"{TF}/accounts.tf", '"roles/datastore.user"', '"roles/editor"'),
    (f"{TF}/accounts.tf", "for_each = local.having.datastore", "for_each = local.functions"),
    (f"{TF}/accounts.tf", 'account_id   = "fn-${each.value.service}"', 'account   = "fn-${each.value.service}"'),
    (f"{TF}/queues.tf", "each.value.rate / each.value.shards", "each.value.rate * 10"),
    (f"{TF}/queues.tf", "max_attempts       = each.value.attempts", "max_attempts       = 1"),
    (f"{TF}/queues.tf", '"roles/cloudtasks.enqueuer"', '"roles/cloudtasks.admin"'),
    (f"{TF}/queues.tf", "toset([for pair in local.enqueuers : pair.function])", "toset(keys(local.functions))"),
    (f"{TF}/schedule.tf", "audience              = local.url[each.key]", 'audience              = "https://other.example"'),
    (f"{TF}/schedule.tf", 'time_zone        = "Etc/UTC"', 'time_zone        = "Europe/Berlin"'),
    (f"{TF}/schedule.tf", 'attempt_deadline = "${each.value.timeout}s"', 'attempt_deadline = "3600s"'),
    (f"{TF}/schedule.tf", "schedule         = each.value.schedule", "cron             = each.value.schedule"),
    (f"{TF}/secrets.tf", "for_each  = local.readers", "for_each  = {}"),
    (f"{TF}/secrets.tf", '"roles/secretmanager.secretAccessor"', '"roles/secretmanager.admin"'),
    (f"{TF}/keys.tf", 'rotation_period            = "7776000s"', 'rotation_period            = "315360000s"'),
    (f"{TF}/keys.tf", '"roles/cloudkms.cryptoKeyEncrypterDecrypter"', '"roles/cloudkms.admin"'),
    (f"{TF}/firestore.tf", '"POINT_IN_TIME_RECOVERY_ENABLED"', '"POINT_IN_TIME_RECOVERY_DISABLED"'),
    (f"{TF}/firestore.tf", '"DELETE_PROTECTION_ENABLED"', '"DELETE_PROTECTION_DISABLED"'),
    (f"{TF}/firestore.tf", 'retention = "1209600s"', 'retention = "86400s"'),
    (f"{TF}/firestore.tf", "for_each   = toset(local.indexing.expiring)", "for_each   = toset([])"),
    (f"{TF}/firestore.tf", "field_path   = fields.value.path", "field   = fields.value.path"),
    (f"{TF}/storage.tf", '"enforced"', '"inherited"'),
    (f"{TF}/storage.tf", "age = 7", "age = 700"),
    (f"{TF}/edge.tf", "enable = false", "enable = true"),
    (f"{TF}/edge.tf", "https_redirect         = true", "https_redirect         = false"),
    (f"{TF}/edge.tf", "count        = var.requests_per_minute", "count        = 1000000"),
    (f"{TF}/edge.tf", "for_each              = local.open\n  name                  = each.value.service\n  load_balancing_scheme", "for_each              = local.functions\n  name                  = each.value.service\n  load_balancing_scheme"),
    (f"{TF}/logs.tf", "/hooks/modelslab/", "/hooks/other/"),
    (f"{TF}/logs.tf", "(t|exchange|code|state)=", "(exchange|code|state)="),
    (f"{TF}/observability.tf", "condition_absent", "condition_missing"),
    (f"{TF}/observability.tf", "notification_channels = [google_monitoring_notification_channel.email.id]", "notification_channels = []"),
    (f"{TF}/build.tf", "for_each           = local.functions", "for_each           = local.open"),
    (f"{TF}/build.tf", '"roles/run.developer", ', '"roles/owner", '),
    (f"{TF}/build.tf", 'branch = "^${var.repository.branch}$"', 'branch = ".*"'),
    (f"{TF}/registry.tf", "immutable_tags = true", "immutable_tags = false"),
    (f"{TF}/budget.tf", "for_each = [0.5, 0.9, 1.0]", "for_each = []"),
    (f"{TF}/variables.tf", "contains([5, 10, 15], var.provider_concurrency)", "true"),
    ("infra/firestore.rules", "if false;", "if request.auth != null;"),
    ("infra/functions.yaml", "    handler: tasks_advance_job", "    handlr: tasks_advance_job\n    rate: 900000"),
)  # fmt: skip


def test_the_configuration_is_well() -> None:
    """Format, types, references, the tests of the whole plan."""
    with workplace() as place:
        assert "0 failed" in place.check()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """Terraform, set up once; each mutant is put in and taken out again."""
    root = tmp_path_factory.mktemp("root")
    for part in PARTS:
        target = root / part
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, target)
    with workplace(root) as made:
        made.init()
        yield made


def judged(place: Workplace) -> None:
    """As the check does, without formatting it."""
    place.run("validate", "-no-color")
    place.run("test", "-no-color")


@pytest.mark.nightly
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{Path(mutant[0]).stem}: {mutant[2][:40]}")
def test_a_mutant_of_the_configuration_is_found(place: Workplace, mutant: tuple[str, str, str]) -> None:
    """By `validate` or by a test, and not by a mistake of its own."""
    name, before, after = mutant
    path = place.module.parents[1] / name
    right = path.read_text(encoding="utf-8")
    assert right.count(before) >= 1, "the mutant's place has moved"
    path.write_text(right.replace(before, after, 1), encoding="utf-8")
    try:
        with pytest.raises(Failed):
            judged(place)
    finally:
        path.write_text(right, encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("waitFor: [test]", "waitFor: [tests]", "waits for tests"),
        ("id: studio", "id: test", "two steps are called test"),
        ("node:20-slim", "node:latest", "an image that moves"),
        ("  _URL: https://studio.example.com\n", "", "substitution _URL is not declared"),
        ('_CANARY: "10"', '_CANARY: "10"\n  _OLD: x', "substitution _OLD is not used"),
        ("logging: CLOUD_LOGGING_ONLY", "logging: LEGACY", "needs options.logging"),
        ("timeout: 5400s", "timeuot: 5400s", "timeuot"),
    ],
)
def test_a_mistake_in_the_build_is_found(tmp_path: Path, before: str, after: str, says: str) -> None:
    """By the schema or besides it; the build as it is has none."""
    text = build.PATH.read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "cloudbuild.yaml").write_text(text.replace(before, after, 1), encoding="utf-8")
    assert any(says in problem for problem in build.problems(tmp_path / "cloudbuild.yaml"))
    assert list(build.problems()) == []


@pytest.mark.parametrize(
    ("group", "name", "change", "says"),
    [
        ("metrics", "orphans", {"event": "provider.orfan"}, "there is no event provider.orfan"),
        ("metrics", "refunds", {"value": "amount"}, "job.ended has no fact amount"),
        ("metrics", "jobs_failed", {"by": ["cod"]}, "job.ended has no fact cod"),
        ("alerts", "sweep-absent", {"absent": None}, "nobody notices when cron_sweep_jobs does not run"),
        ("alerts", "job-poison", {"metric": "poison"}, "there is no metric poison"),
        ("alerts", "made-up", {"metric": "sweeps"}, "alert made-up has no playbook"),
        ("alerts", "job-poison", {"metric": "sweeps"}, "its log query does not ask for sweep.done"),
    ],
)
def test_a_mistake_in_what_is_watched_is_found(group: str, name: str, change: dict[str, object], says: str) -> None:
    """Metrics of events that there are, playbooks for each alert."""
    watch = alerts.read_alerts()
    watch[group][name] = {**watch[group].get(name, {"says": "x"}), **change}
    assert any(says in problem for problem in alerts.problems(watch))


def test_an_event_that_is_logged_must_be_documented_and_the_reverse(tmp_path: Path) -> None:
    """Its name, its severities and its facts."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "functions").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "shared" / "a.py").write_text('logger.info("a.new", x=1)\nself._logger.error("a.known", y=1)\n')
    (tmp_path / "docs" / "events.md").write_text("| `a.known` | INFO | When | `x` |\n| `a.gone` | INFO | When |  |\n")
    assert list(events.problems(tmp_path)) == [
        "shared/a.py:2: a.known is also ERROR",
        "shared/a.py:2: docs/events.md does not say that a.known has y",
        "shared/a.py:1: a.new is not in docs/events.md",
        "docs/events.md: nothing logs a.gone",
    ]


def test_a_command_that_gcloud_does_not_know_is_found() -> None:
    """A flag, a verb; one that is right is not."""
    wrong = ["gcloud run services update x --imag=y", "gcloud run services upgrade x"]
    found = list(gcloud.problems([*wrong, "gcloud run services describe x --region=r"]))
    assert [problem.partition(": ")[0] for problem in found] == wrong


def test_the_guide_is_checked_too() -> None:
    """Its blocks and what the playbooks say inline."""
    commands = list(gcloud.of_documents())
    assert any(command.startswith("gcloud builds submit") for command in commands)
    assert any("scheduler jobs resume" in command for command in commands)
