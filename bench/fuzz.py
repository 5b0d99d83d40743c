#!/usr/bin/env python
"""Damages mails at random and lets each be understood under a time and a memory limit.

1. Mails of our own (backend/mail/tests/seeds.py) and third-party mails, where there are any, are
   damaged; the same seed gives the same mails.
2. A worker process parses them: 5 s of processor time each, 512 MiB, and everything that
   backend/mail/tests/mutations.py demands. When one kills the worker, the next goes on after it.

With --seconds it goes on over new seeds until then. Mails that failed are kept in --keep. Prints
one JSON object with --json; exit code 1 when a mail failed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Any

from bench import _corpus

SECONDS = 5.0
MEMORY = 512 * 1024 * 1024


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line; exits with 2 and one line for a bad one."""
    parser = argparse.ArgumentParser(prog="./desk bench fuzz", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many (20)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--mutations", type=int, default=500, help="mails for each seed (500)")
    parser.add_argument("--seconds", type=float, help="go on over new seeds for so long")
    parser.add_argument("--corpus", type=Path, help="folder of third-party mails")
    parser.add_argument("--keep", type=Path, help="folder for the mails that failed")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--worker", nargs=2, type=int, metavar=("SEED", "FROM"), help="(internal)")
    given = parser.parse_args(words)
    if given.seeds < 1 or given.mutations < 1:
        parser.error("--seeds and --mutations must be at least 1")
    if given.corpus is None:
        given.corpus = _corpus.folder()
    return given


def letters(corpus: Path | None) -> list[bytes]:
    """The mails to damage."""
    from backend.mail.tests.seeds import seeds

    return seeds() + (_corpus.mails_in(corpus) if corpus else [])


def work(given: argparse.Namespace) -> int:
    """Be the worker: one line of JSON before and one after each mail."""
    from backend.mail.tests.mutations import mutations, problems

    source = islice(mutations(given.worker[0], letters(given.corpus)), given.mutations)
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + MEMORY,) * 2)
    for number, raw in enumerate(source):
        if number < given.worker[1]:
            continue
        print(number, flush=True)
        started = time.process_time()
        # the kernel ends the process: no handler of Python could interrupt a parser in Rust
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            found = problems(raw)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            found = [f"{type(error).__name__}: {error}"]
        signal.setitimer(signal.ITIMER_PROF, 0)
        seconds = time.process_time() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({"seconds": seconds, "peak_kib": peak, "found": found}), flush=True)
    return 0


def _address_space() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    return int(pages) * resource.getpagesize()


@dataclass
class Outcome:
    """What came out so far."""

    mails: int = 0
    seeds: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    slowest_mail: tuple[int, int] = (0, 0)
    peak_kib: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)

    def note(self, seed: int, number: int, answer: dict[str, Any]) -> None:
        """Count one answered mail."""
        self.mails += 1
        self.seconds += answer["seconds"]
        self.peak_kib = max(self.peak_kib, answer["peak_kib"])
        if answer["seconds"] > self.slowest:
            self.slowest, self.slowest_mail = answer["seconds"], (seed, number)
        if answer["found"]:
            self.failures.append({"seed": seed, "mail": number, "found": answer["found"]})


def run_seed(given: argparse.Namespace, seed: int, outcome: Outcome) -> None:
    """Let workers parse all mails of a seed; a dead one is a failure of its mail."""
    outcome.seeds += 1
    position = 0
    while position < given.mutations:
        position = _run_worker(given, seed, position, outcome)


def _run_worker(given: argparse.Namespace, seed: int, position: int, outcome: Outcome) -> int:
    """Run one worker; return the number of the mail to go on with."""
    command = [sys.executable, __file__, "--worker", str(seed), str(position)]
    command += ["--mutations", str(given.mutations)]
    if given.corpus:
        command += ["--corpus", str(given.corpus)]
    number = position
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        for line in worker.stdout:
            if line.startswith("{"):
                outcome.note(seed, number, json.loads(line))
            else:
                number = int(line)
    if worker.returncode == 0:
        return int(given.mutations)
    reason = "over 5 s" if worker.returncode == -signal.SIGPROF else f"died: {worker.returncode}"
    outcome.mails += 1
    outcome.failures.append({"seed": seed, "mail": number, "found": [reason]})
    return number + 1


def keep(given: argparse.Namespace, failures: list[dict[str, Any]]) -> None:
    """Write the mails that failed into --keep, and say where."""
    from backend.mail.tests.mutations import mutations

    folder = given.keep or Path(tempfile.mkdtemp(prefix="desk-fuzz-"))
    folder.mkdir(parents=True, exist_ok=True)
    for failure in failures:
        source = mutations(failure["seed"], letters(given.corpus))
        raw = next(islice(source, failure["mail"], None))
        failure["file"] = str(folder / f"{failure['seed']}-{failure['mail']}.eml")
        Path(failure["file"]).write_bytes(raw)


def main(words: list[str]) -> int:
    """Run the fuzzer; prints the report."""
    given = arguments(words)
    if given.worker:
        return work(given)
    outcome, started = Outcome(), time.monotonic()
    for seed in count(given.first):
        elapsed = time.monotonic() - started
        if elapsed >= given.seconds if given.seconds else outcome.seeds >= given.seeds:
            break
        run_seed(given, seed, outcome)
    if outcome.failures:
        keep(given, outcome.failures)
    report = _report(given, outcome)
    print(json.dumps(report) if given.json else json.dumps(report, indent=1))
    return 1 if outcome.failures else 0


def _report(given: argparse.Namespace, outcome: Outcome) -> dict[str, Any]:
    return {
        "bench": "fuzz",
        "conditions": {
            "seeds": outcome.seeds,
            "first_seed": given.first,
            "mutations_per_seed": given.mutations,
            "damaged_mails": len(letters(given.corpus)),
            "seconds_limit": SECONDS,
            "memory_limit_mib": MEMORY // 1024 // 1024,
            "load_average": round(os.getloadavg()[0], 1),
            "python": platform.python_version(),
        },
        "figures": {
            "mails": outcome.mails,
            "failures": len(outcome.failures),
            "mean_ms": round(outcome.seconds / max(outcome.mails, 1) * 1000, 2),
            "slowest_s": round(outcome.slowest, 3),
            "slowest_seed_and_mail": outcome.slowest_mail,
            "peak_mib": outcome.peak_kib // 1024,
        },
        "calibration": {},
        "ratios": {},
        "failures": outcome.failures,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
