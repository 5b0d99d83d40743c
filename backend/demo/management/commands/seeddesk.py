"""`seeddesk`: fill an empty desk with made-up tickets."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from typing import Any

from backend.audit import services as audit
from backend.core.command import DeskCommand
from backend.core.errors import Invalid
from backend.demo import seeding


class Command(DeskCommand):
    """Prints {"tickets", "messages", "seconds"} as JSON; tells on stderr how far it is."""

    help = (
        "Fill an empty desk with synthetic tickets in Portuguese, a million in some minutes: "
        "teams, agents without a password, paused mailboxes, contacts, conversations, search."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--tickets", type=int, required=True, help="how many")
        parser.add_argument(
            "--seed", type=int, default=1, help="the same number makes the same tickets (1)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed; raises Invalid (no tickets), Conflict (the desk is not empty)."""
        wanted = options["tickets"]
        if not 1 <= wanted <= 20_000_000:
            raise Invalid("--tickets must be between 1 and 20,000,000.")
        started = time.monotonic()
        messages = seeding.seed(
            actor=audit.command("seeddesk"),
            tickets=wanted,
            seed=options["seed"],
            told=lambda done: self.stderr.write(f"{done} of {wanted} tickets"),
        )
        seconds = round(time.monotonic() - started, 1)
        self.stdout.write(json.dumps({"tickets": wanted, "messages": messages, "seconds": seconds}))
