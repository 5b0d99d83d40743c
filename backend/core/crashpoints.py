"""Named places where the fault tests kill or stop the process (SECURITY.md 2.4).

Honoured only when DESK_ENV=test. `DESK_CRASHPOINT=name:n` kills with SIGKILL at the nth pass of
every process. `DESK_CRASHPOINT=/a/folder` lets a test arm a point while the desk runs: it writes
"n" or "n STOP" into a file named after the point, and one process gets the signal, once.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from django.conf import settings

_passes: dict[str, int] = {}


def crashpoint(name: str) -> None:
    """Die here, as by kill -9, when the environment asks for it; otherwise do nothing."""
    wanted = settings.DESK_CRASHPOINT
    if not wanted:
        return
    if "/" in wanted:
        _crash_once(Path(wanted) / name)
        return
    wanted_name, _, count = wanted.partition(":")
    if name == wanted_name and _nth_pass(name, int(count or "1")):
        os.kill(os.getpid(), signal.SIGKILL)


def _nth_pass(name: str, wanted: int) -> bool:
    _passes[name] = _passes.get(name, 0) + 1
    return _passes[name] == wanted


def _crash_once(armed: Path) -> None:
    """Of the processes that come by, the one that takes the file away gets the signal."""
    try:
        count, _, name = armed.read_text().partition(" ")
        if not _nth_pass(armed.name, int(count)):
            return
        armed.unlink()
    except FileNotFoundError:
        _passes.pop(armed.name, None)
        return
    os.kill(os.getpid(), signal.Signals[f"SIG{name.strip() or 'KILL'}"])
