"""Telling somebody that their mail arrived, once, and never a machine (MAIL.md B12-B15).

The answer is a message of the ticket and a row of the outbox, written in the transaction that
opens the ticket; SMTP is spoken later.
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from backend.audit import services as audit
from backend.contacts import deliverability
from backend.core import language
from backend.core.folding import fold
from backend.core.language import Language
from backend.core.locks import lock_names
from backend.core.text import one_line, storable
from backend.mail.auto import answerable
from backend.mail.compose import HeaderInjection, InvalidAddress, compose, references_for
from backend.mail.message import Address
from backend.mail.token import make_message_id, without_tag
from backend.mailboxes import outbox, working_hours
from backend.mailboxes.models import Mailbox, OutboundMail, OutboundRecipient
from backend.tickets import threading
from backend.tickets.acknowledgement_words import words_of
from backend.tickets.history import Change, note_changes
from backend.tickets.incoming import Incoming, instance_id
from backend.tickets.models import Acknowledgement, Message, Ticket
from backend.tickets.receiving import addresses
from backend.tickets.subjects import reply_subject, without_prefixes

PER_HOUR = 5  # B13, whatever the mails look like
PER_TOPIC = 2  # B14: two machines that answer each other stop after two rounds
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_CHANGING = re.compile(r"\[[^\]]{0,80}\]|[#\d]+")
_LINK = re.compile(r"\S*(?:://|www\.)\S*", re.IGNORECASE)


def acknowledge(incoming: Incoming, ticket: Ticket) -> None:
    """Answer the mail that opened a ticket, if its mailbox does so and nothing speaks against it.

    1. Only for a person whose mail is fresh, and whose address can be believed and written to.
    2. To the envelope sender (RFC 3834 4); one answer per ticket, two per topic and day, five
       per hour, with all plus tags of an address counted as one: they are one inbox.
    3. The answer says when nobody works now.
    """
    mailbox = incoming.mailbox
    if not mailbox.acknowledge:
        return
    address = incoming.parsed.return_path or incoming.sender
    address = address.lower()
    if _refused(incoming, address):
        return
    # Taken last by everybody, so nobody waits in a circle.
    lock_names([f"acknowledge:{without_tag(address)}"])
    topic = _topic(ticket.subject)
    excess = _excess(address, topic)
    if excess:
        change = Change("acknowledgement_skipped", {"to": address, "why": excess})
        note_changes(ticket, change, actor=audit.system("acknowledgement"))
        return
    _answer(incoming, ticket, address=address, topic=topic)


def _refused(incoming: Incoming, address: str) -> bool:
    """True when an automatic answer to this mail would be wrong."""
    return (
        answerable(incoming.parsed) is not None
        or incoming.by_machine
        or incoming.authentication == "fail"  # it would go to somebody who wrote nothing
        or incoming.envelope_forged
        or timezone.now() - incoming.arrived_at > _DAY  # I20: history, or a long outage
        or "@" not in address
        or address.endswith("@invalid")
        or without_tag(address) in incoming.desk_addresses
        or any(deliverability.is_suspended(one) for one in {address, incoming.sender})
    )


def _topic(subject: str) -> str:
    """What a conversation is about, without what desks add to a subject at every round."""
    bare = _CHANGING.sub(" ", without_prefixes(subject))
    return hashlib.sha256(" ".join(fold(bare).split()).encode()).hexdigest()


def _excess(address: str, topic: str) -> str:
    """Which cap an answer to the address would break: "hour", "topic", or "" for none."""
    recent = Acknowledgement.objects.filter(address=without_tag(address))
    now = timezone.now()
    if recent.filter(created_at__gt=now - _HOUR).count() >= PER_HOUR:
        return "hour"
    if recent.filter(created_at__gt=now - _DAY, topic=topic).count() >= PER_TOPIC:
        return "topic"
    return ""


def _answer(incoming: Incoming, ticket: Ticket, *, address: str, topic: str) -> None:
    mailbox = incoming.mailbox
    now = timezone.now()
    zone = mailbox.time_zone or settings.TIME_ZONE
    there = working_hours.is_open(mailbox.working_hours, at=now, zone=zone)
    message = _message(incoming, ticket, address=address, there=there)
    try:
        raw = _composed(mailbox, message, to=Address("", address))
    except (HeaderInjection, InvalidAddress) as error:
        words = one_line(str(error), limit=200)
        change = Change("acknowledgement_skipped", {"to": address, "why": words})
        note_changes(ticket, change, actor=audit.system("acknowledgement"))
        return
    message.save(force_insert=True)
    Acknowledgement.objects.create(
        ticket=ticket, message=message, address=without_tag(address), topic=topic
    )
    outbox.queue(
        mailbox=mailbox,
        message_id=message.message_id,
        subject=message.subject,
        raw=raw,
        recipients=[outbox.Recipient(address, OutboundRecipient.Kind.TO)],
        kind=OutboundMail.Kind.ACKNOWLEDGEMENT,
        for_message=message.id,
        envelope_from="",  # RFC 3834 3.3: whoever can't take it must not tell us
    )
    ticket.message_count += 1
    ticket.save(update_fields=["message_count"])
    change = Change(
        "acknowledged", {"message": str(message.id), "to": address, "out_of_hours": not there}
    )
    note_changes(ticket, change, actor=audit.system("acknowledgement"))


def _message(incoming: Incoming, ticket: Ticket, *, address: str, there: bool) -> Message:
    """The answer as the ticket shows it, not yet stored."""
    mailbox, parsed = incoming.mailbox, incoming.parsed
    written_in = language.guess(f"{parsed.subject}\n{parsed.text}", default=_desk_language())
    text = _filled(
        words_of(mailbox, language=written_in, there=there),
        ticket=ticket,
        name=incoming.sender_name,
    )
    answered = threading.own_id(parsed)
    message = Message(
        ticket=ticket,
        direction=Message.Direction.OUT,
        from_name=mailbox.name,
        from_address=mailbox.address,
        to=addresses([Address("", address)]),
        subject=reply_subject(ticket.subject),
        text=text,
        reply_text=text,
        in_reply_to=[answered],
        references=list(references_for(answered, parsed.references)),
        flags=["automatic", "acknowledgement"],
        date_header=timezone.now(),
        created_at=timezone.now(),
    )
    domain = mailbox.address.rpartition("@")[2]
    message.message_id = make_message_id(message.id, domain, threading.token_key())
    return message


def _composed(mailbox: Mailbox, message: Message, *, to: Address) -> bytes:
    return compose(
        mailbox_from=Address(mailbox.name, mailbox.address),
        to=[to],
        subject=message.subject,
        text=message.text,
        message_id=message.message_id,
        in_reply_to=message.in_reply_to[0],
        references=tuple(message.references),
        date=message.created_at,
        auto=True,
        loop=instance_id(),
    ).bytes_


def _filled(words: str, *, ticket: Ticket, name: str) -> str:
    """The words with {ticket}, {subject} and {name}; nothing else in braces means anything.

    What a stranger typed is cut short and without links: the answer must carry no advertising.
    """
    values = {
        "{ticket}": f"#{ticket.number}",
        "{subject}": _harmless(ticket.subject, limit=120),
        "{name}": _harmless(name, limit=60),
    }
    pattern = "|".join(re.escape(key) for key in values)
    return storable(re.sub(pattern, lambda match: values[match[0]], words))


def _harmless(text: str, *, limit: int) -> str:
    return one_line(_LINK.sub("", text), limit=limit)


def _desk_language() -> Language:
    return "pt-BR" if settings.LANGUAGE_CODE.lower().startswith("pt") else "en"
