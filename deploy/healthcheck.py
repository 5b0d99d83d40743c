#!/usr/bin/env python
"""Health of one container, asked from inside it: exit code 0, or 1 with one line on stderr.

    web            its /healthz answers 200
    monitor        the monitor's sign of life in the database is fresh
    beat           a worker was rung by beat lately: its sign of life is fresh
    worker QUEUE   this container's worker, started with -n QUEUE@%h, answers a ping

/readyz answers for the whole desk; restarting a container because another one is down would
only make things worse, so each check here looks at its own container alone.
"""

from __future__ import annotations

import http.client
import os
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PORT = 8000
SECONDS = 5.0


def web(port: int = PORT) -> str:
    """What is wrong with the web server of this container; empty: nothing."""
    # Django answers only to the names in DESK_ALLOWED_HOSTS.
    name = os.environ.get("DESK_ALLOWED_HOSTS", "").split(",")[0].strip() or "localhost"
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        link.request("GET", "/healthz", headers={"Host": name})
        status = link.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"no answer on port {port}: {error}"
    finally:
        link.close()
    return "" if status == http.HTTPStatus.OK else f"/healthz answers {status}"


def sign_of_life(name: str) -> str:
    """What is wrong with a process that writes its sign of life into the database."""
    import django
    from django.db import Error

    django.setup()
    from backend.api.health import FRESH
    from backend.mailboxes import heartbeats

    try:
        fresh = heartbeats.fresh(within=FRESH)
    except Error as error:
        return f"the database does not answer: {error}"
    return "" if name in fresh else f"no sign of life of the {name} for {FRESH.seconds} s"


def worker(queue: str) -> str:
    """What is wrong with the Celery worker of this container."""
    from celery.exceptions import OperationalError

    from config.celery import app

    node = f"{queue}@{socket.gethostname()}"
    try:
        answers = app.control.ping(destination=[node], timeout=SECONDS) or []
    except (OperationalError, OSError) as error:
        return f"the broker does not answer: {error}"
    return "" if any(node in answer for answer in answers) else f"{node} does not answer"


def main(words: list[str]) -> int:
    """0 healthy, 1 not, 2 asked for something unknown."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    match words:
        case ["web"]:
            wrong = web()
        case ["monitor"]:
            wrong = sign_of_life("monitor")
        case ["beat"]:
            wrong = sign_of_life("worker")
        case ["worker", queue]:
            wrong = worker(queue)
        case _:
            print("healthcheck: use web, monitor, beat or worker QUEUE", file=sys.stderr)
            return 2
    if wrong:
        print(f"healthcheck: {wrong}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
