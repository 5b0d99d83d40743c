"""ASGI entry: API, live events and the app from one process."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

from backend.api.handler import DeskHandler  # noqa: E402 - needs the settings

application = DeskHandler()
