"""A Celery worker without Celery's command line, whose imports cost a second at every start.

The same as `celery -A config worker -Q QUEUES -c NUMBER -P POOL -n NAME@%h`; without a name it
is called after its first queue. Started by `./desk run` and by tests with the project's Python:
python -m desk_cli.celery_worker QUEUES NUMBER [POOL [NAME]]
"""

from __future__ import annotations

import sys

from config.celery import app


def main() -> int:
    """Work until SIGTERM (warm: the tasks at hand are finished); the worker's exit code."""
    queues, number, *more = sys.argv[1:]
    usual = ("prefork", queues.partition(",")[0])
    pool, name = (*more, *usual[len(more) :])
    worker = app.Worker(
        hostname=f"{name}@",  # the machine's name is added
        queues=queues,
        concurrency=int(number),
        pool=pool,
        loglevel="INFO",
    )
    worker.start()
    return int(worker.exitcode or 0)


if __name__ == "__main__":
    sys.exit(main())
