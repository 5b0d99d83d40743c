#!/usr/bin/env python
"""Mails made to be slow to read (backend/mail/tests/hostile.py): what each costs.

Every generator makes one mail of --mib mebibytes; a process of its own understands it. Prints one
JSON object with --json; exit code 1 when a mail takes over 5 s of processor time or 512 MiB.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import resource
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

from backend.mail.parse import parse
from backend.mail.tests.hostile import GENERATORS

SECONDS = 5.0
MEMORY_MIB = 512
PATIENCE = 300.0
FORK = multiprocessing.get_context("fork")


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line; exits with 2 and one line for a bad one."""
    parser = argparse.ArgumentParser(prog="./desk bench hostile", description=__doc__)
    parser.add_argument("--mib", type=int, default=1, help="size of each mail (1)")
    parser.add_argument("--only", default="", help="generators with these words in their name")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(words)
    if given.mib < 1:
        parser.error("--mib must be at least 1")
    return given


def _make(name: str, size: int, file: Path) -> None:
    file.write_bytes(GENERATORS[name](size))


def _read(file: Path, answer: Connection) -> None:
    raw = file.read_bytes()
    started = time.process_time()
    parse(raw)
    seconds = time.process_time() - started
    answer.send((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))


def measure(name: str, size: int, folder: Path) -> tuple[float, int]:
    """Seconds of processor time and MiB for one mail; infinite and 0 for a process that died."""
    file = folder / "mail"
    maker = FORK.Process(target=_make, args=(name, size, file))  # its memory is not the reader's
    maker.start()
    maker.join()
    ours, theirs = FORK.Pipe(duplex=False)
    reader = FORK.Process(target=_read, args=(file, theirs))
    reader.start()
    theirs.close()
    found: tuple[float, int] = (float("inf"), 0)
    try:
        if ours.poll(PATIENCE):
            found = ours.recv()
    except EOFError:
        print(f"{name}: the process died", file=sys.stderr)
    reader.kill()
    reader.join()
    return found


def main(words: list[str]) -> int:
    """Run the bench; prints the report."""
    given = arguments(words)
    names = [name for name in GENERATORS if given.only in name]
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        found = {name: measure(name, given.mib * 1024 * 1024, Path(folder)) for name in names}
    failed = [n for n, (seconds, mib) in found.items() if seconds > SECONDS or mib > MEMORY_MIB]
    print(_report(given, found, failed))
    return 1 if failed else 0


def _report(
    given: argparse.Namespace, found: dict[str, tuple[float, int]], failed: list[str]
) -> str:
    slowest = sorted(found, key=lambda name: -found[name][0])[:10]
    report: dict[str, Any] = {
        "bench": "hostile",
        "conditions": {
            "mails": len(found),
            "mib_each": given.mib,
            "load_average": round(os.getloadavg()[0], 1),
            "python": platform.python_version(),
        },
        "figures": {
            "median_ms": round(median(seconds for seconds, _ in found.values()) * 1000),
            "slowest_ms": round(found[slowest[0]][0] * 1000) if slowest else 0,
            "peak_mib": max((mib for _, mib in found.values()), default=0),
            "slowest": {name: round(found[name][0] * 1000) for name in slowest},
        },
        "calibration": {},
        "ratios": {},
        "failed": failed,
    }
    return json.dumps(report) if given.json else json.dumps(report, indent=1, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
