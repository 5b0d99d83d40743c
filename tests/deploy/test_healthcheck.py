"""deploy/healthcheck.py, asked about real processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from backend.mailboxes import heartbeats
from backend.mailboxes.models import Heartbeat
from desk_cli.paths import ROOT
from desk_cli.ports import free_port
from desk_cli.process import wait_until
from desk_cli.run import web_command
from desk_cli.servers.valkey import Valkey
from desk_cli.testing import DeskProcesses

SCRIPT = str(ROOT / "deploy" / "healthcheck.py")


def ask(*words: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=environment or dict(os.environ),
    )


@pytest.mark.parametrize("words", [(), ("kitchen",), ("worker",), ("web", "monitor")])
def test_an_unknown_question_is_told_what_can_be_asked(words: tuple[str, ...]):
    answer = ask(*words)
    assert answer.returncode == 2
    assert answer.stderr == "healthcheck: use web, monitor, beat or worker QUEUE\n"


def test_a_web_server_that_is_not_there_is_ill():
    from deploy.healthcheck import web

    assert web(free_port()).startswith("no answer on port")


def test_a_web_server_is_well_when_it_answers_to_its_own_name(
    desk_processes: DeskProcesses, monkeypatch: pytest.MonkeyPatch
):
    from deploy.healthcheck import web

    port = free_port()
    desk_processes.start("web", web_command("127.0.0.1", port), ready="Started worker")
    monkeypatch.setenv("DESK_ALLOWED_HOSTS", "testserver,localhost")
    assert wait_until(lambda: web(port) == "", 60), web(port)
    monkeypatch.setenv("DESK_ALLOWED_HOSTS", "someone-else.test")
    assert web(port) == "/healthz answers 400"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("question", "name"), [("monitor", heartbeats.MONITOR), ("beat", heartbeats.WORKER)]
)
def test_a_process_is_well_while_its_sign_of_life_is_fresh(question: str, name: str):
    from deploy.healthcheck import sign_of_life

    assert sign_of_life(name) == f"no sign of life of the {name} for 45 s", question
    heartbeats.beat(name)
    assert sign_of_life(name) == ""
    Heartbeat.objects.filter(name=name).update(at=timezone.now() - timedelta(minutes=5))
    assert "no sign of life" in sign_of_life(name)


def test_a_worker_is_well_when_it_answers_under_its_own_name(
    desk_processes: DeskProcesses, broker: Valkey
):
    desk_processes.start_worker(processes=1)
    environment = desk_processes.environment
    assert ask("worker", f"worker-{os.getpid()}", environment=environment).returncode == 0
    stranger = ask("worker", "send", environment=environment)
    assert stranger.returncode == 1
    assert stranger.stderr == f"healthcheck: send@{socket.gethostname()} does not answer\n"
    broker.kill9()
    away = ask("worker", f"worker-{os.getpid()}", environment=environment)
    assert away.returncode == 1
    assert "the broker does not answer" in away.stderr
