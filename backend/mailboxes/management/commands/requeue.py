"""`requeue`: give quarantined mails a second chance."""

from __future__ import annotations

import json
import uuid
from argparse import ArgumentParser
from typing import Any

from backend.audit import services as audit
from backend.core.command import DeskCommand
from backend.core.errors import Conflict, Invalid
from backend.mailboxes import ledger
from backend.mailboxes.models import InboundMail


class Command(DeskCommand):
    """Prints {"requeued", "left"}: left are those whose bytes the desk never got."""

    help = (
        "Read quarantined mails again: one by --inbound ID (repeatable), or --all of them. "
        "Prints how many as JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options, of which one is needed."""
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument(
            "--inbound", action="append", metavar="ID", help="id of a mail in the ledger"
        )
        which.add_argument("--all", action="store_true", help="every quarantined mail")

    def handle(self, *args: Any, **options: Any) -> None:
        """Requeue; raises Invalid (no id), Missing, Conflict (not quarantined)."""
        actor = audit.command("requeue")
        if not options["all"]:
            wanted = [_id(text) for text in options["inbound"]]
            for inbound_id in wanted:
                ledger.reprocess(actor=actor, inbound_id=inbound_id)
            self._print(requeued=len(wanted), left=0)
            return
        requeued = left = 0
        quarantined = InboundMail.objects.filter(state=InboundMail.State.QUARANTINED)
        for inbound_id in quarantined.order_by("id").values_list("pk", flat=True):
            try:
                ledger.reprocess(actor=actor, inbound_id=inbound_id)
                requeued += 1
            except Conflict:  # its bytes stayed on the server, or a person was faster
                left += 1
        self._print(requeued=requeued, left=left)

    def _print(self, **counts: int) -> None:
        self.stdout.write(json.dumps(counts))


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Invalid(f"{text[:80]!r} is not an id: copy it from the mail ledger.") from error
