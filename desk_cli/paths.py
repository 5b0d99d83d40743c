"""Where things lie in a checkout."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_BIN = VENV / "bin"
VENV_PYTHON = VENV_BIN / "python"
SETUP_LOGS = VENV / "desk-logs"
FRONTEND = ROOT / "frontend"
FRONTEND_DIST = FRONTEND / "dist"
DEFAULT_DATA = ROOT / ".desk"


def site_packages() -> Path | None:
    """The package folder of the project's environment, None before the set-up step."""
    found = sorted((VENV / "lib").glob("python3.*/site-packages"))
    return found[-1] if found else None


def manage_command(*arguments: str) -> list[str]:
    """Django's command line with the project's Python."""
    return [str(VENV_PYTHON), str(ROOT / "backend" / "manage.py"), *arguments]
