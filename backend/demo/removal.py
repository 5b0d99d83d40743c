"""Taking the demo out: only rows marked as demo, and what hangs on them."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, ProtectedError, Q, QuerySet

from backend.audit.services import Actor
from backend.contacts.models import Company, Contact
from backend.core.errors import Conflict
from backend.demo import samples
from backend.mailboxes.models import InboundMail, Mailbox, MailboxLease, OutboundMail
from backend.mailboxes.services import change_mailbox, delete_mailbox
from backend.tickets.models import Message, Ticket
from backend.users.models import User

log = logging.getLogger(__name__)
_ROOM_DOMAIN = "@demo.local"


@dataclass(frozen=True)
class Removed:
    """How many rows went: tickets, their messages, contacts, and mails of both ledgers."""

    tickets: int = 0
    messages: int = 0
    contacts: int = 0
    received: int = 0
    sent: int = 0


def take_out(*, actor: Actor) -> Removed:
    """Delete demo tickets, contacts, mails and mailbox, inside a transaction.

    Kept: a demo ticket that a real one was merged into; a contact with a ticket that stays, or
    with an address outside the room unless it came with the samples; the demo mailbox, paused,
    while anything still refers to it.
    """
    _lock()
    # A real ticket merged into a demo one lives there now, so that one stays.
    tickets = Ticket.objects.filter(is_demo=True).exclude(merged__is_demo=False)
    ids = list(tickets.values_list("pk", flat=True))
    people = _people_of(ids)
    messages = Message.objects.filter(ticket__in=ids)
    sent = OutboundMail.objects.filter(
        Q(message__in=messages) | Q(mailbox__is_demo=True, message__isnull=True)
    )
    received = InboundMail.objects.filter(
        Q(ticket__isnull=True) | Q(ticket__in=ids), mailbox__is_demo=True
    )
    counts = {
        "tickets": len(ids),
        "messages": messages.count(),
        "received": _delete(received),
        "sent": _delete(sent),
    }
    Ticket.objects.filter(pk__in=ids).update(merged_into=None)
    Ticket.objects.filter(pk__in=ids).delete()
    contacts = _delete(Contact.objects.filter(pk__in=people, tickets__isnull=True))
    Company.objects.filter(name__in=samples.company_names(), contacts__isnull=True).delete()
    _close_mailboxes(actor)
    _delete_agent()
    return Removed(contacts=contacts, **counts)


def _lock() -> None:
    """Wait for the monitor and the workers, in the order in which they lock."""
    leases = MailboxLease.objects.filter(mailbox__is_demo=True)
    list(leases.select_for_update(of=("self",)))
    list(Ticket.objects.filter(is_demo=True).select_for_update(of=("self",)).order_by("number"))
    list(Mailbox.objects.filter(is_demo=True).select_for_update())


def _people_of(tickets: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    """Contacts that came with the samples, or that are known only from inside the room."""
    outside = Count("addresses", filter=~Q(addresses__address__endswith=_ROOM_DOMAIN))
    wrote = Contact.objects.filter(
        Q(tickets__in=tickets)
        | Q(pk__in=Message.objects.filter(ticket__in=tickets).values("contact"))
    )
    visitors = Contact.objects.filter(pk__in=wrote.values("pk")).annotate(outside=outside)
    found = set(visitors.filter(outside=0).values_list("pk", flat=True))
    return list(found | set(Contact.objects.filter(is_demo=True).values_list("pk", flat=True)))


def _delete(rows: QuerySet[InboundMail] | QuerySet[OutboundMail] | QuerySet[Contact]) -> int:
    """Delete with what hangs on the rows; how many of the rows themselves went."""
    _, by_model = rows.delete()
    return by_model.get(rows.model._meta.label, 0)


def _close_mailboxes(actor: Actor) -> None:
    """Delete the demo mailbox; one that something still refers to is paused."""
    for mailbox in Mailbox.objects.filter(is_demo=True):
        try:
            with transaction.atomic():
                delete_mailbox(actor=actor, mailbox_id=mailbox.id)
        except Conflict:
            if mailbox.state != Mailbox.State.PAUSED:
                paused = {"state": Mailbox.State.PAUSED}
                change_mailbox(actor=actor, mailbox_id=mailbox.id, values=paused, version=None)


def _delete_agent() -> None:
    """The samples' author, unless something that stays was written under the name."""
    agent = User.objects.filter(email=samples.AGENT_EMAIL, is_active=False).first()
    if agent is None or agent.has_usable_password():
        return
    try:
        with transaction.atomic():
            agent.delete()
    except ProtectedError:
        log.info("%s stays: a ticket that was kept names them.", agent.email)
