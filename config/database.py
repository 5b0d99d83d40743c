"""DATABASE_URL to Django's dictionary."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from config.environment import SettingsError


def database_from_url(url: str, *, pool_size: int) -> dict[str, Any]:
    """Django's settings for `postgresql://user:password@host:port/name?option=value`.

    A `host` option (a socket folder) wins over the address. `pool_size` 0 means one plain
    connection a thread instead of a pool. Raises SettingsError for anything but PostgreSQL.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise SettingsError("DATABASE_URL must start with postgresql://.")
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise SettingsError("DATABASE_URL names no database: postgresql://user:password@host/NAME.")
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    options.setdefault("application_name", "desk")
    options.setdefault("connect_timeout", "5")
    if pool_size:
        # A waiting request fails after 10 s with 503 instead of hanging for ever.
        options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 10, "max_idle": 300}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 0 if pool_size else 300,
        "CONN_HEALTH_CHECKS": True,  # a restarted database costs nobody an error
        "OPTIONS": options,
    }
