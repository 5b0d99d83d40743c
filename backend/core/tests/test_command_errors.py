"""How management commands fail: one line on stderr and an exit code."""

from __future__ import annotations

import os
import subprocess

import pytest

from desk_cli.paths import ROOT, VENV_PYTHON
from desk_cli.variables import NO_DATABASE

COMMANDS = ("adduser", "addtoken", "addmailbox", "requeue", "demoroom")


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command as people do; its database address leads nowhere."""
    return subprocess.run(
        [str(VENV_PYTHON), str(ROOT / "backend" / "manage.py"), *arguments],
        env=os.environ | {"DATABASE_URL": NO_DATABASE} | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def the_line(finished: subprocess.CompletedProcess[str]) -> str:
    """The one line a failed command said."""
    assert finished.stdout == ""
    (line,) = finished.stderr.splitlines()
    return line


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_without_a_database(name: str):
    finished = manage(name, "--help")
    assert finished.returncode == 0, finished.stderr
    assert "usage:" in finished.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["adduser"], "--email"),
        (["adduser", "--email", "a@b.test", "--colour", "red"], "--colour"),
        (["requeue"], "--inbound --all"),
        (["requeue", "--inbound", "7"], "'7' is not an id"),
        (["addmailbox", "--address", "a@b.test", "--imap", "x", "--smtp", "y"], "imaps://"),
        (["demoroom"], "./desk run"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(arguments: list[str], words: str):
    finished = manage(*arguments)
    assert finished.returncode == 2
    assert words in the_line(finished)


def test_a_missing_setting_is_one_line_and_exit_code_2():
    finished = manage("demoroom", DATABASE_URL="")
    assert finished.returncode == 2
    assert "DATABASE_URL" in the_line(finished)


def test_a_database_that_is_away_is_one_line_and_exit_code_1():
    finished = manage("addtoken", "--user", "ana@desk.test")
    assert finished.returncode == 1
    assert "desk: " in the_line(finished)


def test_a_trace_is_shown_to_who_asks_for_it():
    finished = manage("demoroom", "--traceback")
    assert finished.returncode != 0
    assert "Traceback" in finished.stderr
