"""Telling somebody that their mail arrived, once, and never a machine (MAIL.md B12-B15).

The answer is a message of the ticket and a row of the outbox, written in the transaction that
opens the ticket; SMTP is spoken later.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from backend.audit import services as audit
from backend.contacts import deliverability
from backend.contacts.services import normal_address
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
from backend.tickets.batch import Opened
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


@dataclass(frozen=True)
class _Answer:
    """An answer that nothing in the mail itself speaks against."""

    incoming: Incoming
    ticket: Ticket
    address: str
    topic: str

    @property
    def inbox(self) -> str:
        """All plus tags of an address are one inbox."""
        return without_tag(self.address)

    @property
    def people(self) -> set[str]:
        """Who must not have asked for silence."""
        return {normal_address(self.address), normal_address(self.incoming.sender)}


def acknowledge(opened: Sequence[Opened]) -> None:
    """Answer mails that have opened tickets, where the mailbox does so and nothing speaks against.

    1. Only for a person whose mail is fresh, and whose address can be believed and written to.
    2. To the envelope sender (RFC 3834 4); one answer per ticket, two per topic and day, five
       per hour, with all plus tags of an address counted as one: they are one inbox.
    3. The answer says when nobody works now.

    The tickets are written, in this transaction.
    """
    wanted = [answer for one in opened if (answer := _wanted(one)) is not None]
    if not wanted:
        return
    suspended = deliverability.suspended(address for one in wanted for address in one.people)
    wanted = [one for one in wanted if suspended.isdisjoint(one.people)]
    # Taken last by everybody and in one order, so nobody waits in a circle.
    lock_names(f"acknowledge:{one.inbox}" for one in wanted)
    recent = _recent({one.inbox for one in wanted})
    for answer in wanted:
        excess = _excess(recent[answer.inbox], answer.topic)
        if excess:
            _skipped(answer, excess)
        elif _answer(answer):
            recent[answer.inbox].append((timezone.now(), answer.topic))


def _wanted(opened: Opened) -> _Answer | None:
    incoming, ticket = opened.incoming, opened.ticket
    if not incoming.mailbox.acknowledge:
        return None
    address = (incoming.parsed.return_path or incoming.sender).lower()
    if _refused(incoming, address):
        return None
    return _Answer(incoming, ticket, address, _topic(ticket.subject))


def _skipped(answer: _Answer, why: str) -> None:
    change = Change("acknowledgement_skipped", {"to": answer.address, "why": why})
    note_changes(answer.ticket, change, actor=audit.system("acknowledgement"))


def _refused(incoming: Incoming, address: str) -> bool:
    """True when an automatic answer to this mail would be wrong."""
    return (
        answerable(incoming.parsed) is not None
        or incoming.by_machine
        or incoming.authentication == "fail"  # it would go to somebody who wrote nothing
        or incoming.envelope_forged
        or incoming.is_history
        or timezone.now() - incoming.arrived_at > _DAY  # I20: a long outage
        or "@" not in address
        or address.endswith("@invalid")
        or without_tag(address) in incoming.desk_addresses
    )


def _topic(subject: str) -> str:
    """What a conversation is about, without what desks add to a subject at every round."""
    bare = _CHANGING.sub(" ", without_prefixes(subject))
    return hashlib.sha256(" ".join(fold(bare).split()).encode()).hexdigest()


def _recent(inboxes: Collection[str]) -> dict[str, list[tuple[datetime, str]]]:
    """When and about what each inbox was answered within a day."""
    found: dict[str, list[tuple[datetime, str]]] = {one: [] for one in inboxes}
    rows = Acknowledgement.objects.filter(address__in=inboxes, created_at__gt=timezone.now() - _DAY)
    for inbox, at, topic in rows.values_list("address", "created_at", "topic"):
        found[inbox].append((at, topic))
    return found


def _excess(recent: Sequence[tuple[datetime, str]], topic: str) -> str:
    """Which cap one more answer would break: "hour", "topic", or "" for none."""
    now = timezone.now()
    if sum(at > now - _HOUR for at, _ in recent) >= PER_HOUR:
        return "hour"
    if sum(about == topic for _, about in recent) >= PER_TOPIC:
        return "topic"
    return ""


def _answer(answer: _Answer) -> bool:
    """Put the answer into ticket and outbox; False when its address can't be written to."""
    mailbox, ticket = answer.incoming.mailbox, answer.ticket
    now = timezone.now()
    zone = mailbox.time_zone or settings.TIME_ZONE
    there = working_hours.is_open(mailbox.working_hours, at=now, zone=zone)
    message = _message(answer.incoming, ticket, address=answer.address, there=there)
    try:
        raw = _composed(mailbox, message, to=Address("", answer.address))
    except (HeaderInjection, InvalidAddress) as error:
        _skipped(answer, one_line(str(error), limit=200))
        return False
    message.save(force_insert=True)
    Acknowledgement.objects.create(
        ticket=ticket, message=message, address=answer.inbox, topic=answer.topic
    )
    outbox.queue(
        mailbox=mailbox,
        message_id=message.message_id,
        subject=message.subject,
        raw=raw,
        recipients=[outbox.Recipient(answer.address, OutboundRecipient.Kind.TO)],
        kind=OutboundMail.Kind.ACKNOWLEDGEMENT,
        for_message=message.id,
        envelope_from="",  # RFC 3834 3.3: whoever can't take it must not tell us
    )
    ticket.message_count += 1
    ticket.save(update_fields=["message_count"])
    told = {"message": str(message.id), "to": answer.address, "out_of_hours": not there}
    change = Change("acknowledged", told)
    note_changes(ticket, change, actor=audit.system("acknowledgement"))
    return True


def _message(incoming: Incoming, ticket: Ticket, *, address: str, there: bool) -> Message:
    """The answer as the ticket shows it, not yet stored."""
    mailbox, parsed = incoming.mailbox, incoming.parsed
    written_in = language.guess(f"{parsed.subject}\n{parsed.text}", default=_desk_language())
    text = _filled(
        words_of(mailbox, language=written_in, there=there),
        ticket=ticket,
        name=incoming.sender_name,
    )
    answered = incoming.own_id
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
