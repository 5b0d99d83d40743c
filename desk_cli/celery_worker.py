"""A Celery worker without Celery's command line, whose imports cost a second at every start.

The same as `celery -A config worker -Q QUEUES -c NUMBER -P POOL`, named after its first queue.
Started by `./desk run` with the project's Python:
python -m desk_cli.celery_worker QUEUES NUMBER [threads]
"""

from __future__ import annotations

import sys

from config.celery import app


def main() -> int:
    """Work until SIGTERM (warm: the tasks at hand are finished); the worker's exit code."""
    queues, number, *pool = sys.argv[1:]
    worker = app.Worker(
        hostname=f"{queues.partition(',')[0]}@",  # the machine's name is added
        queues=queues,
        concurrency=int(number),
        pool=pool[0] if pool else "prefork",
        loglevel="INFO",
    )
    worker.start()
    return int(worker.exitcode or 0)


if __name__ == "__main__":
    sys.exit(main())
