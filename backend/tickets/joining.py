"""A mail of a person, or of a machine that belongs to a conversation, enters its ticket."""

from __future__ import annotations

from backend.contacts import deliverability
from backend.contacts.services import author
from backend.core.text import storable
from backend.mail.spam import spam_verdict
from backend.mailboxes.ledger import Fate, Fated
from backend.mailboxes.models import InboundMail
from backend.tickets import (
    acknowledging,
    attention,
    forwarding,
    held,
    receiving,
    threading,
    unreadable,
)
from backend.tickets.incoming import Incoming
from backend.tickets.models import Message, Ticket

# Machines that only speak about a conversation; without one there is nothing to work on.
_NO_TICKET_OF_THEIR_OWN = {"auto_reply", "read_receipt", "complaint", "loop"}


def join(incoming: Incoming) -> Fated:
    """Add the mail to its ticket, or open one; the thread's locks are held.

    1. Find the thread. A machine's mail without one, and spam without one, make no ticket; what
       another mailbox has brought into the ticket already is not said twice (T16).
    2. A mail that an agent forwarded becomes a ticket of the original sender (T12).
    3. Else the message is written; a person is acknowledged when it opened a ticket.
    """
    thread = threading.find(incoming)
    auto = incoming.parsed.auto
    if thread.ticket is not None and (elsewhere := _same_elsewhere(incoming, thread)):
        return _fated_copy(incoming, thread.ticket, elsewhere)
    if thread.ticket is None:
        if auto.kind in _NO_TICKET_OF_THEIR_OWN:
            return Fated(Fate.AUTOMATIC, f"{auto.kind}: {auto.reason}")
        spam = _spam(incoming)
        if spam:
            return Fated(Fate.SPAM, spam)
        forwarded = forwarding.open_for_original_sender(incoming)
        if forwarded is not None:
            return _fated(incoming, forwarded, thread)
    return _fated(incoming, _write(incoming, thread), thread)


def _write(incoming: Incoming, thread: threading.Thread) -> Message:
    contact, bounced = author(
        actor=incoming.actor, address=incoming.sender, name=incoming.sender_name
    )
    received = receiving.Received(
        mail=incoming.parsed,
        contact=contact,
        address=incoming.sender,
        blobs=incoming.blobs,
        at=incoming.arrived_at,
        flags=_flags(incoming, thread),
        counts_as_customer=thread.known_sender and not incoming.by_machine,
    )
    if bounced and not incoming.by_machine and incoming.authentication != "fail":
        deliverability.wrote(actor=incoming.actor, address=incoming.sender)
    if thread.ticket is None:
        message = receiving.open_ticket(
            received, actor=incoming.actor, mailbox=incoming.mailbox, continues=thread.continues
        )
        acknowledging.acknowledge(incoming, message.ticket)
        return message
    message = receiving.append(thread.ticket, received, actor=incoming.actor)
    for other in thread.others:
        receiving.absorb(thread.ticket, other, actor=incoming.actor)
    if not thread.known_sender:
        attention.ask(thread.ticket)
    elif thread.ticket.needs_attention and not incoming.by_machine:  # somebody may be held
        named = {one["address"] for one in (*message.to, *message.cc)}
        held.admit(thread.ticket, named - incoming.desk_addresses, actor=incoming.actor)
    unreadable.replace_placeholder(thread.ticket, incoming.mail)
    return message


def _fated(incoming: Incoming, message: Message, thread: threading.Thread) -> Fated:
    threading.remember(
        incoming.mailbox,
        message.ticket_id,
        own=threading.own_id(incoming.parsed),
        cited=threading.related_ids(incoming),
    )
    fate = Fate.TICKET if thread.ticket is None else Fate.REPLY
    if incoming.by_machine:
        fate = Fate.AUTOMATIC
    return Fated(fate, thread.reason, ticket_id=message.ticket_id, message_id=message.id)


def _same_elsewhere(incoming: Incoming, thread: threading.Thread) -> str:
    """The other mailbox through which the same mail is in the ticket already, else "" (T16).

    Other bytes are no question: each delivery adds header fields of its own.
    """
    if incoming.desk_addresses <= {incoming.mailbox.address, *incoming.mailbox.aliases}:
        return ""  # there is no other mailbox
    same = InboundMail.objects.filter(
        message__ticket=thread.ticket,
        message__message_id=threading.own_id(incoming.parsed),
        message__from_address=incoming.sender,
        message__text=storable(incoming.parsed.text),
    ).exclude(mailbox=incoming.mailbox)
    if thread.known_sender:  # here the sender can be believed: that is worth a message
        same = same.exclude(message__flags__contains=[held.HELD])
    return same.values_list("mailbox__address", flat=True).first() or ""


def _fated_copy(incoming: Incoming, ticket: Ticket, elsewhere: str) -> Fated:
    threading.remember(
        incoming.mailbox,
        ticket.id,
        own=threading.own_id(incoming.parsed),
        cited=threading.related_ids(incoming),
    )
    unreadable.replace_placeholder(ticket, incoming.mail)
    return Fated(Fate.DUPLICATE, f"The same mail arrived at {elsewhere}.", ticket_id=ticket.id)


def _spam(incoming: Incoming) -> str:
    """Why the mail is spam, "" when it is none; only the provider's verdict counts (B16)."""
    if not incoming.mailbox.trust_spam_verdict or incoming.mail.not_spam:
        return ""
    verdict = spam_verdict(incoming.parsed.headers)
    return f"spam: {verdict.reason}" if verdict.is_spam else ""


def _flags(incoming: Incoming, thread: threading.Thread) -> list[str]:
    parsed = incoming.parsed
    flags = {
        "another_address": not thread.known_sender,
        "automatic": incoming.by_machine,
        "same_id_other_bytes": thread.id_seen and not parsed.message_id_generated,
        "truncated": not incoming.whole,
        "several_from": "several_from" in parsed.errors or "from_ambiguous" in parsed.errors,
        "from_missing": "from_missing" in parsed.errors,
        "auth_failed": incoming.authentication == "fail",
        "wrong_token": thread.wrong_token,
        "spam_released": incoming.mail.not_spam,
    }
    return [name for name, is_set in flags.items() if is_set]
