"""Telling the owner of a ticket by mail that a reply did not arrive (FEATURES.md C17).

A notice is a mail like any other: it goes by the outbox. Nothing is ever told about a notice, it
leaves with the null sender and marked as automatic, and nobody gets more than a few an hour.
"""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from backend.core.text import one_line
from backend.mail.compose import HeaderInjection, InvalidAddress, compose
from backend.mail.message import Address
from backend.mail.token import without_tag
from backend.mailboxes import outbox
from backend.mailboxes.models import OutboundMail, OutboundRecipient
from backend.tickets.incoming import instance_id
from backend.tickets.models import Ticket
from backend.tickets.recipients import own_addresses
from backend.users.models import User

log = logging.getLogger(__name__)
PER_HOUR = 5
_MARK = "undelivered."  # how the Message-IDs of these notices begin
_WORDS = {
    "pt-BR": {
        "failed": "Resposta não entregue: #{number}",
        "uncertain": "Não se sabe se a resposta chegou: #{number}",
        "text": (
            "Olá, {name}!\n\n{what}\n\nDestinatários: {recipients}\n"
            "O servidor disse: {words}\n\nAbra o chamado para decidir o que fazer:\n{link}\n"
        ),
        "what_failed": "Uma resposta no chamado #{number} não foi entregue.",
        "what_uncertain": (
            "O servidor não confirmou uma resposta no chamado #{number}. Ela pode ter chegado; "
            "nada é enviado de novo sem a sua decisão."
        ),
    },
    "en": {
        "failed": "Reply not delivered: #{number}",
        "uncertain": "Nobody knows whether the reply arrived: #{number}",
        "text": (
            "Hello {name},\n\n{what}\n\nRecipients: {recipients}\n"
            "The server said: {words}\n\nOpen the ticket to decide what to do:\n{link}\n"
        ),
        "what_failed": "A reply in ticket #{number} was not delivered.",
        "what_uncertain": (
            "The server did not confirm a reply in ticket #{number}. It may have arrived; "
            "nothing is sent again unless you decide so."
        ),
    },
}


def tell(ticket: Ticket, outbound: OutboundMail) -> None:
    """Mail whoever has the ticket, else who wrote the reply, that it failed or is uncertain.

    Inside the transaction of that state. Nobody is told who left, or who has had enough notices
    in this hour: the ticket shows it anyway.
    """
    owner = ticket.assignee or (outbound.message.author if outbound.message else None)
    if owner is None or not owner.is_active or outbound.kind != OutboundMail.Kind.REPLY:
        return
    address = owner.email.lower()
    if without_tag(address) in own_addresses() or _told_this_hour(address) >= PER_HOUR:
        return
    mailbox = outbound.mailbox
    message_id = f"{_MARK}{uuid.uuid4().hex}@{mailbox.address.rpartition('@')[2]}"
    title, text = _words(ticket, outbound, owner)
    try:
        composed = compose(
            mailbox_from=Address(mailbox.name, mailbox.address),
            to=[Address(one_line(owner.name, limit=120), address)],
            subject=one_line(f"{title} {ticket.subject}", limit=200),
            text=text,
            message_id=message_id,
            date=timezone.now(),
            notice=True,
            loop=instance_id(),
        )
    except (HeaderInjection, InvalidAddress) as error:
        log.warning("%s can't be told: %s", owner.email, error)
        return
    outbox.queue(
        mailbox=mailbox,
        message_id=message_id,
        subject=title,  # the ledger shows it to people who may not see the ticket
        raw=composed.bytes_,
        recipients=[outbox.Recipient(address, OutboundRecipient.Kind.TO)],
        kind=OutboundMail.Kind.NOTIFICATION,
        for_message=None,
        envelope_from="",  # RFC 3834 3.3: no machine may answer it
    )


def _told_this_hour(address: str) -> int:
    return OutboundRecipient.objects.filter(
        address=address,
        outbound__kind=OutboundMail.Kind.NOTIFICATION,
        outbound__internet_message_id__startswith=_MARK,
        outbound__created_at__gt=Now() - timedelta(hours=1),
    ).count()


def _words(ticket: Ticket, outbound: OutboundMail, owner: User) -> tuple[str, str]:
    words = _WORDS["en" if owner.language == User.Language.ENGLISH else "pt-BR"]
    kind = "uncertain" if outbound.state == OutboundMail.State.UNCERTAIN else "failed"
    undelivered = outbound.recipients.exclude(state=OutboundRecipient.State.ACCEPTED)
    named = {
        "number": str(ticket.number),
        "name": one_line(owner.name, limit=120),
        "recipients": ", ".join(undelivered.values_list("address", flat=True)[:20]),
        "words": one_line(outbound.last_error, limit=300),
        "link": f"{settings.DESK_BASE_URL}/tickets/{ticket.id}",
    }
    named["what"] = words[f"what_{kind}"].format(**named)
    return words[kind].format(**named), words["text"].format(**named)
