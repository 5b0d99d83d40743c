"""What a reply looks like as a mail: its message, its bytes and its row in the outbox (S1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from backend.core import blobs
from backend.core.errors import FieldError, Invalid
from backend.core.text import storable
from backend.mail.compose import (
    Composed,
    HeaderInjection,
    InvalidAddress,
    compose,
    references_for,
)
from backend.mail.message import Address, Attachment
from backend.mail.token import make_message_id, make_reply_address
from backend.mailboxes import outbox
from backend.mailboxes.models import Mailbox, OutboundMail, OutboundRecipient
from backend.mailboxes.outbox import Leaving, Recipient
from backend.tickets import file_links, quoting, search, threading
from backend.tickets.models import Message, Ticket
from backend.tickets.receiving import addresses, attach
from backend.tickets.scheduled import NOT_SENT
from backend.tickets.subjects import reply_subject
from backend.users.models import User


@dataclass(frozen=True)
class Draft:
    """A reply ready to be written: checked text, recipients and files."""

    text: str
    to: Sequence[Address]
    cc: Sequence[Address]
    bcc: Sequence[Address]
    files: Sequence[Attachment]
    answered: Message | None
    leaving: Leaving


def write(ticket: Ticket, draft: Draft, *, user: User) -> Message:
    """The message, its outbox row and its Message-ID among the ids of the thread.

    One transaction with the caller's. Files the mail has no room for become links (S7), which is
    decided here, once: from now on neither Message-ID nor bytes change.
    """
    mailbox = ticket.mailbox
    message = _message(ticket, draft, user=user)
    message.save(force_insert=True)
    attach(message, draft.files, blobs.put_many(file.content for file in draft.files))
    enclosed, linked = file_links.split(draft.files, most=file_links.room(mailbox, draft.text))
    body = quoting.build(
        text=message.text,
        signature=mailbox.signature,
        answered=draft.answered,
        language=user.language,
        links=file_links.words_for(message, linked, default=user.language, to=draft.answered),
    )
    _queue(mailbox, message, draft, body=body, files=enclosed)
    threading.remember(
        mailbox,
        ticket.id,
        own=message.message_id,
        cited=[*message.in_reply_to, *message.references],
    )
    search.add(ticket.id, message.subject, message.text)
    return message


def _message(ticket: Ticket, draft: Draft, *, user: User) -> Message:
    mailbox, answered = ticket.mailbox, draft.answered
    now = timezone.now()
    later = draft.leaving.hold == OutboundMail.Hold.LATER
    message = Message(
        ticket=ticket,
        direction=Message.Direction.OUT,
        author=user,
        from_name=user.name,
        from_address=mailbox.address,
        to=addresses(draft.to),
        cc=addresses(draft.cc),
        bcc=addresses(draft.bcc),
        subject=reply_subject(ticket.subject) if answered else ticket.subject,
        text=storable(draft.text),
        reply_text=storable(draft.text),
        in_reply_to=[answered.message_id] if answered and answered.message_id else [],
        references=list(
            references_for(answered.message_id, answered.references)
            if answered and answered.message_id
            else ()
        ),
        flags=[NOT_SENT] if later else [],
        # A mail for later says when it leaves: its bytes need not change then.
        date_header=draft.leaving.at if later else now,
        created_at=now,
    )
    domain = mailbox.address.rpartition("@")[2]
    message.message_id = make_message_id(message.id, domain, threading.token_key())
    return message


def _queue(
    mailbox: Mailbox,
    message: Message,
    draft: Draft,
    *,
    body: quoting.Body,
    files: Sequence[Attachment],
) -> None:
    try:
        composed = _composed(mailbox, message, draft, body=body, files=files)
    except (HeaderInjection, InvalidAddress) as error:
        raise Invalid(
            f"This reply can't be written as a mail: {error}.",
            code="bad_address",
            fields={"to": [FieldError(str(error), "bad_address")]},
        ) from error
    kinds = OutboundRecipient.Kind
    outbox.queue(
        mailbox=mailbox,
        message_id=message.message_id,
        subject=message.subject,
        raw=composed.bytes_,
        recipients=[
            Recipient(one.address, kind)
            for kind, group in ((kinds.TO, draft.to), (kinds.CC, draft.cc), (kinds.BCC, draft.bcc))
            for one in group
        ],
        kind=OutboundMail.Kind.REPLY,
        for_message=message.id,
        leaving=draft.leaving,
    )


def _composed(
    mailbox: Mailbox,
    message: Message,
    draft: Draft,
    *,
    body: quoting.Body,
    files: Sequence[Attachment],
) -> Composed:
    return compose(
        mailbox_from=Address(f"{message.from_name} - {mailbox.name}", mailbox.address),
        to=draft.to,
        cc=draft.cc,
        bcc=draft.bcc,
        subject=message.subject,
        text=body.text,
        html=body.html,
        message_id=message.message_id,
        in_reply_to=message.in_reply_to[0] if message.in_reply_to else None,
        references=tuple(message.references),
        date=message.date_header or message.created_at,
        reply_to=_reply_to(mailbox, message.ticket),
        attachments=files,
    )


def _reply_to(mailbox: Mailbox, ticket: Ticket) -> Address | None:
    """The signed address of the ticket, where the server takes plus addresses (T1)."""
    if not mailbox.plus_addressing:
        return None
    signed = make_reply_address(mailbox.address, ticket.number, threading.token_key())
    return Address(mailbox.name, signed)


def leaving_at(at: datetime, if_answered: str) -> Leaving:
    """Held until `at`, a moment the author chose."""
    choice = OutboundMail.IfAnswered(if_answered)
    return Leaving(OutboundMail.Hold.LATER, at, choice)
