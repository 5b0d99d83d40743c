"""Crash points that a test arms in a running process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

PROGRAM = """
from django.conf import settings
from backend.core.crashpoints import crashpoint
for number in range(1, 6):
    print(number, flush=True)
    crashpoint("other")
    crashpoint("here")
"""


def passes(wanted: str, environment: str = "test") -> tuple[int, int]:
    """How many passes began, and how the process ended."""
    variables = os.environ | {"DESK_CRASHPOINT": wanted, "DESK_ENV": environment}
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=variables, capture_output=True, check=False
    )
    return len(ended.stdout.split()), ended.returncode


def test_a_process_dies_at_the_nth_pass_of_the_point_that_is_named():
    assert passes("here:3") == (3, -signal.SIGKILL)
    assert passes("elsewhere:3") == (5, 0)


def test_an_armed_point_kills_one_process_once(tmp_path: Path):
    assert passes(str(tmp_path)) == (5, 0)
    (tmp_path / "here").write_text("2")
    assert passes(str(tmp_path)) == (2, -signal.SIGKILL)
    assert passes(str(tmp_path)) == (5, 0)


def test_nothing_is_armed_outside_of_the_tests(tmp_path: Path):
    (tmp_path / "here").write_text("1")
    assert passes(str(tmp_path), "local") == (5, 0)
