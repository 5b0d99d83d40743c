"""`./desk bench NAME ...`: runs bench/NAME.py with the project's Python."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from desk_cli import setup, variables
from desk_cli.errors import DeskError
from desk_cli.paths import ROOT, VENV_PYTHON

FOLDER = ROOT / "bench"


def names() -> list[str]:
    """The benches of this checkout."""
    return sorted(file.stem for file in FOLDER.glob("*.py") if not file.stem.startswith("_"))


def bench(name: str, arguments: Sequence[str]) -> int:
    """Run one bench; its own exit code. DeskError for a name that does not exist."""
    if name not in names():
        known = ", ".join(names()) or "none in this checkout"
        raise DeskError(f"there is no bench named {name!r}; known: {known}.")
    # A bench with a script for the browser looks at the built app.
    setup.ensure("dev", app=(FOLDER / f"{name}.mjs").exists())
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        command = [str(VENV_PYTHON), str(FOLDER / f"{name}.py"), *arguments]
        environment = variables.for_checks(Path(folder))
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
