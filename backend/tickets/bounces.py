"""Bounces: what a mail server says about a mail we sent (MAIL.md B6, B7). Never a ticket."""

from __future__ import annotations

from django.db.models.functions import Now

from backend.audit import services as audit
from backend.core.text import one_line
from backend.mail.message import Bounce, ParsedMail
from backend.mailboxes.ledger import Fate, Fated
from backend.mailboxes.models import InboundMail, OutboundMail, OutboundRecipient
from backend.tickets import threading
from backend.tickets.history import Change, note_changes
from backend.tickets.models import Ticket


def settle_bounce(mail: InboundMail, parsed: ParsedMail) -> Fated | None:
    """The fate of a delivery report, its effect on the reply written; None for any other mail."""
    bounce = parsed.bounce
    if bounce is None:
        return None
    outbound = _outbound_of(bounce, parsed)
    if outbound is None:
        return Fated(Fate.BOUNCE, "A delivery report about a mail this desk does not know.")
    words = one_line(f"{bounce.status} {bounce.action} {bounce.recipient}", limit=300)
    ticket_id = outbound.message.ticket_id if outbound.message else None
    if bounce.action == "failed":
        _mark_failed(outbound, bounce, words=words)
        if ticket_id is not None:
            _tell_ticket(mail, outbound, words=words)
    return Fated(Fate.BOUNCE, words, ticket_id=ticket_id)


def _outbound_of(bounce: Bounce, parsed: ParsedMail) -> OutboundMail | None:
    """Our mail that the report is about: by the id it quotes, else by an id of ours it cites."""
    ids = [bounce.original_message_id, *threading.cited_ids(parsed)]
    known = [one for one in ids if one]
    return (
        OutboundMail.objects.select_related("message").filter(internet_message_id__in=known).first()
    )


def _mark_failed(outbound: OutboundMail, bounce: Bounce, *, words: str) -> None:
    recipients = outbound.recipients.all()
    if bounce.recipient:
        recipients = recipients.filter(address=bounce.recipient.lower())
    recipients.update(state=OutboundRecipient.State.FAILED, smtp_text=words, settled_at=Now())
    OutboundMail.objects.filter(pk=outbound.pk).update(
        state=OutboundMail.State.FAILED, last_error=words
    )


def _tell_ticket(mail: InboundMail, outbound: OutboundMail, *, words: str) -> None:
    if outbound.message is None:
        return
    ticket = Ticket.objects.select_for_update().get(pk=outbound.message.ticket_id)
    ticket.needs_attention = True
    ticket.version += 1
    ticket.save(update_fields=["needs_attention", "version"])
    note_changes(
        ticket,
        Change("delivery_failed", {"message": str(outbound.message.id), "words": words}),
        actor=audit.mail("mailer-daemon", inbound_id=mail.id),
    )
