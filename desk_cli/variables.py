"""The environment variables that the desk's processes are started with."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

from desk_cli.paths import FRONTEND_DIST, ROOT, VENV_BIN
from desk_cli.state import DataFolder

LOOPBACK = ("127.0.0.1", "localhost", "::1")
# For commands that need no database: settings want an address, nobody connects to it.
NO_DATABASE = "postgresql://desk@127.0.0.1:9/none"
NO_BROKER = "redis://127.0.0.1:9/0"


def base() -> dict[str, str]:
    """Ours, with the project's programs first and nothing that leads elsewhere."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    return kept | {
        "PATH": os.pathsep.join([str(VENV_BIN), os.environ.get("PATH", "")]),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


def of_desk(data: DataFolder, *, host: str, port: int) -> dict[str, str]:
    """What every process of a local desk gets; what the caller's environment says, wins."""
    ours = {
        "DESK_ENV": "local",
        "DESK_DATA_DIR": str(data.path),
        "DESK_FRONTEND_DIR": str(FRONTEND_DIST),
        "DESK_ALLOWED_HOSTS": ",".join(host_names(host)),
        "DESK_BASE_URL": address(host, port).rstrip("/"),
    }
    if "DESK_SECRET_KEY" not in os.environ:
        ours["DESK_SECRET_KEY_FILE"] = str(data.secret_file("secret_key"))
    if "DESK_ENCRYPTION_KEY" not in os.environ:
        ours["DESK_ENCRYPTION_KEY_FILE"] = str(data.secret_file("encryption_key"))
    if not is_loopback(host) and "DESK_SETUP_CODE" not in os.environ:
        # Others can reach the page that makes the first administrator: they need the code.
        ours["DESK_SETUP_CODE_FILE"] = str(data.secret_file("setup_code"))
    forced = {"DESK_DATA_DIR", "DESK_ENV"}
    environment = base()
    return environment | {
        name: value for name, value in ours.items() if name in forced or name not in environment
    }


def for_checks(folder: Path) -> dict[str, str]:
    """For tools that import the settings but need no server (mypy, spectacular)."""
    return base() | {
        "NO_COLOR": "1",
        "DESK_ENV": "test",
        "DESK_SECRET_KEY": "checks-only-checks-only-checks-only-checks-only-checks-only",
        "DESK_ENCRYPTION_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "DESK_DATA_DIR": str(folder),
        "DATABASE_URL": NO_DATABASE,
        "CELERY_BROKER_URL": NO_BROKER,
    }


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server listening there."""
    return host in LOOPBACK or host.startswith("127.")


def host_names(host: str) -> list[str]:
    """The names a browser may use for a desk listening on `host`."""
    names = ["127.0.0.1", "localhost", "[::1]"]
    if is_loopback(host):
        return names if host in LOOPBACK else [*names, host]
    if host not in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return [*names, f"[{host}]" if ":" in host else host]
    try:
        name, aliases, addresses = socket.gethostbyname_ex(socket.gethostname())
    except OSError:
        return [*names, socket.gethostname()]
    return [*names, socket.gethostname(), name, *aliases, *addresses]


def address(host: str, port: int) -> str:
    """The address to open in a browser on this machine."""
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"


def of_project(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables a running desk hands to `./desk manage`: its own, not the caller's shell."""
    names = ("DESK_", "DATABASE_URL", "CELERY_BROKER_URL", "DJANGO_SETTINGS_MODULE")
    return {name: value for name, value in environment.items() if name.startswith(names)}
