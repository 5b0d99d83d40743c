#!/usr/bin/env python
"""Django's command line for the desk; `./desk manage` sets the environment and calls it."""

import os
import sys
from pathlib import Path


def main() -> int:
    """Run one management command; settings errors become one line and exit code 2."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    if sys.argv[1:2] == ["parsemail"]:
        # it reads files and nothing else: Django would take longer to start than it to work
        from backend.mail.cli import parsemail

        return parsemail.main(sys.argv[2:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config.environment import SettingsError

    try:
        execute_from_command_line(sys.argv)
    except SettingsError as error:
        print(f"desk: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
