"""Which ticket a mail belongs to (MAIL.md 1.5).

Order: our own signed Message-ID, then Message-IDs this mailbox knows, from the last reference to
the first. A subject never joins. The answer does not depend on the order of arrival: ids that
stored mails only cite are known too, so a parent finds the ticket of its earlier reply.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from backend.contacts.models import ContactAddress
from backend.core.keys import derived_key
from backend.core.text import storable
from backend.mail.message import ParsedMail
from backend.mail.token import read_message_id
from backend.mailboxes.models import Mailbox
from backend.tickets.models import Message, ThreadReference, Ticket

REOPEN_WINDOW = timedelta(days=30)
# The first and the last references are kept when somebody sends thousands (MAIL.md M22).
_MOST_IDS = 60
_ID_LENGTH = 998


@dataclass(frozen=True)
class Thread:
    """Where a mail belongs. `ticket` None: a new ticket, linked to nothing.

    known_sender: the sender takes part in the thread (T3, T5).
    others: further tickets of the same conversation, to be absorbed by `ticket`.
    id_seen: another mail with the same Message-ID was stored before (T17).
    """

    ticket: Ticket | None
    reason: str
    known_sender: bool = True
    others: tuple[Ticket, ...] = ()
    id_seen: bool = False


def token_key() -> bytes:
    """The key of our Message-ID tokens (T1)."""
    return derived_key("message-id")


def cited_ids(mail: ParsedMail) -> list[str]:
    """The ids a mail refers to, the closest first: references backwards, then In-Reply-To (T6)."""
    ids = list(reversed(mail.references)) + list(mail.in_reply_to)
    unique = list(dict.fromkeys(storable(one)[:_ID_LENGTH] for one in ids if one))
    if len(unique) > _MOST_IDS:
        unique = unique[: _MOST_IDS // 2] + unique[-_MOST_IDS // 2 :]
    return unique


def own_id(mail: ParsedMail) -> str:
    """The mail's own id as it is stored and compared."""
    return storable(mail.message_id)[:_ID_LENGTH]


def lock_keys(mailbox: Mailbox, mail: ParsedMail) -> list[str]:
    """Names to lock so that mails of one conversation are decided one after the other."""
    ids = [own_id(mail), *cited_ids(mail)]
    return [f"thread:{mailbox.id}:{one}" for one in ids]


def find(mailbox: Mailbox, mail: ParsedMail, *, sender: str) -> Thread:
    """The thread of a mail, its tickets locked in order; call with `lock_keys` held."""
    cited = cited_ids(mail)
    own = own_id(mail)
    by_token = _tickets_of_tokens(cited)
    known = _known_ids(mailbox, [*cited, own])
    id_seen = any(one == own and is_own for one, _, is_own in known)
    tickets = _living(by_token or dict.fromkeys(ticket for _, ticket, _ in known))
    if not tickets:
        return Thread(None, "no known conversation", id_seen=id_seen)
    reason = "signed Message-ID" if by_token else "known Message-ID"
    chosen = tickets[0]
    if _too_late(chosen):
        words = f"#{chosen.number} was closed more than 30 days ago"
        return Thread(None, words, id_seen=id_seen)
    others = tuple(
        other
        for other in tickets[1:]
        if other.contact_id == chosen.contact_id and other.mailbox_id == chosen.mailbox_id
    )
    known_sender = takes_part(chosen, sender)
    return Thread(chosen, reason, known_sender=known_sender, others=others, id_seen=id_seen)


_REMEMBER = """
INSERT INTO thread_references (mailbox_id, message_id, ticket_id, own)
SELECT %s, id, %s, id = %s FROM unnest(%s::text[]) AS id
ON CONFLICT (mailbox_id, message_id) DO UPDATE
    SET own = true, ticket_id = CASE
        WHEN thread_references.own THEN thread_references.ticket_id ELSE EXCLUDED.ticket_id END
    WHERE EXCLUDED.own
"""


def remember(mailbox: Mailbox, ticket_id: uuid.UUID, *, own: str, cited: Iterable[str]) -> None:
    """Note the ids of a stored message; a cited id becomes an own one when its mail arrives."""
    ids = list(dict.fromkeys([own, *cited]))
    with connection.cursor() as cursor:
        cursor.execute(_REMEMBER, [mailbox.id, ticket_id, own, ids])


def takes_part(ticket: Ticket, address: str) -> bool:
    """True when the address is the requester's, or of somebody in the conversation (T5)."""
    if ContactAddress.objects.filter(contact_id=ticket.contact_id, address=address).exists():
        return True
    named = [{"address": address}]
    return (
        Message.objects.filter(ticket=ticket)
        .exclude(flags__contains=["another_address"])
        .filter(Q(from_address=address) | Q(to__contains=named) | Q(cc__contains=named))
        .exists()
    )


def message_of_token(value: str) -> uuid.UUID | None:
    """The id of our own message that a Message-ID was signed for, or None (T2)."""
    return read_message_id(value, token_key())


def _tickets_of_tokens(ids: Sequence[str]) -> list[uuid.UUID]:
    messages = [found for one in ids if (found := message_of_token(one)) is not None]
    if not messages:
        return []
    return list(
        dict.fromkeys(Message.objects.filter(pk__in=messages).values_list("ticket_id", flat=True))
    )


def _known_ids(mailbox: Mailbox, ids: Sequence[str]) -> list[tuple[str, uuid.UUID, bool]]:
    """(Message-ID, ticket, own) of the ids this mailbox knows."""
    known = ThreadReference.objects.filter(mailbox=mailbox, message_id__in=ids)
    return list(known.values_list("message_id", "ticket_id", "own"))


def _living(ids: Iterable[uuid.UUID]) -> list[Ticket]:
    """Tickets behind merges (T14), locked, oldest first; deleted ones left out."""
    wanted = set(ids)
    while wanted:  # merges form no circle, so each round goes one merge deeper
        tickets = list(
            Ticket.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("number")
        )
        targets = {t.merged_into_id or t.id for t in tickets}
        if targets == {t.id for t in tickets}:
            return [ticket for ticket in tickets if ticket.deleted_at is None]
        wanted = targets
    return []


def _too_late(ticket: Ticket) -> bool:
    return ticket.closed_at is not None and timezone.now() - ticket.closed_at > REOPEN_WINDOW
