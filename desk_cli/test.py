"""`./desk test`: static checks, Python tests, front-end tests, browser tests, on real servers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from desk_cli import frontend, node, ports, process, setup, variables
from desk_cli.check import check
from desk_cli.errors import DeskError, StepFailed
from desk_cli.paths import FRONTEND, ROOT, VENV_BIN
from desk_cli.process import Child
from desk_cli.progress import say, step
from desk_cli.servers import dovecot

STEPS = ("check", "python", "frontend", "browser")
FAULTS = "tests/fault"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
NEEDS: dict[str, str] = {
    "python": "dovecot-imapd",
    "faults": "dovecot-imapd",
    "browser": "chromium",
}
READY_SECONDS = 300.0


def chromium() -> str | None:
    """A Chromium or Chrome on this machine."""
    return next((path for name in CHROMIUM if (path := shutil.which(name))), None)


def missing_packages(steps: Sequence[str]) -> list[str]:
    """Debian packages that these steps need and that are not there."""
    present = {"dovecot-imapd": dovecot.program() is not None, "chromium": chromium() is not None}
    return [NEEDS[name] for name in steps if name in NEEDS and not present[NEEDS[name]]]


def ensure_servers(steps: Sequence[str]) -> None:
    """Install what is missing when we are root and apt is here, else DeskError with the command."""
    missing = missing_packages(steps)
    if not missing:
        return
    command = f"apt-get update && apt-get install -y {' '.join(missing)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise DeskError(
            f"the tests need {' and '.join(missing)}, nothing is skipped without them. "
            f"Type, as root: {command}"
        )
    with step(f"Installing {', '.join(missing)}"):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        with tempfile.TemporaryDirectory(prefix="desk-apt-") as folder:
            log = Path(folder) / "apt.log"
            for words in (["update"], ["install", "-y", "--no-install-recommends", *missing]):
                if process.run_logged(["apt-get", *words], log=log, env=environment):
                    text = log.read_text(errors="replace")
                    raise StepFailed("apt-get failed.", tail=text[-2000:], advice=f"Try: {command}")
    still = missing_packages(steps)
    if still:
        raise DeskError(
            f"{' and '.join(still)} is installed but not usable here "
            "(Dovecot 2.3 is needed, other versions are configured differently)."
        )


def python_tests(arguments: Sequence[str], more: Mapping[str, str] | None = None) -> int:
    """pytest in two processes, each file in one of them; its own closing line stays visible.

    `more`: further variables for the tests.
    """
    # The doubles of what the caller's shell may hold: conftest makes its own servers.
    environment = {
        name: value
        for name, value in variables.base().items()
        if name not in {"DATABASE_URL", "CELERY_BROKER_URL"}
    }
    environment |= more or {}
    environment["PYTHONHASHSEED"] = "0"  # both processes must give the tests the same names
    # In the order of testpaths: the long files first, so that no process waits at the end.
    spread = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "--max-worker-restart=2"]
    command = [str(VENV_BIN / "pytest"), *spread, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def fault_tests(arguments: Sequence[str]) -> int:
    """The tests under tests/fault in their long form: every point, passage and line."""
    return python_tests([FAULTS, *arguments], {"DESK_TEST_FAULTS": "long"})


def frontend_tests() -> int:
    """`npm test` in frontend/ (Vitest)."""
    found = node.find()
    environment = found.environment() | {"CI": "1"}
    return subprocess.run(
        [*found.npm, "test"], cwd=FRONTEND, env=environment, check=False
    ).returncode


def browser_tests() -> int:
    """`npm run e2e` in frontend/ (Playwright) against a desk of its own, stopped afterwards."""
    found = node.find()
    with tempfile.TemporaryDirectory(prefix="desk-browser-") as folder:
        Path(folder).chmod(0o711)
        data = Path(folder) / "data"
        port = ports.free_port()
        desk = Child(
            "desk",
            [
                sys.executable, str(ROOT / "desk"), "run", "--data", str(data),
                "--port", str(port), "--no-open",
            ],
            log=Path(folder) / "desk.log",
            cwd=ROOT,
            patience=90.0,
        )  # fmt: skip
        desk.start()
        try:
            address = wait_for_address(desk)
            environment = found.environment() | {
                "CI": "1",
                "DESK_URL": address.rstrip("/"),
                "DESK_DATA": str(data),
                "DESK_CHROMIUM": chromium() or "",
            }
            return subprocess.run(
                [*found.npm, "run", "e2e"], cwd=FRONTEND, env=environment, check=False
            ).returncode
        finally:
            code = desk.stop()
            if code:
                say(f"the desk of the browser tests ended with {code}:\n{desk.log_tail(40)}")


def wait_for_address(desk: Child) -> str:
    """The address a starting `./desk run` prints; StepFailed when it ends or never does."""
    marker = "is ready: "

    def printed() -> bool:
        return marker in desk.log_text() or not desk.running

    process.wait_until(printed, READY_SECONDS, 0.2)
    for line in desk.log_text().splitlines():
        if marker in line:
            return line.partition(marker)[2].strip()
    raise StepFailed("the desk for the browser tests did not start.", tail=desk.log_tail(40))


def test(arguments: Sequence[str], only: Sequence[str]) -> int:
    """Run the steps: 0 when all passed, 1 otherwise. With pytest arguments only Python's.

    The first argument `faults` means the fault tests in their long form, and nothing else.
    """
    if not only and arguments and arguments[0] == "faults":
        only, arguments = ["faults"], arguments[1:]
    steps = list(only) or (["python"] if arguments else list(STEPS))
    if not frontend.exists():
        steps = [name for name in steps if name not in {"frontend", "browser"}]
    setup.ensure("dev", app=any(name not in {"python", "faults"} for name in steps))
    ensure_servers(steps)
    work: dict[str, Callable[[], int]] = {
        "check": check,
        "python": lambda: python_tests(arguments),
        "faults": lambda: fault_tests(arguments),
        "frontend": frontend_tests,
        "browser": browser_tests,
    }
    results: list[tuple[str, int, float]] = []
    for name in steps:
        say(f"== {name}")
        begun = time.monotonic()
        try:
            code = work[name]()
        except StepFailed as error:
            say(f"desk: {error}")
            code = 1
        results.append((name, code, time.monotonic() - begun))
    say("== summary")
    for name, code, seconds in results:
        say(f"  {name:<10} {'FAILED' if code else 'passed'}  {seconds:7.1f} s")
    return 1 if any(code for _, code, _ in results) else 0
