"""`parsemail FILE...`: what the desk reads in a mail, one JSON object per file and line."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from backend.mail.cli.render import as_json
from backend.mail.parse import parse

HELP = "Print what the desk reads in mails: one JSON object per file, one per line."


def add_files(parser: argparse.ArgumentParser) -> None:
    """Declare the files."""
    parser.add_argument("files", nargs="+", metavar="FILE", help='raw mails; "-" reads stdin')


def print_mails(files: Iterable[str], write: Callable[[str], object]) -> str:
    """Write a line for each file; return what could not be read, "" when all could."""
    unreadable: list[str] = []
    for name in files:
        try:
            raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as error:
            unreadable.append(f"{name}: {error.strerror}")
            continue
        write(json.dumps(as_json(name, parse(raw))) + "\n")
    return f"cannot read {'; '.join(unreadable)}" if unreadable else ""


def _print_now(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


def main(words: Sequence[str]) -> int:
    """Run the command without Django; exit code 0 for any bytes, 2 for a file not to be read."""
    parser = argparse.ArgumentParser(prog="parsemail", description=HELP)
    add_files(parser)
    problem = print_mails(parser.parse_args(words).files, _print_now)
    if problem:
        print(f"parsemail: {problem}", file=sys.stderr)
    return 2 if problem else 0
