"""`make demo`: from nothing to two characters, a moodboard and a film of it in a writer's Drive, by the code and protocols of production."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from infra.local.cloud import LocalCloud
from infra.local.demo.sheet import contact_sheet
from infra.local.demo.writer import Writer
from infra.local.parts import Choices
from infra.local.supervisor import PartFailed

EMAIL = "demo.writer@gmail.com"
SARI = {
    "appearance": "a tall woman with grey eyes and a silver streak in her hair",
    "clothing": "a red batik coat",
    "accessories": "a brass compass",
    "visualStyle": "watercolour",
}
BUDI = {
    "appearance": "her little brother, curious, freckled",
    "clothing": "a sailor's jumper",
    "visualStyle": "watercolour",
}
DONE = ("SUCCEEDED", "FAILED", "CANCELLED", "ACTION_REQUIRED")


def run_demo(folder: Path) -> int:
    """Run it with a fresh state in `folder`; 0 when everything is in Drive. Ctrl-C leaves nothing behind."""
    began = time.monotonic()
    console = Console(file=sys.stdout, highlight=False)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    cloud = LocalCloud(folder / "state", choices=Choices(render_seconds=3, sweep_every=20))
    try:
        console.print("Starting the local cloud …")
        cloud.start()
        console.print(f"  up after {time.monotonic() - began:.1f} s at {cloud.url}")
        jobs = _pictures(console, Writer(cloud.url, EMAIL))
        report = _report(folder, jobs, began)
        _table(console, report, jobs, folder)
    except PartFailed as failure:
        console.print(f"[red]{failure}", markup=True)
        return 1
    except KeyboardInterrupt:
        console.print("Interrupted: ending everything …")
        return 130
    finally:
        cloud.stop()
    return 0 if all(job["state"] == "SUCCEEDED" for _, job in jobs) else 1


def _pictures(console: Console, writer: Writer) -> list[tuple[Writer, dict[str, Any]]]:
    """Sign in; a picture of each of two characters, the second with the first as its reference; both in a scene; a film of it."""
    drive = writer.sign_in()
    who = writer.call("GET", "/api/auth/session")
    console.print(f"Signed in as {who['user']['email']}: Drive {drive}, {who['credits']['available']} credits")
    project = writer.call("POST", "/api/projects", {"name": "The Compass", "stylePreset": "soft morning light"})
    made = [
        writer.call("POST", "/api/characters", {"projectId": project["id"], "name": name, **fields})
        for name, fields in (("Sari", SARI), ("Budi", BUDI))
    ]
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        TextColumn("{task.fields[note]:<34}"),
        TimeElapsedColumn(),
    )
    jobs: list[tuple[Writer, dict[str, Any]]] = []
    steps: tuple[tuple[str, Callable[[], dict[str, Any]]], ...] = (
        ("Sari, from text", lambda: writer.generate(made[0]["id"], aspectRatio="3:4")),
        ("Budi, with Sari as reference", lambda: writer.generate(made[1]["id"], **_like(jobs[0][1]))),
        ("Both, at the pier", lambda: _moodboard(writer, project["id"], [one["id"] for one in made])),
        ("The pier, moving", lambda: _animation(writer, jobs[2][1])),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        for title, ask in steps:
            jobs.append((writer, _follow(console, bars, writer, title, ask())))
            if jobs[-1][1]["state"] != "SUCCEEDED":
                break
    return jobs


def _like(job: dict[str, Any]) -> dict[str, Any]:
    """Made from another job's picture."""
    return {
        "imageReferenceId": job["media"]["id"], "additionalPrompt": "standing on a pier", "aspectRatio": "4:3",
    }  # fmt: skip


def _moodboard(writer: Writer, project_id: str, character_ids: list[str]) -> dict[str, Any]:
    """A scene and a moodboard of it, and its picture asked for."""
    project = {"projectId": project_id}
    scene = {**project, "title": "The pier", "description": "an old wooden pier at dawn, fog on the water"}
    body = {
        "moodboardId": writer.call("POST", "/api/moodboards", {**project, "title": "At the pier"})["id"],
        "sceneId": writer.call("POST", "/api/scenes", scene)["id"],
        "characterIds": character_ids,
        "action": "looking at a compass",
        "aspectRatio": "16:9",
    }
    return dict(writer.call("POST", "/api/generate/moodboard", body))


