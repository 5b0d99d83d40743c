"""Bounces: what a mail server says about a mail we sent (MAIL.md B6, B7). Never a ticket."""

from __future__ import annotations

from django.db.models import QuerySet
from django.db.models.functions import Now

from backend.audit import services as audit
from backend.core.text import one_line
from backend.mail.message import Bounce, ParsedMail
from backend.mailboxes.ledger import Fate, Fated
from backend.mailboxes.models import InboundMail, OutboundMail, OutboundRecipient
from backend.tickets import threading
from backend.tickets.history import Change, note_changes
from backend.tickets.receiving import lock_ticket_of

Settled = OutboundRecipient.State


def settle_bounce(mail: InboundMail, parsed: ParsedMail) -> Fated | None:
    """The fate of a delivery report, its effect on the reply written; None for any other mail."""
    bounce = parsed.bounce
    if bounce is None:
        return None
    outbound = _outbound_of(bounce, parsed)
    if outbound is None:
        return Fated(Fate.BOUNCE, "A delivery report about a mail this desk does not know.")
    ticket_id = outbound.message.ticket_id if outbound.message else None
    for one in parsed.bounces or (bounce,):
        # A second report about the same recipient tells nothing new.
        if one.action == "failed" and _mark_failed(outbound, one) and ticket_id is not None:
            _tell_ticket(mail, outbound, words=_words(one))
    return Fated(Fate.BOUNCE, _words(bounce), ticket_id=ticket_id)


def _words(bounce: Bounce) -> str:
    return one_line(f"{bounce.status} {bounce.action} {bounce.recipient}", limit=300)


def _outbound_of(bounce: Bounce, parsed: ParsedMail) -> OutboundMail | None:
    """Our mail that the report is about: by the id it quotes, else by an id of ours it cites."""
    ids = [bounce.original_message_id, *threading.cited_ids(parsed)]
    known = [one for one in ids if one]
    return (
        OutboundMail.objects.select_related("message").filter(internet_message_id__in=known).first()
    )


def _mark_failed(outbound: OutboundMail, bounce: Bounce) -> bool:
    """Mark the reported recipient; False when that was known already.

    Only who had accepted can bounce: one that is being tried again is left to that attempt.
    """
    words = _words(bounce)
    failed = (
        _reported(outbound, bounce)
        .filter(state__in=(Settled.ACCEPTED, Settled.UNCERTAIN))
        .update(state=Settled.FAILED, smtp_text=words, settled_at=Now())
    )
    changed = OutboundMail.objects.filter(
        pk=outbound.pk, state__in=(OutboundMail.State.SENT, OutboundMail.State.UNCERTAIN)
    ).update(state=OutboundMail.State.FAILED, last_error=words)
    return bool(failed or changed)


def _reported(outbound: OutboundMail, bounce: Bounce) -> QuerySet[OutboundRecipient]:
    """The recipients a report is about: all when it names none.

    It may name the address a mail was forwarded to; with one recipient that is no question.
    """
    recipients = outbound.recipients.all()
    if not bounce.recipient:
        return recipients
    named = recipients.filter(address=bounce.recipient.lower())
    return recipients if recipients.count() == 1 else named


def _tell_ticket(mail: InboundMail, outbound: OutboundMail, *, words: str) -> None:
    if outbound.message is None:
        return
    ticket = lock_ticket_of(outbound.message.id)
    ticket.needs_attention = True
    ticket.version += 1
    ticket.save(update_fields=["needs_attention", "version"])
    note_changes(
        ticket,
        Change("delivery_failed", {"message": str(outbound.message.id), "words": words}),
        actor=audit.mail("mailer-daemon", inbound_id=mail.id),
    )
