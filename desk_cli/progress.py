"""One line per step, with its time."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(text: str) -> None:
    """Print one line at once, also into a pipe."""
    print(text, flush=True)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print `name ... 1.2 s` around the work; `failed after` when it raises."""
    sys.stdout.write(f"  {name} ... ")
    sys.stdout.flush()
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        say(f"failed after {time.monotonic() - begun:.1f} s")
        raise
    say(f"{time.monotonic() - begun:.1f} s")