def _animation(writer: Writer, moodboard: dict[str, Any]) -> dict[str, Any]:
    """Five seconds of a moodboard's picture."""
    body = {"moodboardId": moodboard["entityId"], "sourceImageId": moodboard["media"]["id"], "motionType": "zoom_in"}
    return dict(writer.call("POST", "/api/generate/animation", body))


def _follow(console: Console, bars: Progress, writer: Writer, title: str, job: dict[str, Any]) -> dict[str, Any]:
    """Until a job has ended, showing how far it is."""
    bar = bars.add_task(title, total=1.0, note="")
    shown = ""
    while job["state"] not in DONE:
        shown = _show(console, bars, bar, title, job, shown)
        job = writer.job(job["id"], wait=1)
    _show(console, bars, bar, title, job, shown)
    return job


def _show(console: Console, bars: Progress, bar: TaskID, title: str, job: dict[str, Any], shown: str) -> str:
    eta = f", about {job['etaSeconds']:.0f} s left" if job.get("etaSeconds") else ""
    note = f"{job['state'].lower()}: {job['phase']}{eta}"
    bars.update(bar, completed=job.get("progress", 0), note=note)
    phase = f"{job['state']} {job['phase']}"
    if not console.is_terminal and phase != shown:
        console.print(f"  {title}: {note}")
    return phase


def _report(folder: Path, jobs: list[tuple[Writer, dict[str, Any]]], began: float) -> dict[str, Any]:
    """What was made, as files and figures; written to report.json and the contact sheet."""
    writer = jobs[0][0]
    media = [_downloaded(folder, writer, job) for _, job in jobs if job["state"] == "SUCCEEDED"]
    balance = writer.call("GET", "/api/credits")
    ledger = writer.call("GET", "/api/credits/ledger?pageSize=100")
    sums = {kind: sum(entry["amount"] for entry in ledger if entry["type"] == kind) for kind in ("grant", "capture")}
    credits_ = {"granted": sums["grant"], "charged": sums["capture"], **{n: balance[n] for n in ("balance", "held")}}
    report = {"media": media, "credits": credits_, "seconds": round(time.monotonic() - began, 1)}
    (folder / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    sheet = contact_sheet([job for _, job in jobs if job["state"] == "SUCCEEDED"], media, report)
    (folder / "index.html").write_text(sheet)
    return report


def _downloaded(folder: Path, writer: Writer, job: dict[str, Any]) -> dict[str, Any]:
    """The file, through our own content endpoint, which streams it from Drive."""
    media = job["media"]
    data = writer.http.get(media["contentUrl"], timeout=60).content
    path = folder / media["fileName"]
    path.write_bytes(data)
    return {
        "kind": job["kind"],
        "mediaId": media["id"],
        "jobId": job["id"],
        "driveFileId": media["driveFileId"],
        "localPath": path.name,
        "mimeType": media["mimeType"],
        "width": media["width"],
        "height": media["height"],
        "durationSeconds": media.get("durationSeconds"),
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "creditsUsed": media["creditsUsed"],
    }


def _table(console: Console, report: dict[str, Any], jobs: list[tuple[Writer, dict[str, Any]]], folder: Path) -> None:
    table = Table("state", "seconds", "credits")
    for title in ("Drive path", "link"):
        table.add_column(title, overflow="fold")
    for _, job in jobs:
        media = job.get("media")
        path = f"Ecosystem IP AI/{media['fileName']}" if media else "-"
        table.add_row(
            job["state"], _seconds(job), str(job["credits"]["charged"]), path, media["viewUrl"] if media else "-"
        )
    console.print(table)
    console.print(f"Credits: {report['credits']}")
    console.print(f"{report['seconds']} s in all. Look at: {folder / 'index.html'}", soft_wrap=True)


def _seconds(job: dict[str, Any]) -> str:
    if "finishedAt" not in job:
        return "-"
    began, ended = (datetime.fromisoformat(job[name]) for name in ("createdAt", "finishedAt"))
    return f"{(ended - began).total_seconds():.1f}"
