"""What every management command of the desk shares: how it fails."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, handle_default_options
from django.db import DatabaseError, InterfaceError, connections

from backend.core.errors import DeskError
from backend.core.text import one_line

BAD_INPUT = 2
FAULT = 1


class DeskCommand(BaseCommand):
    """A command that says what is wrong in one line on stderr.

    Exit codes: 0 done, 2 for input that can't be done, 1 for a database that does not answer.
    """

    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own attribute

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as `manage NAME ...`; ends the process with the exit codes above."""
        try:
            # Not marked as called from a command line: argparse would print the whole usage.
            options = self.create_parser(argv[0], argv[1]).parse_args(argv[2:])
            handle_default_options(options)
            given = vars(options)
            positional = given.pop("args", ())
            self.execute(*positional, **given)
        except (CommandError, DatabaseError, InterfaceError) as error:
            if "--traceback" in argv:
                raise
            words = one_line(str(error), limit=1000).removeprefix("Error: ")
            print(f"desk: {words}", file=sys.stderr)
            sys.exit(BAD_INPUT if isinstance(error, CommandError) else FAULT)
        finally:
            connections.close_all()

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command; raises CommandError for every error of the desk."""
        try:
            return super().execute(*args, **options)
        except DeskError as error:
            raise CommandError(error.message, returncode=BAD_INPUT) from error
