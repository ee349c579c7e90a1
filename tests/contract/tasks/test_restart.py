"""What survives the end of the emulator's process."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path

import pytest
import requests
from google.api_core import exceptions
from google.cloud import tasks_v2
from werkzeug.wrappers import Response

from tests.contract.processes import ROOT, Command
from tests.contract.tasks.conftest import PARENT, Target, connect

QUEUE = f"{PARENT}/queues/assets"
OPTIONS = ("--manifest", str(ROOT / "infra" / "functions.yaml"), "--parent", PARENT)


def test_queues_tasks_names_and_keys_survive_a_kill(tmp_path: Path) -> None:
    """A SIGKILL right after the answers; then the waiting task is delivered, and a used name is still taken."""
    target = Target()
    emulator = Command("tasks", tmp_path, *OPTIONS)
    url, host = emulator.addresses
    client, channel = connect(host)
    request = tasks_v2.HttpRequest(url=f"{target.url}/run", body=b"{}")
    client.create_task(parent=QUEUE, task=tasks_v2.Task(name=f"{QUEUE}/tasks/done", http_request=request))
    assert requests.get(f"{url}/_emulator/idle?wait=10", timeout=20).json()["idle"]
    target.take()
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    waiting = tasks_v2.Task(name=f"{QUEUE}/tasks/waiting", http_request=request, schedule_time=later)
    client.create_task(parent=QUEUE, task=waiting)
    keys = requests.get(f"{url}/oauth2/v3/certs", timeout=10).json()
    emulator.kill()
    channel.close()

    emulator = Command("tasks", tmp_path, *OPTIONS)
    url, host = emulator.addresses
    client, channel = connect(host)
    with pytest.raises(exceptions.AlreadyExists):
        client.create_task(parent=QUEUE, task=tasks_v2.Task(name=f"{QUEUE}/tasks/done", http_request=request))
    assert requests.get(f"{url}/oauth2/v3/certs", timeout=10).json() == keys
    requests.post(f"{url}/_emulator/clock", json={"advance": 3601}, timeout=10).raise_for_status()
    assert target.take().headers["X-Cloudtasks-Taskname"] == "waiting"
    channel.close()
    assert emulator.terminate() == 0
    target.stop()


def test_a_task_that_was_being_sent_is_sent_again_after_a_kill(tmp_path: Path) -> None:
    """At least once: the attempt before the kill counts, and its outcome is unknown."""
    target = Target()
    target.answers = [500]
    emulator = Command("tasks", tmp_path, *OPTIONS)
    client, channel = connect(emulator.addresses[1])
    request = tasks_v2.HttpRequest(url=f"{target.url}/run")
    client.create_task(parent=QUEUE, task=tasks_v2.Task(name=f"{QUEUE}/tasks/a", http_request=request))
    target.take()
    emulator.kill()
    channel.close()
    emulator = Command("tasks", tmp_path, *OPTIONS)
    assert target.take().headers["X-Cloudtasks-Taskretrycount"] == "1"
    assert emulator.terminate() == 0
    target.stop()


def test_a_handler_that_hangs_does_not_keep_the_emulator_from_ending(tmp_path: Path) -> None:
    """The attempt has no outcome, and is made again after the restart."""
    release = threading.Event()
    target = Target()
    target.answers = [lambda: Response(status=200 if release.wait(30) else 500)]
    emulator = Command("tasks", tmp_path, *OPTIONS)
    client, channel = connect(emulator.addresses[1])
    request = tasks_v2.HttpRequest(url=f"{target.url}/run")
    client.create_task(parent=QUEUE, task=tasks_v2.Task(http_request=request))
    target.take()
    channel.close()
    assert emulator.terminate() == 0
    release.set()
    emulator = Command("tasks", tmp_path, *OPTIONS)
    assert target.take().path == "/run"
    assert emulator.terminate() == 0
    target.stop()
