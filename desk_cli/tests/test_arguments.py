"""The command line: one clear line and exit code 2 for what can't be meant."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from desk_cli.main import main
from desk_cli.manage import needs_no_database
from desk_cli.paths import ROOT

COMMANDS = ("run", "test", "check", "manage", "bench", "doctor", "setup")


def desk(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "desk"), *words], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("start",),
        ("run", "--port", "0"),
        ("run", "--port", "65536"),
        ("run", "--port", "eight"),
        ("run", "--prot", "8000"),
        ("run", "surplus"),
        ("test", "--only", "nothing"),
        ("manage", "--data"),
        ("bench",),
        ("bench", "no-such-bench"),
        ("doctor", "--verbose"),
    ],
)
def test_bad_arguments_give_one_line_and_exit_code_2(words):
    answer = desk(*words)
    assert answer.returncode == 2
    assert len(answer.stderr.strip().splitlines()) == 1
    assert answer.stdout == ""


@pytest.mark.parametrize("command", [c for c in COMMANDS if c != "manage"])
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    assert f"./desk {command}" in capsys.readouterr().out


def test_the_general_help_names_every_command():
    answer = desk("--help")
    assert answer.returncode == 0
    assert all(command in answer.stdout for command in COMMANDS)


@pytest.mark.parametrize("version", [(2, 7), (3, 10)])
def test_an_older_python_gets_one_line_and_exit_code_2(version):
    code = f"import sys; sys.version_info = {version!r}; exec(open('desk').read())"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 2
    assert "Python 3.11 or newer is needed" in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


def test_the_stub_is_readable_for_any_python():
    text = (ROOT / "desk").read_text(encoding="ascii")
    assert text.startswith("#!/usr/bin/env python3\n")
    assert 'f"' not in text


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["parsemail", "a.eml"], True),
        (["check"], True),
        (["--help"], True),
        (["adduser", "--help"], True),
        (["adduser", "--email", "a@b"], False),
        (["migrate"], False),
    ],
)
def test_a_database_is_only_started_for_commands_that_need_one(words, expected):
    assert needs_no_database(words) is expected


def test_the_tooling_needs_nothing_but_the_standard_library():
    """Everything up to and including the set-up step runs on a bare Python."""
    started_by_project_python = {
        "demo_smtp.py",
        "demo_imap.py",
        "celery_beat.py",
        "celery_worker.py",
    }
    for_pytest = {"pytest_servers.py"}
    names = set(sys.stdlib_module_names) | {"desk_cli"}
    for file in (ROOT / "desk_cli").rglob("*.py"):
        if "tests" in file.parts or file.name in started_by_project_python | for_pytest:
            continue
        for module in imported(file):
            assert module in names, f"{file.name} imports {module}"


def imported(file: Path) -> set[str]:
    import ast

    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found
