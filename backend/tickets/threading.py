"""Which ticket a mail belongs to (MAIL.md 1.5).

Order: our own signed reply address and Message-ID, then Message-IDs this mailbox knows, from the
last reference to the first, then the number another desk puts into its subjects. A subject alone
never joins. The answer does not depend on the order of arrival: ids that stored mails only cite
are known too, so a parent finds the ticket of its earlier reply.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from backend.mail.token import looks_like_ours
from backend.mailboxes.models import Mailbox
from backend.tickets.incoming import Incoming
from backend.tickets.lookups import Reference
from backend.tickets.models import Message, ThreadReference, Ticket
from backend.tickets.thread_ids import cited_ids as cited_ids
from backend.tickets.thread_ids import comparable, is_partner_id
from backend.tickets.thread_ids import message_of_token as message_of_token
from backend.tickets.thread_ids import token_key as token_key

if TYPE_CHECKING:
    from backend.tickets.batch import Batch

log = logging.getLogger(__name__)
_NEW = "no known conversation"
_NO_PART = {"another_address", "acknowledgement"}


@dataclass(frozen=True)
class Thread:
    """Where a mail belongs. `ticket` None: a new ticket.

    matched_by: what led there, see `ledger.Fated`.
    known_sender: the sender takes part in the thread (T3, T5).
    others: further tickets of the same conversation, to be absorbed by `ticket`.
    continues: the ticket closed too long ago that a new one goes on from (T15).
    id_seen: another mail with the same Message-ID was stored before (T17).
    wrong_token: the mail cites an id that only looks like one of ours (T2).
    """

    ticket: Ticket | None
    reason: str
    matched_by: str
    known_sender: bool = True
    others: tuple[Ticket, ...] = ()
    continues: Ticket | None = None
    id_seen: bool = False
    wrong_token: bool = False


def _owners(ticket: Ticket) -> tuple[Any, ...]:
    """Whose a ticket is: what tickets of one conversation have in common."""
    return ticket.contact_id, ticket.mailbox_id, ticket.team_id


def find(incoming: Incoming, batch: Batch) -> Thread:
    """The thread of a mail, its tickets locked in order.

    1. Tickets named by our tokens, then by the ids it cites, the closest first (T6), then those
       that already cite this mail.
    2. Without deleted tickets and those closed too long ago, the first of them is the one. What
       came in before the desk did joins its conversation however old that is.
    3. Further tickets of its contact are one conversation with it when the sender takes part
       in it, or when their own mails cite this one.
    """
    mailbox = incoming.mailbox
    wrong_token = _has_wrong_token(incoming)
    named = batch.named_by_tokens(incoming)
    own = batch.reference(mailbox, incoming.own_id)
    citing = [own.ticket_id] if own is not None else []
    if incoming.mail.ticket_id is not None:  # it was opened while the mail could not be read
        citing.append(incoming.mail.ticket_id)
    id_seen = own is not None and own.own
    evidence = named | _cited(incoming, batch, but=named)
    evidence |= {one: "reference" for one in citing if one not in evidence}
    behind = batch.behind_merges(evidence)
    living = [t for one in evidence if (t := behind.get(one)) and t.deleted_at is None]
    tickets = [t for t in living if incoming.is_history or not _too_late(t, mailbox)]
    if not tickets:
        return _new(incoming, living, batch, id_seen=id_seen, wrong_token=wrong_token)
    closest = tickets[0]
    known_sender = _is_known(incoming, closest, batch)
    citing_ends = {behind[one].id for one in citing if one in behind}
    group = {closest.id: closest} | {
        other.id: other
        for other in tickets[1:]
        if _owners(other) == _owners(closest) and (known_sender or other.id in citing_ends)
    }
    if len(group) > 1:
        batch.stand_alone()
    chosen, *others = sorted(group.values(), key=lambda ticket: ticket.number)
    signed = any(behind.get(one) == closest for one in named)
    return Thread(
        chosen,
        "signed Message-ID" if signed else "known Message-ID",
        next(why for one, why in evidence.items() if behind.get(one) == closest),
        known_sender=known_sender,
        others=tuple(others),
        id_seen=id_seen,
        wrong_token=wrong_token,
    )


def _cited(
    incoming: Incoming, batch: Batch, *, but: Mapping[uuid.UUID, str]
) -> dict[uuid.UUID, str]:
    """The tickets of the ids a mail cites, the closest first, and what each was known by."""
    found: dict[uuid.UUID, str] = {}
    for one in incoming.related_ids:
        reference = batch.reference(incoming.mailbox, one)
        if reference is None or reference.ticket_id in but:
            continue
        why = "share" if not batch.knows(incoming.mailbox, one) else "reference"
        found.setdefault(reference.ticket_id, "number" if is_partner_id(one) else why)
    return found


def _new(
    incoming: Incoming, late: Sequence[Ticket], batch: Batch, *, id_seen: bool, wrong_token: bool
) -> Thread:
    """No living ticket to join; `late` are those of the conversation closed too long ago."""
    if not late:
        return Thread(None, _NEW, "new", id_seen=id_seen, wrong_token=wrong_token)
    old = late[0]
    known = _is_known(incoming, old, batch)
    return Thread(
        None,
        f"#{old.number} was closed more than {incoming.mailbox.reopen_days} days ago",
        "continued" if known else "new",
        continues=old if known else None,
        id_seen=id_seen,
        wrong_token=wrong_token,
    )


def _is_known(incoming: Incoming, ticket: Ticket, batch: Batch) -> bool:
    """The sender takes part in the ticket, as far as one can know (T3, T5, T22).

    A mail in the desk's own name proves nothing: everybody knows that address.
    """
    if incoming.authentication == "fail" or incoming.from_ourselves:
        return False
    if not incoming.names_one_author:
        return False
    return _takes_part(ticket, incoming.sender, batch)


_REMEMBER = """
INSERT INTO thread_references (mailbox_id, message_id, ticket_id, own)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::boolean[])
ON CONFLICT (mailbox_id, message_id) DO UPDATE
    SET own = true, ticket_id = CASE
        WHEN thread_references.own THEN thread_references.ticket_id ELSE EXCLUDED.ticket_id END
    WHERE EXCLUDED.own
