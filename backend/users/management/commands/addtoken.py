"""`addtoken`: a token for a program that acts as a person."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from backend.audit import services as audit
from backend.core.command import DeskCommand
from backend.core.errors import Conflict, Missing
from backend.users.models import User
from backend.users.sessions import create_api_token


class Command(DeskCommand):
    """Prints the token, which is not kept and can't be shown again."""

    help = "Make an API token that acts as a person (Authorization: Bearer ...). Prints it once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--user", required=True, metavar="EMAIL", help="whom it acts as")
        parser.add_argument("--name", default="token", help="what it is for, shown in lists")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the token; raises Missing, or Conflict for a deactivated person."""
        email = options["user"].strip().lower()
        user = User.objects.filter(email=email).first()
        if user is None:
            raise Missing(f"Nobody has the address {email}: add them with adduser.")
        if not user.is_active:
            raise Conflict(f"{email} is deactivated and can't hold a token.")
        token = create_api_token(actor=audit.command("addtoken"), user=user, name=options["name"])
        self.stdout.write(token)
