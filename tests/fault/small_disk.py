"""A disk that is full, and then is not.

A small file system of its own where mounting is allowed; elsewhere the processes are forbidden to
write files, which is the same to them: every write fails.
"""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

MEGABYTE = 1024 * 1024


class SmallDisk:
    """A folder on a disk of `size` megabytes; `processes` are those that write to it."""

    def __init__(self, folder: Path, processes: Callable[[], Iterable[int]], size: int = 4) -> None:
        self.folder, self.size = folder, size
        self._processes = processes
        self._mounted = False
        self._limits: dict[int, tuple[int, int]] = {}

    def __enter__(self) -> Self:
        self.folder.mkdir()
        options = f"size={self.size}m,mode=0755"
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.folder)]
        try:
            done = subprocess.run(command, capture_output=True, check=False)
        except FileNotFoundError:
            return self
        self._mounted = done.returncode == 0
        return self

    def __exit__(self, *_: object) -> None:
        self.make_room()
        if self._mounted:
            # Lazily: a process that is about to end may still hold a file.
            subprocess.run(["umount", "-l", str(self.folder)], check=True)

    def fill(self) -> None:
        """From now on every write fails."""
        if not self._mounted:
            for pid in self._processes():
                limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                self._limits.setdefault(pid, limits)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, limits[1]))
            return
        with self._ballast.open("ab", buffering=0) as file:
            for block in (MEGABYTE, 4096, 1):
                self._write_all(file.fileno(), block)

    @staticmethod
    def _write_all(descriptor: int, block: int) -> None:
        while True:
            try:
                os.write(descriptor, b"\0" * block)
            except OSError:
                return

    def make_room(self) -> None:
        """Writes work again."""
        self._ballast.unlink(missing_ok=True)
        for pid, limits in self._limits.items():
            try:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
            except ProcessLookupError:
                continue
        self._limits.clear()

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"
