"""The web app: npm packages and the built files, redone only when what they come from changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from desk_cli.errors import StepFailed, tail_of
from desk_cli.node import Node
from desk_cli.paths import FRONTEND, FRONTEND_DIST, SETUP_LOGS
from desk_cli.process import run_logged
from desk_cli.progress import step

PACKAGES_STAMP = FRONTEND / "node_modules" / ".desk-stamp"
BUILD_STAMP = FRONTEND_DIST / ".desk-stamp"
SOURCE_FOLDERS = ("src", "public")
SOURCE_FILES = (
    "index.html",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
)


def _digest(files: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(f"{file.relative_to(FRONTEND)}\0".encode())
        total.update(file.read_bytes())
    return total.hexdigest()


def packages_digest() -> str:
    """Changes when `npm ci` has to run again."""
    return _digest([FRONTEND / "package.json", FRONTEND / "package-lock.json"])


def sources_digest() -> str:
    """Changes when the app has to be built again."""
    files = [FRONTEND / name for name in SOURCE_FILES if (FRONTEND / name).exists()]
    for folder in SOURCE_FOLDERS:
        files += [file for file in (FRONTEND / folder).rglob("*") if file.is_file()]
    return _digest(files)


def _read(stamp: Path) -> str:
    try:
        return stamp.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return ""


def exists() -> bool:
    """Whether this checkout has a front end at all."""
    return (FRONTEND / "package-lock.json").exists()


def packages_fresh() -> bool:
    """Whether node_modules is what the lock says."""
    return not exists() or _read(PACKAGES_STAMP) == packages_digest()


def build_fresh() -> bool:
    """Whether frontend/dist was built from these sources."""
    return not exists() or (
        (FRONTEND_DIST / "index.html").exists() and _read(BUILD_STAMP) == sources_digest()
    )


def ensure_packages(node: Node) -> None:
    """`npm ci` when the lock changed."""
    if packages_fresh():
        return
    digest = packages_digest()
    PACKAGES_STAMP.unlink(missing_ok=True)
    with step(f"Installing the front end's packages (Node {node.version})"):
        _npm(
            node,
            ["ci", "--no-audit", "--no-fund"],
            "npm ci",
            "npm-ci.log",
            "Is the network reachable? Try again: what was downloaded is kept.",
        )
        PACKAGES_STAMP.write_text(digest, encoding="utf-8")


def ensure_built(node: Node) -> None:
    """Packages, then `npm run build` when the sources changed."""
    if build_fresh():
        return
    ensure_packages(node)
    digest = sources_digest()
    BUILD_STAMP.unlink(missing_ok=True)
    with step("Building the front end"):
        _npm(node, ["run", "build"], "building the front end", "npm-build.log", "")
        if not (FRONTEND_DIST / "index.html").exists():
            raise StepFailed("the build made no frontend/dist/index.html.")
        BUILD_STAMP.write_text(digest, encoding="utf-8")


def _npm(node: Node, arguments: list[str], what: str, log_name: str, advice: str) -> None:
    log = SETUP_LOGS / log_name
    code = run_logged([*node.npm, *arguments], log=log, env=node.environment(), cwd=FRONTEND)
    if code:
        text = log.read_text(encoding="utf-8", errors="replace")
        if "No space left" in text or "ENOSPC" in text:
            advice = "The disk is full: make room and start again."
        raise StepFailed(f"{what} failed (log: {log}).", tail=tail_of(text), advice=advice)
