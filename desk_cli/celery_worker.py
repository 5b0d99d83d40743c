"""A Celery worker without Celery's command line, whose imports cost a second at every start.

The same as `celery -A config worker -Q QUEUES -c PROCESSES`. Started by `./desk run` with the
project's Python: python -m desk_cli.celery_worker QUEUES PROCESSES
"""

from __future__ import annotations

import sys

from config.celery import app


def main() -> int:
    """Work until SIGTERM (warm: the tasks at hand are finished); the worker's exit code."""
    worker = app.Worker(queues=sys.argv[1], concurrency=int(sys.argv[2]), loglevel="INFO")
    worker.start()
    return int(worker.exitcode or 0)


if __name__ == "__main__":
    sys.exit(main())
