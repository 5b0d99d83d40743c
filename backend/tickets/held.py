"""Replies from another address, held until an agent decides (MAIL.md T3)."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db import transaction
from django.db.models import Q, QuerySet

from backend.audit.services import Actor
from backend.core.errors import Conflict, Missing
from backend.core.text import one_line
from backend.mailboxes.models import InboundMail
from backend.tickets import attention, receiving, scheduled, search
from backend.tickets.changing import locked
from backend.tickets.history import Change, note_changes
from backend.tickets.models import Message, ThreadReference, Ticket
from backend.users.models import User

HELD = "another_address"
_IN_DOUBT = ["auth_failed", "several_from", "from_missing"]  # the address may be somebody else's


@transaction.atomic
def accept(*, actor: Actor, user: User, message_id: uuid.UUID) -> Ticket:
    """Let who wrote a held message take part: all their messages in the ticket count from now on.

    Others whose sender may be forged stay held. The ticket opens again, and replies planned before
    are stopped, as if they had come from somebody known. Raises Missing, or Conflict when the
    message is not held.
    """
    ticket, message = _locked_held(message_id, user=user)
    held = Message.objects.filter(
        ticket=ticket, from_address=message.from_address, flags__contains=[HELD]
    ).exclude(~Q(pk=message.pk), flags__overlap=_IN_DOUBT)
    _take(ticket, held, actor=actor)
    if "automatic" not in message.flags:
        scheduled.customer_wrote(ticket, message, read=True)
    return ticket


def admit(ticket: Ticket, addresses: Collection[str], *, actor: Actor) -> None:
    """Somebody who takes part has named these addresses: what they wrote before counts too.

    So it does not matter whether a colleague's reply or the mail that copies them comes first.
    Mails whose sender may be forged stay held. The ticket is locked.
    """
    held = Message.objects.filter(
        ticket=ticket, from_address__in=addresses, flags__contains=[HELD]
    ).exclude(flags__overlap=_IN_DOUBT)
    _take(ticket, held, actor=actor)


def _take(ticket: Ticket, held: QuerySet[Message], *, actor: Actor) -> None:
    """Make held messages part of the locked ticket's conversation."""
    changes = []
    for message in held.order_by("created_at", "id"):
        message.flags = [flag for flag in message.flags if flag != HELD]
        message.save(update_fields=["flags"])
        data: dict[str, str | None] = {"message": str(message.id), "address": message.from_address}
        if "automatic" not in message.flags:
            data |= receiving.customer_waits(ticket, since=message.created_at)
        changes.append(Change("reply_accepted", data))
    if not changes:
        return
    ticket.version += 1
    ticket.save()
    attention.settle(ticket)
    note_changes(ticket, *changes, actor=actor)


@transaction.atomic
def separate(*, actor: Actor, user: User, message_id: uuid.UUID) -> Ticket:
    """Make a ticket of its own of a held message; returns it.

    Raises Missing, or Conflict when the message is not held.
    """
    ticket, message = _locked_held(message_id, user=user)
    if message.contact is None:
        raise Conflict("Nobody knows whose message this is.", code="no_sender")
    own = Ticket(
        subject=one_line(message.subject, limit=500),
        contact=message.contact,
        contact_address=message.from_address,
        mailbox=ticket.mailbox,
        team_id=ticket.team_id,
        source=Ticket.Source.MAIL,
        created_at=message.created_at,
        last_activity_at=message.created_at,
        waiting_since=message.created_at,
        message_count=1,
        preview=one_line(message.reply_text or message.text, limit=receiving.PREVIEW),
        last_direction=Message.Direction.IN,
        is_demo=ticket.is_demo,
    )
    own.save(force_insert=True)
    message.ticket = own
    message.flags = [flag for flag in message.flags if flag != HELD]
    message.save(update_fields=["ticket", "flags"])
    InboundMail.objects.filter(message=message).update(ticket=own)
    ThreadReference.objects.filter(ticket=ticket, message_id=message.message_id).update(ticket=own)
    search.add(own.id, own.subject, message.from_name, message.from_address, message.text)
    ticket.message_count -= 1
    ticket.version += 1
    ticket.save(update_fields=["message_count", "version"])
    attention.settle(ticket)
    note_changes(own, Change("created", {"source": "mail", "from": ticket.number}), actor=actor)
    separated = {"message": str(message.id), "number": own.number}
    note_changes(ticket, Change("reply_separated", separated), actor=actor)
    return own


def _locked_held(message_id: uuid.UUID, *, user: User) -> tuple[Ticket, Message]:
    found = Message.objects.filter(pk=message_id).values_list("ticket_id", flat=True).first()
    if found is None:
        raise Missing("There is no such message.")
    ticket = locked(found, user=user)
    message = Message.objects.select_related("contact").filter(pk=message_id, ticket=ticket).first()
    if message is None:
        raise Missing("There is no such message.")
    if HELD not in message.flags:
        raise Conflict("This message is part of the conversation already.", code="not_held")
    if ticket.deleted_at is not None:
        raise Conflict("This ticket is in the trash: restore it first.", code="ticket_deleted")
    return ticket, message
