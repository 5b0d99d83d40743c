"""A mail of a person, or of a machine that belongs to a conversation, enters its ticket."""

from __future__ import annotations

from backend.contacts import deliverability
from backend.core.text import storable
from backend.mail.spam import spam_verdict
from backend.mailboxes.ledger import Fate, Fated
from backend.tickets import (
    forwarding,
    held,
    receiving,
    scheduled,
    threading,
    unreadable,
)
from backend.tickets.batch import Batch, Opened
from backend.tickets.incoming import Incoming
from backend.tickets.models import Message, Ticket

# Machines that only speak about a conversation; without one there is nothing to work on.
_NO_TICKET_OF_THEIR_OWN = {"auto_reply", "read_receipt", "complaint", "loop"}


def join(incoming: Incoming, batch: Batch) -> Fated:
    """Add the mail to its ticket, or open one.

    1. Find the thread. A machine's mail without one, and spam without one, make no ticket; what
       another mailbox has brought into the ticket already is not said twice (T16).
    2. A mail that an agent forwarded becomes a ticket of the original sender (T12).
    3. Else the message is written; a person is acknowledged when it opened a ticket.
    """
    thread = threading.find(incoming, batch)
    auto = incoming.parsed.auto
    if thread.ticket is not None and (elsewhere := _same_elsewhere(incoming, thread, batch)):
        return _fated_copy(incoming, thread, elsewhere, batch)
    if thread.ticket is None:
        if auto.kind in _NO_TICKET_OF_THEIR_OWN:
            return Fated(Fate.AUTOMATIC, f"{auto.kind}: {auto.reason}")
        spam = _spam(incoming)
        if spam:
            return Fated(Fate.SPAM, spam)
        forwarded = forwarding.open_for_original_sender(incoming, batch)
        if forwarded is not None:
            return _fated(incoming, forwarded, thread, batch, matched_by="forward")
    message = _write(incoming, thread, batch)
    return _fated(incoming, message, thread, batch, matched_by=thread.matched_by)


def _write(incoming: Incoming, thread: threading.Thread, batch: Batch) -> Message:
    by_person = not (incoming.by_machine or incoming.is_history)
    lives_again = by_person and incoming.authentication != "fail" and batch.bounced(incoming.sender)
    if lives_again or _touches_others(incoming, thread, batch, by_person=by_person):
        batch.stand_alone()
    contact = batch.author(actor=incoming.actor, address=incoming.sender, name=incoming.sender_name)
    received = receiving.Received(
        mail=incoming.parsed,
        contact=contact,
        address=incoming.sender,
        blobs=incoming.blobs,
        at=incoming.arrived_at,
        flags=_flags(incoming, thread),
        counts_as_customer=thread.known_sender and not incoming.by_machine,
        silent=incoming.is_history,
    )
    if lives_again:
        deliverability.wrote(actor=incoming.actor, address=incoming.sender)
    if thread.ticket is None:
        message = receiving.open_ticket(
            received,
            actor=incoming.actor,
            mailbox=incoming.mailbox,
            batch=batch,
            continues=thread.continues,
        )
        batch.opened.append(Opened(incoming, message.ticket))
        return message
    return _append(incoming, thread.ticket, received, thread, batch)


def _touches_others(
    incoming: Incoming, thread: threading.Thread, batch: Batch, *, by_person: bool
) -> bool:
    """Whether the mail changes more than its own ticket: other tickets, messages, or replies."""
    ticket = thread.ticket
    if ticket is None or thread.others:
        return bool(thread.others)
    if not (thread.known_sender and by_person):
        return False
    admits = ticket.needs_attention and bool(_named_people(incoming))
    return admits or batch.has_planned_reply(ticket)


def _named_people(incoming: Incoming) -> set[str]:
    """Whom the mail names as taking part, without the desk itself."""
    named = receiving.addresses([*incoming.parsed.to, *incoming.parsed.cc])
    return {one["address"] for one in named} - incoming.desk_addresses


def _append(
    incoming: Incoming,
    ticket: Ticket,
    received: receiving.Received,
    thread: threading.Thread,
    batch: Batch,
) -> Message:
    actor = incoming.actor
    asked_for_decision = ticket.needs_attention
    message = receiving.append(ticket, received, actor=actor, batch=batch)
    for other in thread.others:
        receiving.absorb(ticket, other, actor=actor)
    if not thread.known_sender:
        _ask_for_decision(incoming, ticket, batch)
    elif received.counts_as_customer and not received.silent:
        named = _named_people(incoming) if asked_for_decision else set()
        if named:  # somebody may be held
            held.admit(ticket, named, actor=actor)
        if batch.has_planned_reply(ticket):
            scheduled.customer_wrote(ticket, message)
    unreadable.replace_placeholder(ticket, incoming.mail)
    return message


def _ask_for_decision(incoming: Incoming, ticket: Ticket, batch: Batch) -> None:
    """Somebody who takes no part wrote: a person decides about it (T3)."""
    if ticket.needs_attention or incoming.is_history:
        return
    ticket.needs_attention = True
    ticket.version += 1
    batch.changed(ticket)


def _fated(
    incoming: Incoming,
    message: Message,
    thread: threading.Thread,
    batch: Batch,
    *,
    matched_by: str,
) -> Fated:
    batch.remember(incoming, message.ticket_id)
    fate = Fate.TICKET if thread.ticket is None else Fate.REPLY
    if incoming.by_machine:
        fate = Fate.AUTOMATIC
    return Fated(fate, thread.reason, message.ticket_id, message.id, matched_by)


def _same_elsewhere(incoming: Incoming, thread: threading.Thread, batch: Batch) -> str:
    """The other mailbox through which the same mail is in the ticket already, else "" (T16).

    Other bytes are no question: each delivery adds header fields of its own.
    """
    for copy in batch.copies(incoming):
        message = copy.message
        if (
            thread.ticket is not None
            and message.ticket_id == thread.ticket.id
            and message.from_address == incoming.sender
            and message.text == storable(incoming.parsed.text)
            # Where the sender can be believed, it is worth a message of its own.
            and not (thread.known_sender and held.HELD in message.flags)
        ):
            return copy.mailbox_address
    return ""


def _fated_copy(
    incoming: Incoming, thread: threading.Thread, elsewhere: str, batch: Batch
) -> Fated:
    ticket = thread.ticket
    assert ticket is not None
    batch.remember(incoming, ticket.id)
    unreadable.replace_placeholder(ticket, incoming.mail)
    reason = f"The same mail arrived at {elsewhere}."
    return Fated(Fate.DUPLICATE, reason, ticket.id, matched_by=thread.matched_by)


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
