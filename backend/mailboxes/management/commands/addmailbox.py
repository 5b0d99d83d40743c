"""`addmailbox`: connect a mailbox whose accounts are given as URLs."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from backend.audit import services as audit
from backend.core.command import DeskCommand
from backend.core.errors import FieldError, Invalid
from backend.mailboxes.account_urls import imap_values, smtp_values
from backend.mailboxes.services import create_mailbox
from backend.users.services import team_named


class Command(DeskCommand):
    """Prints {"id", "address"}. Nothing is contacted: the monitor reads it within seconds."""

    help = (
        "Connect a mailbox. URLs: imaps://user:password@host:993/INBOX, imap+starttls://..., "
        "smtps://user:password@host:465, smtp+starttls://...; imap:// and smtp:// without "
        "encryption only to this machine. Special characters as %%-codes. Prints id and address "
        "as JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--address", required=True, help="the support address")
        parser.add_argument("--imap", required=True, metavar="URL", help="account to read")
        parser.add_argument("--smtp", required=True, metavar="URL", help="account to send with")
        parser.add_argument("--team", help="a team's name; it is made when it does not exist")
        parser.add_argument("--name", default="", help="shown to customers; default: the address")
        parser.add_argument(
            "--since",
            default="all",
            metavar="now|all|DATE",
            help="which mail to read: all (default), only new mail, or since 2026-01-31",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Connect the mailbox; raises Invalid or Conflict."""
        address = options["address"].strip()
        values: dict[str, Any] = {
            "address": address,
            "name": options["name"],
            **imap_values(options["imap"], address=address),
            **smtp_values(options["smtp"], address=address),
            **_since(options["since"]),
        }
        with transaction.atomic():
            team = team_named(options["team"]) if options["team"] else None
            mailbox = create_mailbox(
                actor=audit.command("addmailbox"),
                values=values,
                team_id=team.id if team else None,
            )
        self.stdout.write(json.dumps({"id": str(mailbox.id), "address": mailbox.address}))


def _since(text: str) -> dict[str, datetime | None]:
    """What `create_mailbox` understands: a time, None for everything, nothing for "from now"."""
    word = text.strip().lower()
    if word == "now":
        return {}
    if word == "all":
        return {"import_since": None}
    try:
        moment = datetime.fromisoformat(word)
    except ValueError as error:
        raise Invalid(
            f"--since {text!r} is not now, all or a date such as 2026-01-31.",
            fields={"since": [FieldError("Use now, all or a date.", "invalid")]},
        ) from error
    return {"import_since": moment if moment.tzinfo else timezone.make_aware(moment)}
