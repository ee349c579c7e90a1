"""`infra/alerts.yaml`: its metrics exist as events, each cron has an alert on its absence, each alert its playbook.

`python -m infra.check.alerts [--check]` makes the dashboard from the metrics.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from google.cloud.monitoring_dashboard_v1 import Dashboard

from infra.check.events import documented
from infra.local.manifest import read_functions

ROOT = Path(__file__).parents[2]
PATH = ROOT / "infra" / "alerts.yaml"
DASHBOARD = ROOT / "infra" / "terraform" / "dashboard.json"
PLAYBOOKS = ROOT / "docs" / "playbooks"
SECTIONS = ("When", "Why", "Look", "Do", "Try it here")
QUERY = re.compile(r"^```text\n(.+?)\n```$", re.MULTILINE | re.DOTALL)
WIDTH, HEIGHT, COLUMNS = 16, 12, 48


def read_alerts(path: Path = PATH) -> dict[str, Any]:
    """The file."""
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def problems(watch: dict[str, Any] | None = None) -> Iterator[str]:
    """What does not fit together."""
    watch = watch or read_alerts()
    yield from _metrics(watch)
    yield from _alerts(watch)
    charts = Dashboard.from_json(dashboard(watch)).mosaic_layout.tiles  # refuses unknown names and values
    if len(charts) != len(watch["metrics"]):
        yield "the dashboard does not have a chart for each metric"
    if DASHBOARD.read_text(encoding="utf-8") != dashboard(watch):
        yield "infra/terraform/dashboard.json is not current: python -m infra.check.alerts"


def _metrics(watch: dict[str, Any]) -> Iterator[str]:
    events = documented()
    for name, metric in watch["metrics"].items():
        event = events.get(metric["event"])
        if event is None:
            yield f"metric {name}: there is no event {metric['event']}"
            continue
        asked = {*metric.get("by", []), *re.findall(r"jsonPayload\.(\w+)", metric.get("where", ""))}
        for fact in sorted((asked | {metric.get("value")}) - event.facts - {None}):
            yield f"metric {name}: {metric['event']} has no fact {fact}"


def _alerts(watch: dict[str, Any]) -> Iterator[str]:
    for name, alert in watch["alerts"].items():
        if alert["metric"] not in watch["metrics"]:
            yield f"alert {name}: there is no metric {alert['metric']}"
        yield from _playbook(name, watch["metrics"].get(alert["metric"], {}).get("event", ""))
    watched = {alert.get("absent") for alert in watch["alerts"].values()}
    for cron in (function.name for function in read_functions() if function.kind == "cron"):
        if cron not in watched:
            yield f"nobody notices when {cron} does not run"
    for path in PLAYBOOKS.glob("*.md"):
        if path.stem not in watch["alerts"]:
            yield f"{path.name} is the playbook of no alert"


def query_of(alert: str) -> str:
    """The log query of an alert's playbook: its first block of text."""
    found = QUERY.search((PLAYBOOKS / f"{alert}.md").read_text(encoding="utf-8"))
    return found[1] if found else ""


def _playbook(alert: str, event: str) -> Iterator[str]:
    path = PLAYBOOKS / f"{alert}.md"
    if not path.exists():
        yield f"alert {alert} has no playbook"
        return
    headings = tuple(re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE))
    if headings != SECTIONS:
        yield f"{path.name} has the sections {', '.join(headings)}, not {', '.join(SECTIONS)}"
    if f'jsonPayload.event="{event}"' not in query_of(alert):
        yield f"{path.name}: its log query does not ask for {event}"


def dashboard(watch: dict[str, Any]) -> str:
    """A chart for each metric, in the shape of Cloud Monitoring's Dashboard."""
    tiles = []
    for number, (name, metric) in enumerate(watch["metrics"].items()):
        column, row = number % (COLUMNS // WIDTH), number // (COLUMNS // WIDTH)
        place = {"xPos": column * WIDTH, "yPos": row * HEIGHT, "width": WIDTH, "height": HEIGHT}
        tiles.append({**place, "widget": _widget(name, metric)})
    layout = {"columns": COLUMNS, "tiles": tiles}
    return json.dumps({"displayName": "Ecosystem IP AI", "mosaicLayout": layout}, indent=2) + "\n"


def _widget(name: str, metric: dict[str, Any]) -> dict[str, Any]:
    """Counts and sums as bars, times as the 95th percentile."""
    unit = metric.get("unit", "")
    data = {"plotType": "LINE" if unit else "STACKED_BAR", "timeSeriesQuery": {"prometheusQuery": _query(name, metric)}}
    chart = {"dataSets": [data], "yAxis": {"label": unit, "scale": "LINEAR"}}
    return {"title": metric["says"], "xyChart": chart}


def _query(name: str, metric: dict[str, Any]) -> str:
    """A log-based metric in PromQL: Cloud Monitoring's own names for it (B)."""
    by, resource = ", ".join(metric.get("by", [])), '{monitored_resource="cloud_run_revision"}[5m]'
    series = f"logging_googleapis_com:user_{name}"
    if metric.get("unit"):
        grouped = ", ".join(filter(None, ("le", by)))
        return f"histogram_quantile(0.95, sum by ({grouped}) (rate({series}_bucket{resource})))"
    counted = f"{series}_sum" if metric.get("value") else series
    return f"sum by ({by}) (increase({counted}{resource}))"


def main() -> int:
    """Write the dashboard, or say whether all is well."""
    parser = argparse.ArgumentParser("infra.check.alerts", description="Metrics, alerts, playbooks, dashboard.")
    parser.add_argument("--check", action="store_true", help="only say what is wrong")
    if not parser.parse_args().check:
        DASHBOARD.write_text(dashboard(read_alerts()), encoding="utf-8")
        return 0
    found = list(problems())
    sys.stdout.write("".join(f"{problem}\n" for problem in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
