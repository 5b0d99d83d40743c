#!/usr/bin/env python
"""How fast a mail is understood on one core: parse, sanitise, reply text, machine or person.

1. A generated mailbox (bench/_mails.py), in blocks: each block is parsed by the standard library
   alone, by the standard library with bodies and files decoded, and understood by us.
2. The same over third-party mails, where there are any beside this checkout.

Processor time, not the clock, so that other work on the machine disturbs little. Prints one object
{bench, conditions, figures, calibration, ratios} with --json; ratios are of the generated mails
unless they say otherwise, higher is better.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from email.parser import BytesParser
from itertools import islice
from pathlib import Path
from typing import Any

from backend.mail.parse import parse
from bench import _corpus
from bench._mails import mails

BLOCK = 250
ROUNDS = 3  # the third-party mails are few


@dataclass
class Times:
    """Seconds of processor time that each reader took for the same mails."""

    mails: int = 0
    bytes_: int = 0
    stdlib: float = 0.0
    stdlib_decoded: float = 0.0
    ours: float = 0.0

    def per_second(self, seconds: float) -> float:
        """Mails per second."""
        return round(self.mails / seconds, 1)


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line; exits with 2 and one line for a bad one."""
    parser = argparse.ArgumentParser(prog="./desk bench parse", description=__doc__)
    parser.add_argument("--mails", type=int, default=10_000, help="generated mails (10000)")
    parser.add_argument("--corpus", type=Path, help="folder of third-party mails")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(words)
    if given.mails < 1:
        parser.error("--mails must be at least 1")
    if given.corpus is None:
        given.corpus = _corpus.folder()
    elif not given.corpus.is_dir():
        parser.error(f"{given.corpus} is no folder")
    return given


def parsed(raw: bytes) -> None:
    """Parse with the standard library alone."""
    BytesParser().parsebytes(raw)


def decoded(raw: bytes) -> None:
    """Parse with the standard library and decode every body and file."""
    for part in BytesParser().parsebytes(raw).walk():
        if not part.is_multipart():
            part.get_payload(decode=True)


def measure(letters: Iterable[bytes]) -> Times:
    """Time all readers, block by block, so that the machine's moods meet all of them."""
    times, source = Times(), iter(letters)
    while block := list(islice(source, BLOCK)):
        times.mails += len(block)
        times.bytes_ += sum(map(len, block))
        times.stdlib += _seconds(parsed, block)
        times.stdlib_decoded += _seconds(decoded, block)
        times.ours += _seconds(parse, block)
    return times


def _seconds(read: Callable[[bytes], object], block: list[bytes]) -> float:
    gc.collect()
    started = time.process_time()
    for raw in block:
        read(raw)
    return time.process_time() - started


def third_party(folder: Path | None) -> Iterator[bytes]:
    """The mails of the folder, several times over; none without a folder."""
    letters = _corpus.mails_in(folder) if folder else []
    for _ in range(ROUNDS):
        yield from letters


def report(given: argparse.Namespace) -> dict[str, Any]:
    """Measure both sets."""
    own = measure(mails(given.mails, "suporte@desk.test"))
    others = measure(third_party(given.corpus))
    result: dict[str, Any] = {
        "bench": "parse",
        "conditions": {
            "mails": own.mails,
            "mean_bytes": own.bytes_ // own.mails,
            "cores_used": 1,
            "cores": os.cpu_count(),
            "load_average": round(os.getloadavg()[0], 1),
            "python": platform.python_version(),
        },
        "figures": {
            "mails_per_s": own.per_second(own.ours),
            "mb_per_s": round(own.bytes_ / own.ours / 1e6, 1),
        },
        "calibration": {
            "stdlib_parse_per_s": own.per_second(own.stdlib),
            "stdlib_decode_per_s": own.per_second(own.stdlib_decoded),
        },
        "ratios": {
            "vs_stdlib": round(own.stdlib / own.ours, 3),
            "vs_stdlib_decode": round(own.stdlib_decoded / own.ours, 3),
            "cost_in_stdlib_parses": round(own.ours / own.stdlib, 2),
        },
    }
    if others.mails:
        result["conditions"]["third_party_mails"] = others.mails // ROUNDS
        result["conditions"]["third_party_mean_bytes"] = others.bytes_ // others.mails
        result["figures"]["third_party_mails_per_s"] = others.per_second(others.ours)
        result["calibration"]["third_party_stdlib_parse_per_s"] = others.per_second(others.stdlib)
        result["ratios"]["third_party_vs_stdlib"] = round(others.stdlib / others.ours, 3)
    return result


def main(words: list[str]) -> int:
    """Run the bench; prints the report."""
    given = arguments(words)
    found = report(given)
    if given.json:
        print(json.dumps(found))
    else:
        for part in ("conditions", "figures", "calibration", "ratios"):
            print(f"{part}: " + ", ".join(f"{k}={v}" for k, v in found[part].items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
