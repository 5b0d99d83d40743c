"""Settings come from the environment, secrets also from files, and from nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.database import database_from_url
from config.environment import BY_NAME, VARIABLES, Environment, SettingsError
from config.tests.desk_settings import PRODUCTION, production
from desk_cli.paths import ROOT


def test_nothing_in_the_product_reads_the_environment_but_the_one_place():
    readers = {
        str(file.relative_to(ROOT))
        for folder in ("backend", "config", "scripts")
        for file in (ROOT / folder).rglob("*.py")
        if "tests" not in file.parts
        and re.search(
            r"os\.environ(?!\.setdefault\(\"DJANGO_SETTINGS)|os\.getenv", file.read_text()
        )
    }
    assert readers == {"config/environment.py"}


def test_every_declared_variable_is_read_by_the_settings():
    settings = (ROOT / "config" / "settings.py").read_text()
    unread = [one.name for one in VARIABLES if f'"{one.name}"' not in settings]
    assert unread == []


def test_a_variable_nobody_declared_can_not_be_read():
    with pytest.raises(KeyError):
        Environment({"DESK_UNKNOWN": "1"}).text("DESK_UNKNOWN")


def test_a_file_beside_the_code_changes_no_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / ".env").write_text("DESK_DEBUG=1\nDESK_INSTANCE=from-a-file\n")
    monkeypatch.chdir(tmp_path)
    settings = production()
    assert (settings["DEBUG"], settings["DESK_INSTANCE"]) == (False, "")


def test_what_is_not_set_has_its_declared_default():
    settings = production()
    for name in ("DESK_POLL_SECONDS", "DESK_FETCH_BATCH", "DESK_LEASE_SECONDS"):
        assert settings[name] == int(BY_NAME[name].default or "")


@pytest.mark.parametrize("name", [one.name for one in VARIABLES if one.secret])
def test_a_secret_may_lie_in_a_file(tmp_path: Path, name: str):
    file = tmp_path / "secret"
    file.write_text("  from the file\n")
    assert Environment({f"{name}_FILE": str(file)}).text(name) == "from the file"


def test_a_secret_given_itself_wins_over_its_file(tmp_path: Path):
    values = {"DESK_SECRET_KEY": "given", "DESK_SECRET_KEY_FILE": str(tmp_path / "nothing")}
    assert Environment(values).text("DESK_SECRET_KEY") == "given"


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_a_secret_file_that_holds_no_text_is_named(tmp_path: Path, content: bytes | None):
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match="DESK_SECRET_KEY"):
        Environment({"DESK_SECRET_KEY_FILE": str(file)}).text("DESK_SECRET_KEY")


def test_only_secrets_are_read_from_files(tmp_path: Path):
    file = tmp_path / "debug"
    file.write_text("1")
    assert Environment({"DESK_DEBUG_FILE": str(file)}).flag("DESK_DEBUG") is False


@pytest.mark.parametrize(
    ("text", "flag"), [("1", True), ("YES", True), (" on ", True), ("0", False), ("off", False)]
)
def test_flags_are_read_as_people_write_them(text: str, flag: bool):
    assert Environment({"DESK_DEMO": text}).flag("DESK_DEMO") is flag


def test_names_are_split_at_commas_without_blanks():
    hosts = Environment({"DESK_ALLOWED_HOSTS": " a.test, b.test ,,"}).names("DESK_ALLOWED_HOSTS")
    assert hosts == ["a.test", "b.test"]


def test_the_database_address_is_taken_apart():
    database = production()["DATABASES"]["default"]
    assert (database["HOST"], database["PORT"], database["NAME"]) == (
        "db.example.com",
        "5433",
        "desk",
    )
    assert (database["USER"], database["PASSWORD"]) == ("desk", "pass word")


def test_a_socket_folder_wins_over_the_host():
    database = database_from_url("postgresql://u@h/db?host=/run/pg&sslmode=require", pool_size=0)
    assert database["HOST"] == "/run/pg"
    assert database["OPTIONS"]["sslmode"] == "require"


def test_a_web_process_waits_for_a_connection_only_so_long():
    database = database_from_url(PRODUCTION["DATABASE_URL"], pool_size=7)
    assert database["OPTIONS"]["pool"]["max_size"] == 7
    assert database["OPTIONS"]["pool"]["timeout"] > 0
    assert database["CONN_MAX_AGE"] == 0
