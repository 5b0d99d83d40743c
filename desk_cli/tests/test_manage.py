"""`./desk manage` with and without a running desk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from desk_cli import process
from desk_cli.paths import ROOT
from desk_cli.state import DataFolder

# A newcomer's shell: without the servers and settings of this test run.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("DESK_", "DATABASE_URL", "CELERY_", "DJANGO_", "PYTHONPATH"))
}


def manage(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "desk"), "manage", "--data", str(data), *words],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
        timeout=300,
    )


def test_a_command_without_database_starts_and_leaves_nothing(tmp_path):
    mail = tmp_path / "mail.eml"
    mail.write_bytes(b"From: ana@example.org\r\nSubject: hello\r\n\r\nbom dia\r\n")
    answer = manage(tmp_path / "data", "parsemail", str(mail))
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["subject"] == "hello"
    assert not (tmp_path / "data").exists()


@pytest.mark.fault
def test_a_command_with_database_gets_one_for_its_duration(server_folder):
    data = server_folder / "data"
    answer = manage(data, "showmigrations", "--plan")
    assert answer.returncode == 0, answer.stderr
    assert "[ ]" in answer.stdout
    answer = manage(data, "inspectdb", "tickets")
    assert answer.returncode == 0, answer.stderr
    assert "Updating the database" in answer.stderr
    assert "class Tickets(models.Model)" in answer.stdout
    cluster = (data / "postgres").resolve() / "cluster"
    assert process.working_in(cluster, "postgres") == []


@pytest.mark.fault
def test_the_commands_own_exit_code_is_passed_on(server_folder):
    assert manage(server_folder / "data", "no-such-command").returncode == 1
    assert manage(server_folder / "data", "migrate", "no-such-app").returncode == 1


@pytest.mark.fault
def test_a_second_command_waits_for_the_first(server_folder):
    data = DataFolder(server_folder / "data")
    data.prepare()
    data.lock("desk manage first")
    command = [sys.executable, str(ROOT / "desk"), "manage", "--data", str(data.path)]
    second = subprocess.Popen(
        [*command, "showmigrations"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert second.stderr is not None
    assert "waiting for another command" in second.stderr.readline()
    data.unlock()
    out, err = second.communicate(timeout=300)
    assert second.returncode == 0, err
    assert "tickets" in out
