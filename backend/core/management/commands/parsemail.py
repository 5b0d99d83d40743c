"""`parsemail FILE...` as a command of Django; backend/manage.py runs it without starting Django."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.mail.cli import parsemail


class Command(BaseCommand):
    """Prints parsed mails as JSON. Exit 0 for any bytes, 2 when a file cannot be read."""

    help = parsemail.HELP
    requires_system_checks: list[str] = []  # noqa: RUF012 - nothing here needs a database
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the files."""
        parsemail.add_files(parser)

    def handle(self, *_: Any, files: list[str], **__: Any) -> None:
        """Parse each file; raises CommandError (exit 2) after the others when one is unreadable."""
        problem = parsemail.print_mails(files, self.stdout.write)
        if problem:
            raise CommandError(problem, returncode=2)
