"""The settings as a desk with a given environment reads them."""

from __future__ import annotations

import os
import runpy
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

from desk_cli.paths import ROOT

# A production desk that lacks nothing; every host name here leads nowhere.
PRODUCTION = {
    "DESK_SECRET_KEY": "kB3-vT9_qX2mW7zR5nL8pC4dF6gH1jS0aE-uY_iO3tQ9bV",
    "DESK_ENCRYPTION_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "DESK_ALLOWED_HOSTS": "desk.example.com",
    "DESK_BASE_URL": "https://desk.example.com",
    "DATABASE_URL": "postgresql://desk:pass%20word@db.example.com:5433/desk",
    "CELERY_BROKER_URL": "redis://broker.example.com:6379/0",
}


def read(environment: Mapping[str, str]) -> dict[str, Any]:
    """config/settings.py run anew with these variables and no other; raises SettingsError."""
    with patch.dict(os.environ, dict(environment), clear=True):
        return runpy.run_path(str(ROOT / "config" / "settings.py"))


def production(without: str = "", **changed: str) -> dict[str, Any]:
    """`read` for a sound production desk with some variables changed or one left out."""
    return read({name: v for name, v in (PRODUCTION | changed).items() if name != without})
