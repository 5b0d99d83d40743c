"""`demoroom`: the demo mailbox and the sample tickets."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from backend.audit import services as audit
from backend.core.command import DeskCommand
from backend.demo import room


class Command(DeskCommand):
    """Prints one JSON object: {"address"}, or what was removed."""

    help = (
        "Connect the demo mailbox to the running demo servers and, the first time, add sample "
        "tickets. With --remove take everything marked as demo out again, for good."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--remove", action="store_true", help="take the demo out")

    def handle(self, *args: Any, **options: Any) -> None:
        """Open or remove; raises Invalid when the demo servers do not run, Conflict."""
        actor = audit.command("demoroom")
        if options["remove"]:
            self.stdout.write(json.dumps({"removed": asdict(room.remove(actor=actor))}))
            return
        mailbox = room.open_room(actor=actor)
        self.stdout.write(json.dumps({"address": mailbox.address if mailbox else None}))
