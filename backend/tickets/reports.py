"""What machines report about mails we sent: bounces, complaints, read receipts (B6-B10).

Never a ticket and never answered. A bounce marks the recipient, a complaint suspends the address,
a receipt is noted on the message.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.db.models.functions import Now

from backend.contacts import deliverability
from backend.core.text import one_line
from backend.mail.message import Bounce, Complaint, Receipt
from backend.mailboxes.ledger import Fate, Fated
from backend.mailboxes.models import OutboundMail, OutboundRecipient
from backend.tickets import attention, owners, threading
from backend.tickets.batch import Batch
from backend.tickets.history import Change, note_changes
from backend.tickets.incoming import Incoming
from backend.tickets.models import Message, Ticket, TicketEvent
from backend.tickets.receiving import lock_ticket_of

Settled = OutboundRecipient.State
# RFC 5965 7.3 and RFC 6591: reports in the same form that are no complaints.
_NOBODY_COMPLAINED = {"not-spam", "auth-failure"}


def settle(incoming: Incoming, batch: Batch) -> Fated | None:
    """The fate of a report, its effects written; None for any other mail."""
    parsed = incoming.parsed
    if batch.reports_on_ours(incoming):
        batch.stand_alone()
    if parsed.bounce is not None:
        return _bounce(incoming, parsed.bounce, batch)
    if parsed.complaint is not None:
        return _complaint(incoming, parsed.complaint, batch)
    if parsed.receipt is not None:
        return _receipt(incoming, parsed.receipt, batch)
    return None


def _bounce(incoming: Incoming, bounce: Bounce, batch: Batch) -> Fated:
    outbound = _outbound_of(incoming, bounce.original_message_id, batch)
    if outbound is None:
        return Fated(Fate.BOUNCE, "A delivery report about a mail this desk does not know.")
    ticket_id = outbound.message.ticket_id if outbound.message else None
    # Mail, ticket, addresses in order: everybody locks them so, and nobody waits in a circle.
    OutboundMail.objects.select_for_update().get(pk=outbound.pk)
    for one in sorted(incoming.parsed.bounces or (bounce,), key=lambda one: one.recipient):
        if one.action == "failed":
            failed = _mark_failed(outbound, one)
            _tell_failed(incoming, outbound, one, failed=failed)
    return Fated(Fate.BOUNCE, _words(bounce), ticket_id, about_id=outbound.id)


def _words(bounce: Bounce) -> str:
    return one_line(f"{bounce.status} {bounce.action} {bounce.recipient}", limit=300)


def _outbound_of(incoming: Incoming, original_id: str | None, batch: Batch) -> OutboundMail | None:
    """Our mail that a report is about: by the id it quotes, else by an id of ours it cites."""
    if not batch.reports_on_ours(incoming):
        return None
    ids = [original_id, *threading.cited_ids(incoming.parsed)]
    known = [one for one in ids if one]
    return (
        OutboundMail.objects.select_related("message").filter(internet_message_id__in=known).first()
    )


def _mark_failed(outbound: OutboundMail, bounce: Bounce) -> bool:
    """Mark the reported recipient; False when that was known already, or it is none of ours.

    Only who had accepted can bounce: one that is being tried again is left to that attempt.
    """
    words = _words(bounce)
    failed = (
        _reported(outbound, bounce.recipient)
        .filter(state__in=(Settled.ACCEPTED, Settled.UNCERTAIN))
        .update(state=Settled.FAILED, smtp_text=words, settled_at=Now())
    )
    unsure = outbound.recipients.filter(state=Settled.UNCERTAIN).exists()
    if failed and not unsure:  # else a retry would send to those again without a person's word
        OutboundMail.objects.filter(
            pk=outbound.pk, state__in=(OutboundMail.State.SENT, OutboundMail.State.UNCERTAIN)
        ).update(state=OutboundMail.State.FAILED, last_error=words, last_error_code="bounced")
    return bool(failed)


def _reported(outbound: OutboundMail, recipient: str) -> QuerySet[OutboundRecipient]:
    """The recipients a report is about: all when it names none.

    It may name the address a mail was forwarded to; with one recipient that is no question.
    """
    recipients = outbound.recipients.order_by("address")
    if not recipient:
        return recipients
    named = recipients.filter(address=recipient.lower())
    return recipients if recipients.count() == 1 else named


def _tell_failed(
    incoming: Incoming, outbound: OutboundMail, bounce: Bounce, *, failed: bool
) -> None:
    """Show a failed delivery in its ticket, and suspend an address that is no more (B8).

    A second report about the same recipient tells nothing new. What is said about others, such as
    a member of a list in copy, is told once: who got a mail could name any number of them.
    """
    if outbound.message is None:
        return
    ticket = lock_ticket_of(outbound.message.id)
    words = _words(bounce)
    reported = _reported(outbound, bounce.recipient)
    if not failed and (reported.exists() or _was_told(ticket, outbound.message)):
        return
    suspended = [
        Change("address_suspended", {"address": address, "words": words})
        for address in reported.values_list("address", flat=True)
        if bounce.status.startswith("5")  # a mail may also expire because of a passing fault
        and deliverability.refused(
            actor=incoming.actor, address=address, status=bounce.status, words=words
        )
    ]
    if outbound.kind == OutboundMail.Kind.REPLY or suspended:
        attention.ask(ticket)
    told = Change("delivery_failed", {"message": str(outbound.message.id), "words": words})
    note_changes(ticket, told, *suspended, actor=incoming.actor)
    if failed:
        owners.tell(ticket, OutboundMail.objects.select_related("mailbox").get(pk=outbound.pk))


def _was_told(ticket: Ticket, message: Message) -> bool:
    earlier = TicketEvent.objects.filter(ticket=ticket, kind="delivery_failed")
    return earlier.filter(data__message=str(message.id)).exists()


def _complaint(incoming: Incoming, complaint: Complaint, batch: Batch) -> Fated:
    """Somebody called our mail spam: no more automatic mail to them, and a person must see (B9)."""
    reason = one_line(f"complaint: {complaint.feedback_type} {complaint.recipient}", limit=300)
    outbound = _outbound_of(incoming, complaint.original_message_id, batch)
    if complaint.feedback_type in _NOBODY_COMPLAINED:
        return Fated(Fate.AUTOMATIC, reason, about_id=outbound.id if outbound else None)
    if outbound is None or outbound.message is None:
        return Fated(Fate.AUTOMATIC, reason, about_id=outbound.id if outbound else None)
    ticket = lock_ticket_of(outbound.message.id)
    # Only who got the mail: anybody can write such a report about anybody.
    addresses = _reported(outbound, complaint.recipient or "").values_list("address", flat=True)
    suspended = _suspend(incoming, addresses, words=complaint.feedback_type)
    attention.ask(ticket)
    note_changes(
        ticket,
        Change("complaint", {"message": str(outbound.message.id), "addresses": suspended}),
        actor=incoming.actor,
    )
    return Fated(Fate.AUTOMATIC, reason, ticket.id, about_id=outbound.id)


def _suspend(incoming: Incoming, addresses: Iterable[str], *, words: str) -> list[str]:
    """The addresses suspended now. One who says it of others must be able to prove their name."""
    if incoming.authentication == "fail":
        return []
    return [
        address
        for address in addresses
        if deliverability.complained(actor=incoming.actor, address=address, words=words)
    ]


def _receipt(incoming: Incoming, receipt: Receipt, batch: Batch) -> Fated:
    """Note when a message of ours was read; its first receipt counts (B10)."""
    reason = f"read_receipt: {receipt.disposition}"
    outbound = _outbound_of(incoming, receipt.original_message_id, batch)
    if outbound is None or outbound.message is None:
        return Fated(Fate.AUTOMATIC, reason, about_id=outbound.id if outbound else None)
    ticket = lock_ticket_of(outbound.message.id)
    message = Message.objects.get(pk=outbound.message.id)
    if receipt.disposition == "displayed" and "read_at" not in message.facts:
        message.facts["read_at"] = incoming.arrived_at.isoformat().replace("+00:00", "Z")
        message.save(update_fields=["facts"])
    change = {"message": str(message.id), "disposition": receipt.disposition}
    note_changes(ticket, Change("read_receipt", change), actor=incoming.actor)
    return Fated(Fate.AUTOMATIC, reason, ticket.id, about_id=outbound.id)
