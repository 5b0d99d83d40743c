#!/usr/bin/env python
"""How long a mail takes from SMTP's 250 to the eyes of an agent, in the demo room.

1. A fresh desk (`./desk run` in an empty data folder) and Chromium with the inbox open.
2. A customer's mail goes in by real SMTP; the clock runs from the server's acceptance until the
   subject stands in the open list, without a reload. Repeated, one mail after the other.

Prints one object {bench, conditions, figures, calibration, ratios} with --json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from desk_cli import node, ports
from desk_cli.paths import FRONTEND, ROOT
from desk_cli.process import Child
from desk_cli.servers import dovecot
from desk_cli.test import chromium, wait_for_address


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line; exits with 2 and one line for a bad one."""
    parser = argparse.ArgumentParser(prog="./desk bench latency", description=__doc__)
    parser.add_argument("--mails", type=int, default=20, help="how many (default 20)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(words)
    if given.mails < 1:
        parser.error("--mails must be at least 1")
    if chromium() is None:
        parser.error("no Chromium found: apt-get install chromium")
    return given


def measure(mails: int) -> list[float]:
    """Milliseconds from acceptance to visible, one per mail."""
    found = node.find()
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        Path(folder).chmod(0o711)
        command = [sys.executable, str(ROOT / "desk"), "run", "--no-open"]
        command += ["--data", f"{folder}/data", "--port", str(ports.free_port())]
        log = Path(folder) / "desk.log"
        desk = Child("desk", command, log=log, env=_bare(), cwd=ROOT, patience=90.0)
        desk.start()
        try:
            environment = found.environment() | {
                "DESK_URL": wait_for_address(desk).rstrip("/"),
                "DESK_CHROMIUM": chromium() or "",
                "MAILS": str(mails),
            }
            script = [str(found.program), str(ROOT / "bench" / "latency.mjs")]
            output = subprocess.run(
                script, cwd=FRONTEND, env=environment, check=True, stdout=subprocess.PIPE
            ).stdout
        finally:
            desk.stop()
    return [float(value) for value in json.loads(output)]


def _bare() -> dict[str, str]:
    """Our environment without the settings of a bench, so that the desk brings its own servers."""
    servers = {"DATABASE_URL", "CELERY_BROKER_URL", "DJANGO_SETTINGS_MODULE"}
    return {
        name: value
        for name, value in os.environ.items()
        if name not in servers and not name.startswith("DESK_")
    }


def main(words: list[str]) -> int:
    """Run the bench; prints the report."""
    given = arguments(words)
    times = sorted(measure(given.mails))
    report: dict[str, Any] = {
        "bench": "latency",
        "conditions": {
            "mails": given.mails,
            "imap_server": "Dovecot" if dovecot.program() else "pymap",
            "cores": os.cpu_count(),
            "load_average": round(os.getloadavg()[0], 1),
            "python": platform.python_version(),
        },
        "figures": {
            "accept_to_visible_median_ms": round(median(times)),
            "accept_to_visible_p95_ms": round(times[int(len(times) * 0.95) - 1]),
            "accept_to_visible_max_ms": round(times[-1]),
        },
        "calibration": {},
        "ratios": {},
    }
    if given.json:
        print(json.dumps(report))
    else:
        for part in ("conditions", "figures"):
            print(f"{part}: " + ", ".join(f"{k}={v}" for k, v in report[part].items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
