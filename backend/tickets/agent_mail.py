"""Agents who answer a ticket by mail, through an address made for them alone (MAIL.md T19)."""

from __future__ import annotations

import uuid

from django.db import transaction

from backend.audit.models import Log
from backend.audit.services import Actor
from backend.core.errors import DeskError
from backend.mail.token import looks_like_agent_address, read_agent_address
from backend.mailboxes.ledger import Fate, Fated
from backend.tickets import threading
from backend.tickets.incoming import Incoming
from backend.tickets.models import Ticket
from backend.tickets.replying import Reply, reply
from backend.users.models import User
from backend.users.policy import Permission, can


def may_be(incoming: Incoming) -> bool:
    """Whether the mail was sent to an address made for an agent; an old one answers nobody."""
    if incoming.is_history:
        return False
    return any(map(looks_like_agent_address, incoming.addressed))


def answer_by_mail(incoming: Incoming) -> Fated | None:
    """Send an agent's mail to the customer as a reply; None when it is no such mail.

    The signed address must be this very agent's, and the mailbox's own provider must vouch for
    the name (SECURITY.md 0.4). A machine's mail is dropped: the customer must not learn who is on
    holiday. What can't be sent, or only without its files, goes on as an ordinary mail. One that
    is delivered several times is sent once.
    """
    if not may_be(incoming):
        return None
    agent = User.objects.filter(email__iexact=incoming.sender, is_active=True).first()
    number = _ticket_number(incoming, agent) if agent else None
    if agent is None or number is None:
        return None
    if incoming.by_machine:
        auto = incoming.parsed.auto
        return Fated(Fate.AUTOMATIC, f"{auto.kind}: {auto.reason}")
    ticket = Ticket.objects.filter(number=number).first()
    if (
        ticket is None
        or not incoming.whole
        or not incoming.names_one_author
        or incoming.authentication != "pass"
        or not can(agent, Permission.TICKET_REPLY)
    ):
        return None
    actor = Actor(
        kind=Log.ActorKind.USER,
        label=agent.email,
        user_id=agent.id,
        cause=f"inbound:{incoming.mail.id}",
    )
    wanted = Reply(text=incoming.parsed.reply_text, files=incoming.parsed.attachments)
    key = uuid.uuid5(agent.id, f"{incoming.own_id}\n{wanted.text}")
    try:
        with transaction.atomic():
            message = reply(actor=actor, user=agent, ticket_id=ticket.id, wanted=wanted, key=key)
    except DeskError:
        return None
    message.flags = ["by_mail"]
    message.save(update_fields=["flags"])
    return Fated(Fate.REPLY, "answered by mail", ticket.id, matched_by="agent_address")


def _ticket_number(incoming: Incoming, agent: User) -> int | None:
    key = threading.token_key()
    for address in incoming.addressed:
        number = read_agent_address(address, agent.id, key)
        if number is not None:
            return number
    return None
