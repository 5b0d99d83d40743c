"""`adduser`: add a person who can sign in."""

from __future__ import annotations

import getpass
import json
import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from backend.audit import services as audit
from backend.core.command import DeskCommand
from backend.core.errors import Invalid
from backend.users.models import User
from backend.users.services import create_user

_GENERATED_BYTES = 18


class Command(DeskCommand):
    """Prints {"id", "email"} and, when the desk chose the password, "password": only this once."""

    help = (
        "Add a person. Without --password it is asked for at a terminal; elsewhere one is made "
        "and printed once. Prints the new id as JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--email", required=True, help="the address to sign in with")
        parser.add_argument("--name", default="", help="shown to others; default: from the address")
        parser.add_argument("--role", default=User.Role.AGENT.value, help=", ".join(User.Role))
        parser.add_argument("--team", help="a team's name; it is made when it does not exist")
        parser.add_argument("--password", help="at least 12 characters; others may see it in `ps`")

    def handle(self, *args: Any, **options: Any) -> None:
        """Add the person; raises Invalid or Conflict."""
        password, generated = options["password"], False
        if password is None and sys.stdin.isatty():
            password = _ask_password()
        elif password is None:
            password, generated = secrets.token_urlsafe(_GENERATED_BYTES), True
        email = options["email"]
        user = create_user(
            actor=audit.command("adduser"),
            email=email,
            name=options["name"] or email.partition("@")[0],
            password=password,
            role=options["role"],
            language=settings.DESK_LANGUAGE,
            team=options["team"],
        )
        shown = {"id": str(user.id), "email": user.email}
        if generated:
            shown["password"] = password
        self.stdout.write(json.dumps(shown))


def _ask_password() -> str:
    first = getpass.getpass("Password (at least 12 characters): ")
    if getpass.getpass("The same again: ") != first:
        raise Invalid("The two passwords differ: start again.")
    return first