"""


def remember(mailbox: Mailbox, ticket_id: uuid.UUID, *, own: str, cited: Iterable[str]) -> None:
    """Note the ids of a stored message; a cited id becomes an own one when its mail arrives."""
    own = comparable(own)
    ids = dict.fromkeys([own, *map(comparable, cited)])
    write({(mailbox.id, one): Reference(ticket_id, one == own) for one in ids})


def write(references: Mapping[tuple[uuid.UUID, str], Reference]) -> None:
    """Add references by mailbox and id. What is known prevails, unless it was only cited."""
    ordered = sorted(references.items())  # in one order for everybody
    if not ordered:
        return
    rows = [(box, one, found.ticket_id, found.own) for (box, one), found in ordered]
    with connection.cursor() as cursor:
        cursor.execute(_REMEMBER, [list(column) for column in zip(*rows, strict=True)])


def after(known: Reference | None, new: Reference) -> Reference:
    """What `write` leaves of a reference that is known and a new one."""
    if known is None:
        return new
    if not new.own:
        return known
    return Reference(known.ticket_id if known.own else new.ticket_id, own=True)


def cite(mailbox: Mailbox, ticket_id: uuid.UUID, ids: Iterable[str]) -> None:
    """Let mails with these ids find the ticket; an id that is known stays where it is."""
    ThreadReference.objects.bulk_create(
        [
            ThreadReference(mailbox=mailbox, ticket_id=ticket_id, message_id=one, own=False)
            for one in ids
            if one
        ],
        ignore_conflicts=True,
    )


def _takes_part(ticket: Ticket, address: str, batch: Batch) -> bool:
    """True when the address is the requester's, or of somebody in the conversation (T5).

    Who was only sent the acknowledgement is nobody: an envelope sender is chosen freely.
    """
    contact = batch.contact_of(address)
    if contact is not None and contact.id == ticket.contact_id:
        return True
    if any(_names(message, address) for message in batch.messages_of(ticket)):
        return True
    if batch.is_new(ticket):
        return False
    named = [{"address": address}]
    return (
        Message.objects.filter(ticket=ticket)
        .exclude(flags__overlap=list(_NO_PART))
        .filter(Q(from_address=address) | Q(to__contains=named) | Q(cc__contains=named))
        .exists()
    )


def _names(message: Message, address: str) -> bool:
    if _NO_PART.intersection(message.flags):
        return False
    named = [message.from_address, *(one["address"] for one in (*message.to, *message.cc))]
    return address in named


def _has_wrong_token(incoming: Incoming) -> bool:
    """It cites an id in our form and of our domain that we did not sign: somebody tries (T2)."""
    mailbox = incoming.mailbox
    domain = mailbox.address.rpartition("@")[2]
    wrong = [
        one
        for one in incoming.related_ids
        if looks_like_ours(one, domain) and one not in incoming.tokens
    ]
    if wrong:
        log.warning("mailbox %s: a mail cites %s, which we did not sign", mailbox.id, wrong[0])
    return bool(wrong)


def _too_late(ticket: Ticket, mailbox: Mailbox) -> bool:
    window = timedelta(days=mailbox.reopen_days)
    return ticket.closed_at is not None and timezone.now() - ticket.closed_at > window
