"""Replying: the message, its bytes and its outbox row in one transaction (MAIL.md S1)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from backend.audit.services import Actor
from backend.contacts.services import checked_address
from backend.core import blobs
from backend.core.errors import Conflict, FieldError, Invalid
from backend.core.text import one_line, storable
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
from backend.mailboxes.outbox import Recipient
from backend.tickets import attention, quoting, search, threading
from backend.tickets.changing import locked, set_status
from backend.tickets.history import Change, note_changes
from backend.tickets.models import Message, ReplyRequest, Ticket
from backend.tickets.receiving import PREVIEW, addresses, attach
from backend.tickets.recipients import newest_of_customer, own_addresses, reply_defaults
from backend.tickets.subjects import reply_subject
from backend.users.models import User

_MOST_RECIPIENTS = 100
_LONGEST_REPLY = 1_000_000


@dataclass(frozen=True)
class Reply:
    """What an agent wants to send. None for `to` or `cc`: as the conversation suggests."""

    text: str
    to: Sequence[str] | None = None
    cc: Sequence[str] | None = None
    bcc: Sequence[str] = ()
    status_after: str | None = None
    files: Sequence[Attachment] = ()


@transaction.atomic
def reply(
    *, actor: Actor, user: User, ticket_id: uuid.UUID, wanted: Reply, key: uuid.UUID | None = None
) -> Message:
    """Answer a ticket. The mail leaves after the commit, with the bytes fixed here.

    `key` makes the request repeatable: the same key of the same person gives the message made
    first. Raises Missing, Conflict (deleted or merged ticket), Invalid (empty, bad address).
    """
    ticket = locked(ticket_id, user=user)
    if key is not None:
        earlier = ReplyRequest.objects.select_related("message").filter(user=user, key=key).first()
        if earlier is not None:
            return _made_before(earlier.message, ticket)
    _refuse_impossible(ticket, wanted)
    to, cc, bcc = _recipients(ticket, wanted)
    answered = newest_of_customer(ticket)
    message = _write(ticket, user=user, wanted=wanted, to=to, cc=cc, bcc=bcc, answered=answered)
    _advance(ticket, message, actor=actor, status_after=wanted.status_after)
    if key is not None:
        ReplyRequest.objects.create(user=user, key=key, message=message)
    return message


def _made_before(message: Message, ticket: Ticket) -> Message:
    """The message of a repeated request; a key that went to another ticket sent nothing here."""
    if message.ticket_id not in {ticket.id, ticket.merged_into_id}:
        raise Conflict(
            "This Idempotency-Key was used for another ticket: make a new one.", code="key_used"
        )
    return message


def _refuse_impossible(ticket: Ticket, wanted: Reply) -> None:
    if ticket.deleted_at is not None:
        raise Conflict(
            "This ticket is in the trash: restore it before answering.", code="ticket_deleted"
        )
    if ticket.merged_into_id is not None:
        raise Conflict("This ticket was merged: answer the other one.", code="ticket_merged")
    if not wanted.text.strip():
        raise Invalid(
            "The reply is empty: write something first.",
            code="empty_reply",
            fields={"text": [FieldError("Write something first.", "blank")]},
        )
    if len(wanted.text) > _LONGEST_REPLY:
        raise Invalid(
            "The reply is too long.",
            fields={"text": [FieldError("At most 1,000,000 characters.", "max_length")]},
        )


def _recipients(
    ticket: Ticket, wanted: Reply
) -> tuple[list[Address], list[Address], list[Address]]:
    """To, Cc and Bcc without our own addresses and without repeats (MAIL.md S17)."""
    defaults = reply_defaults(ticket)
    seen = own_addresses()
    lists = []
    for field, given in (
        ("to", defaults.to if wanted.to is None else wanted.to),
        ("cc", defaults.cc if wanted.cc is None else wanted.cc),
        ("bcc", wanted.bcc),
    ):
        kept = [checked_address(one, field=field) for one in given]
        fresh = [one for one in dict.fromkeys(kept) if one not in seen]
        seen.update(fresh)
        lists.append([Address(defaults.names.get(one, ""), one) for one in fresh])
    if not lists[0]:
        raise Invalid(
            "Nobody would get this reply: name a recipient.",
            code="no_recipient",
            fields={"to": [FieldError("Name a recipient.", "no_recipient")]},
        )
    if sum(map(len, lists)) > _MOST_RECIPIENTS:
        raise Invalid(
            "At most 100 recipients.",
            fields={"to": [FieldError("At most 100 recipients.", "too_many_recipients")]},
        )
    return lists[0], lists[1], lists[2]


def _write(
    ticket: Ticket,
    *,
    user: User,
    wanted: Reply,
    to: list[Address],
    cc: list[Address],
    bcc: list[Address],
    answered: Message | None,
) -> Message:
    """The message, its outbox row and its Message-ID among the ids of the thread."""
    mailbox = ticket.mailbox
    now = timezone.now()
    message = Message(
        ticket=ticket,
        direction=Message.Direction.OUT,
        author=user,
        from_name=user.name,
        from_address=mailbox.address,
        to=addresses(to),
        cc=addresses(cc),
        bcc=addresses(bcc),
        subject=reply_subject(ticket.subject) if answered else ticket.subject,
        text=storable(wanted.text),
        reply_text=storable(wanted.text),
        in_reply_to=[answered.message_id] if answered and answered.message_id else [],
        references=list(
            references_for(answered.message_id, answered.references)
            if answered and answered.message_id
            else ()
        ),
        date_header=now,
        created_at=now,
    )
    domain = mailbox.address.rpartition("@")[2]
    message.message_id = make_message_id(message.id, domain, threading.token_key())
    message.save(force_insert=True)
    attach(message, wanted.files, blobs.put_many(file.content for file in wanted.files))
    body = quoting.build(
        text=message.text, signature=mailbox.signature, answered=answered, language=user.language
    )
    _queue(mailbox, message, to=to, cc=cc, bcc=bcc, body=body, files=wanted.files)
    threading.remember(
        mailbox,
        ticket.id,
        own=message.message_id,
        cited=[*message.in_reply_to, *message.references],
    )
    search.add(ticket.id, message.subject, message.text)
    return message


def _queue(
    mailbox: Mailbox,
    message: Message,
    *,
    to: list[Address],
    cc: list[Address],
    bcc: list[Address],
    body: quoting.Body,
    files: Sequence[Attachment],
) -> None:
    try:
        composed = _composed(mailbox, message, to=to, cc=cc, bcc=bcc, body=body, files=files)
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
            for kind, group in ((kinds.TO, to), (kinds.CC, cc), (kinds.BCC, bcc))
            for one in group
        ],
        kind=OutboundMail.Kind.REPLY,
        for_message=message.id,
    )


def _composed(
    mailbox: Mailbox,
    message: Message,
    *,
    to: list[Address],
    cc: list[Address],
    bcc: list[Address],
    body: quoting.Body,
    files: Sequence[Attachment],
) -> Composed:
    return compose(
        mailbox_from=Address(f"{message.from_name} - {mailbox.name}", mailbox.address),
        to=to,
        cc=cc,
        bcc=bcc,
        subject=message.subject,
        text=body.text,
        html=body.html,
        message_id=message.message_id,
        in_reply_to=message.in_reply_to[0] if message.in_reply_to else None,
        references=tuple(message.references),
        date=message.created_at,
        reply_to=_reply_to(mailbox, message.ticket),
        attachments=files,
    )


def _reply_to(mailbox: Mailbox, ticket: Ticket) -> Address | None:
    """The signed address of the ticket, where the server takes plus addresses (T1)."""
    if not mailbox.plus_addressing:
        return None
    signed = make_reply_address(mailbox.address, ticket.number, threading.token_key())
    return Address(mailbox.name, signed)


def _advance(ticket: Ticket, message: Message, *, actor: Actor, status_after: str | None) -> None:
    ticket.message_count += 1
    ticket.version += 1
    ticket.last_activity_at = message.created_at
    ticket.preview = one_line(message.text, limit=PREVIEW)
    ticket.last_direction = Message.Direction.OUT
    ticket.waiting_since = None
    ticket.needs_attention = attention.has_held(ticket)
    ticket.first_answered_at = ticket.first_answered_at or message.created_at
    data: dict[str, str | None] = {"message": str(message.id)}
    if status_after is not None and status_after != ticket.status_id:
        data |= {"field": "status", "old": ticket.status_id, "new": status_after}
        set_status(ticket, status_after)
    ticket.save()
    note_changes(ticket, Change("message_out", data), actor=actor)
