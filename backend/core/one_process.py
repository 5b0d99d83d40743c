"""Letting one process of a worker do something that several threads of it share."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def one_process(name: str) -> Iterator[bool]:
    """True for one of the processes that the same parent started, False for the others.

    For the length of the block; a process that dies gives it up. What is true work is claimed in
    the database: this only decides how many processes of one worker may be busy with it.
    """
    path = Path(tempfile.gettempdir()) / f"desk-{name}-{os.getuid()}-{os.getppid()}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)
