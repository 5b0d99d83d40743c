"""Celery's clock without Celery's command line, whose imports cost a second at every start.

Started by `./desk run` with the project's Python: python -m desk_cli.beat_process SCHEDULE_FILE
"""

from __future__ import annotations

import sys

from config.celery import app


def main() -> int:
    """Send due tasks until SIGTERM."""
    app.Beat(schedule=sys.argv[1], loglevel="INFO", quiet=True).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
