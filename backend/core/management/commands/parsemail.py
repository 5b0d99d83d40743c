"""`parsemail FILE...`: what the desk reads in a mail, one JSON object per file and line."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.mail.cli.render import as_json
from backend.mail.parse import parse


class Command(BaseCommand):
    """Prints parsed mails as JSON. Exit 0 for any bytes, 2 when a file cannot be read."""

    help = "Print what the desk reads in mails: one JSON object per file, one per line."
    requires_system_checks: list[str] = []  # noqa: RUF012 - nothing here needs a database
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the files."""
        parser.add_argument("files", nargs="+", metavar="FILE", help='raw mails; "-" reads stdin')

    def handle(self, *_: Any, files: list[str], **__: Any) -> None:
        """Parse each file; raises CommandError (exit 2) after the others when one is unreadable."""
        unreadable: list[str] = []
        for name in files:
            try:
                raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
            except OSError as error:
                unreadable.append(f"{name}: {error.strerror}")
                continue
            self.stdout.write(json.dumps(as_json(name, parse(raw))))
            self.stdout.flush()
        if unreadable:
            raise CommandError(f"cannot read {'; '.join(unreadable)}", returncode=2)
