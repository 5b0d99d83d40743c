"""Named places where the fault tests kill the process (SECURITY.md 2.4).

`DESK_CRASHPOINT=name:n` kills with SIGKILL at the n-th pass; honoured only when DESK_ENV=test.
"""

from __future__ import annotations

import os
import signal

from django.conf import settings

_passes: dict[str, int] = {}


def crashpoint(name: str) -> None:
    """Die here, as by kill -9, when the environment asks for it; otherwise do nothing."""
    wanted = settings.DESK_CRASHPOINT
    if not wanted:
        return
    wanted_name, _, count = wanted.partition(":")
    if name != wanted_name:
        return
    _passes[name] = _passes.get(name, 0) + 1
    if _passes[name] == int(count or "1"):
        os.kill(os.getpid(), signal.SIGKILL)
