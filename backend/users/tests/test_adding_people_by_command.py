"""`adduser` and `addtoken`."""

from __future__ import annotations

import io
import json
import os
import pty

import pytest
from django.core.management import CommandError, call_command

from backend.audit.models import Log
from backend.audit.services import command
from backend.users.models import User
from backend.users.sessions import sign_in, user_of_api_token
from desk_cli.paths import ROOT, VENV_PYTHON
from desk_cli.testing import DeskProcesses

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input as a script has it."""
    monkeypatch.setattr("sys.stdin", io.StringIO())


def signs_in(email: str, password: str) -> bool:
    """Whether the password opens a session (it raises otherwise)."""
    opened = sign_in(email=email, password=password, user_agent="", ip=None, actor=command("tests"))
    return opened.user.email == email


def run_at_terminal(
    arguments: list[str], *, environment: dict[str, str], answers: list[str]
) -> str:
    """Run a command on a terminal of its own, answer each of its questions; what was on screen."""
    command_line = [str(VENV_PYTHON), str(ROOT / "backend" / "manage.py"), *arguments]
    pid, leader = pty.fork()
    if pid == 0:
        os.execve(command_line[0], command_line, environment)  # noqa: S606 - no shell is meant
    screen = ""
    waiting = list(answers)
    while True:
        try:
            shown = os.read(leader, 1024).decode()
        except OSError:  # how Linux says that the other end of a terminal is closed
            break
        screen += shown
        if waiting and shown.endswith(": "):
            os.write(leader, f"{waiting.pop(0)}\n".encode())
    os.close(leader)
    os.waitpid(pid, 0)
    return screen


def test_adduser_adds_a_person_who_can_sign_in(capsys: pytest.CaptureFixture[str]):
    call_command(
        "adduser",
        "--email=Bia@Desk.Test",
        "--name=Bia",
        "--role=supervisor",
        "--team=Loja",
        f"--password={PASSWORD}",
    )
    printed = json.loads(capsys.readouterr().out)
    user = User.objects.get()
    assert printed == {"id": str(user.id), "email": "bia@desk.test"}
    assert (user.name, user.role) == ("Bia", "supervisor")
    assert [team.name for team in user.teams.all()] == ["Loja"]
    assert signs_in("bia@desk.test", PASSWORD)
    assert Log.objects.get(action="user.create").cause == "adduser"


def test_adduser_makes_a_password_and_prints_it_when_nobody_can_type(
    capsys: pytest.CaptureFixture[str],
):
    call_command("adduser", "--email=rui@desk.test")
    printed = json.loads(capsys.readouterr().out)
    assert signs_in("rui@desk.test", printed["password"])
    assert User.objects.get().name == "rui"


def test_adduser_asks_twice_at_a_terminal_and_shows_nothing(desk_processes: DeskProcesses):
    typed = run_at_terminal(
        ["adduser", "--email=rui@desk.test"],
        environment=desk_processes.environment,
        answers=[PASSWORD, PASSWORD],
    )
    assert typed.count("assword") == 1
    assert PASSWORD not in typed
    assert signs_in("rui@desk.test", PASSWORD)


def test_adduser_adds_nobody_when_the_two_passwords_differ(desk_processes: DeskProcesses):
    typed = run_at_terminal(
        ["adduser", "--email=rui@desk.test"],
        environment=desk_processes.environment,
        answers=[PASSWORD, "another " + PASSWORD],
    )
    assert "The two passwords differ" in typed
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--email=nobody"], "not an e-mail address"),
        (["--email=a@desk.test", "--role=king"], "No role 'king'"),
        (["--email=a@desk.test", "--password=12345"], "too weak"),
    ],
)
def test_adduser_refuses_what_cannot_be(arguments: list[str], words: str):
    with pytest.raises(CommandError, match=words) as refused:
        call_command("adduser", *arguments)
    assert refused.value.returncode == 2
    assert not User.objects.exists()


def test_adduser_refuses_an_address_that_is_taken():
    call_command("adduser", "--email=a@desk.test", f"--password={PASSWORD}")
    with pytest.raises(CommandError, match="already belongs"):
        call_command("adduser", "--email=A@desk.test", f"--password={PASSWORD}")


def test_addtoken_prints_a_token_that_acts_as_the_person(capsys: pytest.CaptureFixture[str]):
    call_command("adduser", "--email=a@desk.test", f"--password={PASSWORD}")
    capsys.readouterr()
    call_command("addtoken", "--user=A@Desk.test", "--name=relatório")
    token = capsys.readouterr().out.strip()
    assert user_of_api_token(token).email == "a@desk.test"


def test_addtoken_refuses_people_it_does_not_know_and_deactivated_ones():
    with pytest.raises(CommandError, match="Nobody has"):
        call_command("addtoken", "--user=a@desk.test")
    call_command("adduser", "--email=a@desk.test", f"--password={PASSWORD}")
    User.objects.update(is_active=False)
    with pytest.raises(CommandError, match="deactivated"):
        call_command("addtoken", "--user=a@desk.test")
