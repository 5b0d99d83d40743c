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
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from backend.contacts.models import ContactAddress
from backend.core.keys import derived_key
from backend.core.text import at_most_bytes, storable
from backend.mail.message import ParsedMail
from backend.mail.token import read_message_id
from backend.mailboxes.models import Mailbox
from backend.tickets.models import Message, ThreadReference, Ticket

REOPEN_WINDOW = timedelta(days=30)
# The first and the last references are kept when somebody sends thousands (MAIL.md M22).
_MOST_IDS = 60
_ID_BYTES = 998
_NEW = "no known conversation"


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


def _owners(ticket: Ticket) -> tuple[Any, ...]:
    """Whose a ticket is: what tickets of one conversation have in common."""
    return ticket.contact_id, ticket.mailbox_id, ticket.team_id


def token_key() -> bytes:
    """The key of our Message-ID tokens (T1)."""
    return derived_key("message-id")


def cited_ids(mail: ParsedMail) -> list[str]:
    """The ids a mail refers to, the closest first: references backwards, then In-Reply-To (T6)."""
    ids = list(reversed(mail.references)) + list(mail.in_reply_to)
    unique = list(dict.fromkeys(_comparable(one) for one in ids if one))
    if len(unique) > _MOST_IDS:
        unique = unique[: _MOST_IDS // 2] + unique[-_MOST_IDS // 2 :]
    return unique


def own_id(mail: ParsedMail) -> str:
    """The mail's own id as it is stored and compared."""
    return _comparable(mail.message_id)


def _comparable(message_id: str) -> str:
    return at_most_bytes(storable(message_id), _ID_BYTES)


def lock_keys(mailbox: Mailbox, mail: ParsedMail) -> list[str]:
    """Names to lock so that mails of one conversation are decided one after the other."""
    ids = [own_id(mail), *cited_ids(mail)]
    return [f"thread:{mailbox.id}:{one}" for one in ids]


def find(mailbox: Mailbox, mail: ParsedMail, *, sender: str) -> Thread:
    """The thread of a mail, its tickets locked in order; call with `lock_keys` held.

    1. Tickets named by our tokens, then by the ids it cites, the closest first (T6), then those
       that already cite this mail.
    2. Without deleted tickets and those closed too long ago, the first of them is the one.
    3. Further tickets of its contact are one conversation with it when the sender takes part
       in it, or when their own mails cite this one.
    """
    cited = cited_ids(mail)
    own = own_id(mail)
    by_token = _tickets_of_tokens(cited)
    known = {one: (ticket, is_own) for one, ticket, is_own in _known_ids(mailbox, [*cited, own])}
    by_citation = [known[one][0] for one in cited if one in known]
    by_own_id = [known[own][0]] if own in known else []
    id_seen = own in known and known[own][1]
    ranked = list(dict.fromkeys([*by_token, *by_citation, *by_own_id]))
    behind = _behind_merges(ranked)
    living = [t for one in ranked if (t := behind.get(one)) and t.deleted_at is None]
    tickets = [ticket for ticket in living if not _too_late(ticket)]
    if not tickets:
        words = f"#{living[0].number} was closed more than 30 days ago" if living else _NEW
        return Thread(None, words, id_seen=id_seen)
    closest = tickets[0]
    known_sender = takes_part(closest, sender)
    citing = {behind[one].id for one in by_own_id if one in behind}
    group = {closest.id: closest} | {
        other.id: other
        for other in tickets[1:]
        if _owners(other) == _owners(closest) and (known_sender or other.id in citing)
    }
    chosen, *others = sorted(group.values(), key=lambda ticket: ticket.number)
    signed = any(behind.get(one) == closest for one in by_token)
    return Thread(
        chosen,
        "signed Message-ID" if signed else "known Message-ID",
        known_sender=known_sender,
        others=tuple(others),
        id_seen=id_seen,
    )


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
    own = _comparable(own)
    ids = list(dict.fromkeys([own, *map(_comparable, cited)]))
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
    tickets = dict(Message.objects.filter(pk__in=messages).values_list("pk", "ticket_id"))
    return [tickets[one] for one in messages if one in tickets]


def _known_ids(mailbox: Mailbox, ids: Sequence[str]) -> list[tuple[str, uuid.UUID, bool]]:
    """(Message-ID, ticket, own) of the ids this mailbox knows."""
    known = ThreadReference.objects.filter(mailbox=mailbox, message_id__in=ids)
    return list(known.values_list("message_id", "ticket_id", "own"))


def _behind_merges(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Ticket]:
    """For each ticket the one it was merged into at the end (T14), locked in order of number."""
    ends = {one: one for one in ids}
    while ends:  # merges form no circle, so each round goes one merge deeper
        tickets = {
            ticket.id: ticket
            for ticket in Ticket.objects.select_for_update(of=("self",))
            .filter(pk__in=set(ends.values()))
            .order_by("number")
        }
        further = {
            one: tickets[end].merged_into_id or end for one, end in ends.items() if end in tickets
        }
        if further == ends:
            return {one: tickets[end] for one, end in ends.items()}
        ends = further
    return {}


def _too_late(ticket: Ticket) -> bool:
    return ticket.closed_at is not None and timezone.now() - ticket.closed_at > REOPEN_WINDOW
