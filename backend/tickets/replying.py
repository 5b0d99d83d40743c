"""Replying: the message, its bytes and its outbox row in one transaction (MAIL.md S1)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from backend.audit.services import Actor
from backend.contacts.services import checked_address
from backend.core import blobs
from backend.core.clock import database_now
from backend.core.errors import Conflict, FieldError, Invalid
from backend.core.locks import lock_names
from backend.mail.message import Address, Attachment
from backend.mailboxes.models import OutboundMail
from backend.mailboxes.outbox import AT_ONCE, Leaving
from backend.tickets import answering, composing
from backend.tickets.changing import locked
from backend.tickets.composing import leaving_at
from backend.tickets.models import Attachment as StoredFile
from backend.tickets.models import Message, ReplyRequest, Ticket
from backend.tickets.recipients import newest_of_customer, own_addresses, reply_defaults
from backend.tickets.scheduled import FARTHEST, bad_moment
from backend.users.models import User

_MOST_RECIPIENTS = 100
_LONGEST_REPLY = 1_000_000


@dataclass(frozen=True)
class Reply:
    """What an agent wants to send. None for `to` or `cc`: as the conversation suggests.

    files: new ones. kept_files: ids of attachments the ticket has. send_at: leave then, and not
    before; if_answered says what happens when the customer writes first. undo: wait the
    mailbox's undo window.
    """

    text: str
    to: Sequence[str] | None = None
    cc: Sequence[str] | None = None
    bcc: Sequence[str] = ()
    status_after: str | None = None
    files: Sequence[Attachment] = ()
    kept_files: Sequence[uuid.UUID] = ()
    send_at: datetime | None = None
    if_answered: str | None = None
    undo: bool = True


@transaction.atomic
def reply(
    *, actor: Actor, user: User, ticket_id: uuid.UUID, wanted: Reply, key: uuid.UUID | None = None
) -> Message:
    """Answer a ticket. The mail leaves when it is due, with the bytes fixed here.

    `key` makes the request repeatable: the same key of the same person gives the message made
    first. Raises Missing, Conflict (deleted or merged ticket), Invalid (empty, bad address).
    """
    if key is not None:
        lock_request(user, key)
    ticket = locked(ticket_id, user=user)
    if key is not None:
        earlier = ReplyRequest.objects.select_related("message").filter(user=user, key=key).first()
        if earlier is not None:
            return _made_before(earlier.message, ticket)
    _refuse_impossible(ticket, wanted)
    to, cc, bcc = _recipients(ticket, wanted)
    draft = composing.Draft(
        text=wanted.text,
        to=to,
        cc=cc,
        bcc=bcc,
        files=[*wanted.files, *_kept_files(ticket, wanted.kept_files)],
        answered=newest_of_customer(ticket),
        leaving=_leaving(wanted, ticket),
    )
    message = composing.write(ticket, draft, user=user)
    answering.written(
        ticket, message, actor=actor, status_after=wanted.status_after, leaving=draft.leaving
    )
    if key is not None:
        ReplyRequest.objects.create(user=user, key=key, message=message)
    return message


def lock_request(user: User, key: uuid.UUID) -> None:
    """Let two requests with one Idempotency-Key go one after the other."""
    lock_names([f"request:{user.id}:{key}"])


def _made_before(message: Message, ticket: Ticket) -> Message:
    """The message of a repeated request; a key that went to another ticket sent nothing here.

    A request repeated late must not send what was taken back.
    """
    if message.undone_at is not None:
        raise Conflict("This reply was taken back: send the new one.", code="reply_undone")
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


def _leaving(wanted: Reply, ticket: Ticket) -> Leaving:
    """When the reply leaves: at the moment asked for, after the undo window, or at once."""
    now = database_now()
    if wanted.send_at is not None:
        if not now < wanted.send_at <= now + FARTHEST:
            raise bad_moment()
        return leaving_at(wanted.send_at, wanted.if_answered or OutboundMail.IfAnswered.HOLD)
    if wanted.undo and ticket.mailbox.undo_seconds:
        until = now + timedelta(seconds=ticket.mailbox.undo_seconds)
        return Leaving(OutboundMail.Hold.UNDO, until)
    return AT_ONCE


def _kept_files(ticket: Ticket, ids: Sequence[uuid.UUID]) -> list[Attachment]:
    """Files the ticket has already, to be sent along: of a draft taken back, say."""
    if not ids:
        return []
    stored = {one.id: one for one in StoredFile.objects.filter(pk__in=ids, message__ticket=ticket)}
    if missing := [one for one in ids if one not in stored]:
        raise Invalid(
            "This ticket has no such file.",
            fields={"files": [FieldError(f"No such file: {missing[0]}.", "unknown_file")]},
        )
    return [
        Attachment(
            filename=one.filename,
            original_name=one.original_name,
            content_type=one.content_type,
            size=one.size,
            sha256=one.sha256,
            inline=False,
            content_id=None,
            content=blobs.get(one.sha256),
        )
        for one in (stored[file_id] for file_id in dict.fromkeys(ids))
    ]
