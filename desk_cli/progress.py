"""One line per step, with its time."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from desk_cli.errors import Interrupted

_stream: TextIO | None = None  # None: standard output


def to_stderr() -> None:
    """From now on speak on standard error: standard output belongs to a command's own answer."""
    global _stream
    _stream = sys.stderr


def begin_line(text: str) -> None:
    """Show text at once; when the terminal or pipe is gone, go on in silence."""
    global _stream
    stream = _stream or sys.stdout
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        # The reader left (closed terminal, `| head`): nobody is there to be told.
        _stream = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115


def say(text: str) -> None:
    """Print one line at once."""
    begin_line(text + "\n")


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print `name ... 1.2 s` around the work; `failed after` when it raises."""
    begin_line(f"  {name} ... ")
    begun = time.monotonic()
    try:
        yield
    except (Interrupted, KeyboardInterrupt):
        say("interrupted")
        raise
    except BaseException:
        say(f"failed after {time.monotonic() - begun:.1f} s")
        raise
    say(f"{time.monotonic() - begun:.1f} s")
