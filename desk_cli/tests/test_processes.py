"""Children end with everything they started, and never without us noticing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from desk_cli import process
from desk_cli.errors import Interrupted
from desk_cli.paths import ROOT
from desk_cli.process import Child

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""
DEAF = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('up', flush=True); time.sleep(600)"
)


def child_of(tmp_path, code, **more) -> Child:
    child = Child("probe", [sys.executable, "-c", code], log=tmp_path / "probe.log", **more)
    child.start()
    return child


def first_line(child: Child) -> str:
    assert process.wait_until(lambda: "\n" in child.log_text(), 20)
    return child.log_text().splitlines()[0]


def test_stopping_a_child_ends_its_grandchildren_too(tmp_path):
    child = child_of(tmp_path, PARENT)
    grandchild = int(first_line(child))
    child.stop()
    assert process.wait_until(lambda: not process.is_alive(grandchild), 10)
    assert not child.running


def test_grandchildren_of_a_killed_child_are_ended_by_the_next_start(tmp_path):
    child = child_of(tmp_path, PARENT)
    grandchild = int(first_line(child))
    child.kill9()
    assert not child.running
    assert process.is_alive(grandchild)
    child.start()
    assert process.wait_until(lambda: not process.is_alive(grandchild), 10)
    child.stop()


def test_a_child_that_ignores_the_stop_signal_is_killed(tmp_path):
    child = child_of(tmp_path, DEAF)
    assert first_line(child) == "up"
    assert child.stop(patience=0.2) == -signal.SIGKILL


def test_an_impatient_person_cuts_the_patience_short(tmp_path):
    child = child_of(tmp_path, DEAF)
    assert first_line(child) == "up"
    assert child.stop(patience=600, hard=lambda: True) == -signal.SIGKILL


def test_the_exit_code_of_a_child_that_ended_by_itself_is_kept(tmp_path):
    child = child_of(tmp_path, "raise SystemExit(3)")
    assert process.wait_until(lambda: not child.running, 20)
    assert child.stop() == 3
    assert child.stop() == 3


def test_the_log_text_holds_only_what_was_written_since_the_last_start(tmp_path):
    child = child_of(tmp_path, "print('one')")
    assert process.wait_until(lambda: not child.running, 20)
    child.command[-1] = "print('two')"
    child.start()
    assert process.wait_until(lambda: not child.running, 20)
    assert child.log_text() == "two\n"
    assert child.log.read_text() == "one\ntwo\n"


def test_children_end_when_we_are_killed(tmp_path):
    code = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from desk_cli.process import Child
child = Child("deep", [sys.executable, "-c", "import time; time.sleep(600)"],
              log=Path({str(tmp_path)!r}) / "deep.log")
child.start()
print(child.pid, flush=True)
time.sleep(600)
"""
    desk = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert desk.stdout is not None
    deep = int(desk.stdout.readline())
    assert process.is_alive(deep)
    desk.kill()
    desk.wait(timeout=30)
    desk.stdout.close()
    assert process.wait_until(lambda: not process.is_alive(deep), 10)


def test_processes_are_found_by_a_variable_and_by_their_folder(tmp_path):
    environment = os.environ | {"DESK_PROBE": f"value-{tmp_path.name}"}
    code = "import time; print('up', flush=True); time.sleep(600)"
    child = child_of(tmp_path, code, env=environment, cwd=tmp_path)
    assert first_line(child) == "up"
    assert process.with_variable("DESK_PROBE", f"value-{tmp_path.name}") == [child.pid]
    assert process.with_variable("DESK_PROBE", "value") == []
    assert process.working_in(tmp_path, "python") == [child.pid]
    assert process.working_in(tmp_path, "postgres") == []
    child.stop()


def test_a_birth_differs_from_that_of_another_process_and_is_none_for_no_process(tmp_path):
    child = child_of(tmp_path, "import time; time.sleep(600)")
    born = process.birth(child.pid)
    assert born is not None
    assert born == process.birth(child.pid)
    child.stop()
    assert process.birth(child.pid) is None


def test_waiting_ends_when_the_command_is_asked_to_end(monkeypatch):
    monkeypatch.setattr(process, "interruption", threading.Event())
    process.interruption.set()
    with pytest.raises(Interrupted):
        process.wait_until(lambda: False, 60)
    assert process.wait_until(lambda: False, 0.01, stopping=True) is False


def test_a_command_that_takes_too_long_is_ended(tmp_path):
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    assert process.run_logged(command, log=tmp_path / "slow.log", timeout=0.3) == 124
