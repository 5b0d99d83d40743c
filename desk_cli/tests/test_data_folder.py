"""The data folder: one desk at a time, leftovers ended, strangers left alone."""

from __future__ import annotations

import base64
import os
import subprocess
import sys

import pytest

from desk_cli import process, state
from desk_cli.errors import DeskError
from desk_cli.process import Child
from desk_cli.state import DataFolder


@pytest.fixture
def data(tmp_path):
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    yield folder
    folder.unlock()


def sleeper(tmp_path, **environment):
    child = Child(
        "sleeper",
        [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"],
        log=tmp_path / "sleeper.log",
        env=os.environ | environment,
    )
    child.start()
    assert process.wait_until(lambda: "up" in child.log_text(), 20)
    return child


def test_a_second_copy_is_told_the_address_of_the_first(data):
    data.lock("desk run")
    data.write_run(
        {"pid": os.getpid(), "birth": process.birth(os.getpid()), "address": "http://a/"}
    )
    with pytest.raises(DeskError, match=r"already running.*http://a/"):
        DataFolder(data.path).lock("desk run")


def test_a_folder_in_use_by_another_command_names_the_command(data):
    data.lock("desk manage adduser")
    with pytest.raises(DeskError, match="in use by desk manage adduser"):
        DataFolder(data.path).lock("desk run")


def test_the_lock_of_a_killed_process_does_not_stay(data):
    code = (
        "import sys, time; from pathlib import Path; from desk_cli.state import DataFolder; "
        "DataFolder(Path(sys.argv[1])).lock('desk run'); print('held', flush=True); time.sleep(600)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(data.path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(DeskError):
        data.lock("desk run")
    holder.kill()
    holder.wait(timeout=30)
    holder.stdout.close()
    data.lock("desk run")
    assert data.locked


def test_leftovers_of_a_killed_run_are_ended_by_number_and_birth(data, tmp_path):
    child = sleeper(tmp_path)
    data.write_run({"pid": 1, "children": {str(child.pid): process.birth(child.pid)}})
    assert data.end_leftovers() == 1
    assert not child.running
    assert not data.run_file.exists()


def test_leftovers_are_also_known_by_the_name_of_the_run_they_carry(data, tmp_path):
    child = sleeper(tmp_path, DESK_INSTANCE=f"run-{tmp_path.name}")
    data.write_run({"pid": 1, "instance": f"run-{tmp_path.name}", "children": {}})
    assert data.end_leftovers() == 1
    assert not child.running


def test_a_stranger_with_a_reused_number_is_left_alone(data, tmp_path):
    stranger = sleeper(tmp_path)
    data.write_run({"pid": 1, "instance": "gone", "children": {str(stranger.pid): "12345"}})
    assert data.end_leftovers() == 0
    assert stranger.running
    stranger.stop()


def test_a_damaged_state_file_counts_as_none(data):
    data.run_file.write_text("{half", encoding="utf-8")
    assert data.read_run() == {}
    assert data.running() == {}
    assert data.end_leftovers() == 0


def test_a_state_file_of_a_dead_desk_is_not_taken_for_a_running_one(data):
    data.write_run({"pid": os.getpid(), "birth": "another", "address": "http://a/"})
    assert data.running() == {}


def test_secrets_are_made_once_and_only_we_may_read_them(data):
    names = ("secret_key", "encryption_key", "demo_password", "database_password")
    first = {name: data.secret(name) for name in names}
    assert first == {name: DataFolder(data.path).secret(name) for name in names}
    assert len(set(first.values())) == len(names)
    assert len(base64.urlsafe_b64decode(first["encryption_key"])) == 32
    assert len(first["secret_key"]) >= 50
    for name in names:
        assert data.secret_file(name).stat().st_mode & 0o777 == 0o600


def test_a_path_that_can_not_hold_a_folder_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DeskError, match="choose another folder with --data DIR") as caught:
        DataFolder(tmp_path / "file" / "data").prepare()
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_refused_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(state, "LEAST_FREE", 10**18)
    with pytest.raises(DeskError, match=r"is full.*make room"):
        DataFolder(tmp_path / "data").prepare()


def test_a_stamp_survives_and_is_empty_before(data):
    assert data.stamp("migrations") == ""
    data.set_stamp("migrations", "abc")
    assert DataFolder(data.path).stamp("migrations") == "abc"
