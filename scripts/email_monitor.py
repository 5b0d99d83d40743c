#!/usr/bin/env python
"""Starts the monitor (`backend.mailboxes.monitor`), which reads every mailbox over IMAP."""

import os
import sys
from pathlib import Path


def main() -> int:
    """Run until SIGTERM; settings errors become one line and exit code 2."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    from config.environment import SettingsError

    try:
        django.setup()
    except SettingsError as error:
        print(f"email_monitor: {error}", file=sys.stderr)
        return 2
    from backend.mailboxes.monitor import main as monitor_main

    return monitor_main()


if __name__ == "__main__":
    sys.exit(main())
