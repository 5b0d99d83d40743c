"""Which ticket a mail belongs to (MAIL.md 1.5).

Order: our own signed reply address and Message-ID, then Message-IDs this mailbox knows, from the
last reference to the first, then the number another desk puts into its subjects. A subject alone
never joins. The answer does not depend on the order of arrival: ids that stored mails only cite
are known too, so a parent finds the ticket of its earlier reply.
"""

from __future__ import annotations

import logging
import re
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
from backend.mail.token import looks_like_ours, read_message_id, read_reply_address
from backend.mailboxes.models import Mailbox
from backend.tickets.incoming import Incoming
from backend.tickets.models import Message, ThreadReference, Ticket

log = logging.getLogger(__name__)
# The first and the last references are kept when somebody sends thousands (MAIL.md M22).
_MOST_IDS = 60
_ID_BYTES = 998
# No id of a mail begins with a blank, so nobody can write one that passes for a partner's number.
_PARTNER = " partner:"
_NEW = "no known conversation"


@dataclass(frozen=True)
class Thread:
    """Where a mail belongs. `ticket` None: a new ticket.

    known_sender: the sender takes part in the thread (T3, T5).
    others: further tickets of the same conversation, to be absorbed by `ticket`.
    continues: the ticket closed too long ago that a new one goes on from (T15).
    id_seen: another mail with the same Message-ID was stored before (T17).
    wrong_token: the mail cites an id that only looks like one of ours (T2).
    """

    ticket: Ticket | None
    reason: str
    known_sender: bool = True
    others: tuple[Ticket, ...] = ()
    continues: Ticket | None = None
    id_seen: bool = False
    wrong_token: bool = False


def _owners(ticket: Ticket) -> tuple[Any, ...]:
    """Whose a ticket is: what tickets of one conversation have in common."""
    return ticket.contact_id, ticket.mailbox_id, ticket.team_id


def token_key() -> bytes:
    """The key of our tokens in Message-IDs and reply addresses (T1)."""
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


def partner_id(incoming: Incoming) -> str | None:
    """An id made of the number that the sender's own desk puts into its subjects (T20).

    Only of domains that the mailbox's settings name; None for any other mail.
    """
    domain = incoming.sender.rpartition("@")[2]
    for partner in incoming.mailbox.partner_desks:
        if partner["domain"] == domain:
            number = rf"(?<![\w-]){re.escape(partner['prefix'])}(\d{{2,18}})(?!\w)"
            match = re.search(number, incoming.parsed.subject, re.IGNORECASE)
            if match:
                return f"{_PARTNER}{domain}:{partner['prefix'].lower()}{match[1]}"
    return None


def related_ids(incoming: Incoming) -> list[str]:
    """Every id that ties the mail to a conversation, the closest first."""
    partner = partner_id(incoming)
    return cited_ids(incoming.parsed) + ([partner] if partner else [])


def lock_keys(incoming: Incoming) -> list[str]:
    """Names to lock so that mails of one conversation are decided one after the other."""
    ids = [own_id(incoming.parsed), *related_ids(incoming)]
    scope = "shared" if incoming.mailbox.share_conversations else incoming.mailbox.id
    return [f"thread:{scope}:{one}" for one in ids]


def find(incoming: Incoming) -> Thread:
    """The thread of a mail, its tickets locked in order; call with `lock_keys` held.

    1. Tickets named by our tokens, then by the ids it cites, the closest first (T6), then those
       that already cite this mail.
    2. Without deleted tickets and those closed too long ago, the first of them is the one.
    3. Further tickets of its contact are one conversation with it when the sender takes part
       in it, or when their own mails cite this one.
    """
    mailbox = incoming.mailbox
    cited = related_ids(incoming)
    own = own_id(incoming.parsed)
    by_token = [*_tickets_of_addresses(incoming.addressed), *_tickets_of_tokens(cited)]
    wrong_token = _has_wrong_token(mailbox, cited)
    known = {one: (ticket, is_own) for one, ticket, is_own in _known_ids(mailbox, [*cited, own])}
    by_citation = [known[one][0] for one in cited if one in known]
    by_own_id = [known[own][0]] if own in known else []
    if incoming.mail.ticket_id is not None:  # it was opened while the mail could not be read
        by_own_id.append(incoming.mail.ticket_id)
    id_seen = own in known and known[own][1]
    ranked = list(dict.fromkeys([*by_token, *by_citation, *by_own_id]))
    behind = _behind_merges(ranked)
    living = [t for one in ranked if (t := behind.get(one)) and t.deleted_at is None]
    tickets = [ticket for ticket in living if not _too_late(ticket, mailbox)]
    if not tickets:
        return _new(incoming, living, id_seen=id_seen, wrong_token=wrong_token)
    closest = tickets[0]
    known_sender = _is_known(incoming, closest)
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
        wrong_token=wrong_token,
    )


def _new(incoming: Incoming, late: Sequence[Ticket], *, id_seen: bool, wrong_token: bool) -> Thread:
    """No living ticket to join; `late` are those of the conversation closed too long ago."""
    if not late:
        return Thread(None, _NEW, id_seen=id_seen, wrong_token=wrong_token)
    old = late[0]
    return Thread(
        None,
        f"#{old.number} was closed more than {incoming.mailbox.reopen_days} days ago",
        continues=old if _is_known(incoming, old) else None,
        id_seen=id_seen,
        wrong_token=wrong_token,
    )


def _is_known(incoming: Incoming, ticket: Ticket) -> bool:
    """The sender takes part in the ticket, as far as one can know (T3, T5, T22).

    A mail in the desk's own name proves nothing: everybody knows that address.
    """
    if incoming.authentication == "fail" or incoming.from_ourselves:
        return False
    if not incoming.names_one_author:
        return False
    return takes_part(ticket, incoming.sender)


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


def takes_part(ticket: Ticket, address: str) -> bool:
    """True when the address is the requester's, or of somebody in the conversation (T5).

    Who was only sent the acknowledgement is nobody: an envelope sender is chosen freely.
    """
    if ContactAddress.objects.filter(contact_id=ticket.contact_id, address=address).exists():
        return True
    named = [{"address": address}]
    return (
        Message.objects.filter(ticket=ticket)
        .exclude(flags__overlap=["another_address", "acknowledgement"])
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


def _tickets_of_addresses(addresses: Sequence[str]) -> list[uuid.UUID]:
    """Tickets whose signed reply address is among `addresses` (T1)."""
    key = token_key()
    numbers = [n for one in addresses if (n := read_reply_address(one, key)) is not None]
    if not numbers:
        return []
    return list(Ticket.objects.filter(number__in=numbers).values_list("pk", flat=True))


def _has_wrong_token(mailbox: Mailbox, ids: Sequence[str]) -> bool:
    """An id in our form and of our domain that we did not sign: somebody tries (T2)."""
    domain = mailbox.address.rpartition("@")[2]
    wrong = [one for one in ids if looks_like_ours(one, domain) and message_of_token(one) is None]
    if wrong:
        log.warning("mailbox %s: a mail cites %s, which we did not sign", mailbox.id, wrong[0])
    return bool(wrong)


def _known_ids(mailbox: Mailbox, ids: Sequence[str]) -> list[tuple[str, uuid.UUID, bool]]:
    """(Message-ID, ticket, own) of the ids this mailbox knows, or those it shares with (T16).

    Its own knowledge comes last, so that it prevails in a mapping.
    """
    known = ThreadReference.objects.filter(message_id__in=ids)
    if not mailbox.share_conversations:
        known = known.filter(mailbox=mailbox)
        return list(known.values_list("message_id", "ticket_id", "own"))
    known = known.filter(mailbox__share_conversations=True)
    rows = known.values_list("message_id", "ticket_id", "own", "mailbox_id")
    ordered = sorted(rows, key=lambda row: row[3] == mailbox.id)
    return [(one, ticket, own) for one, ticket, own, _ in ordered]


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


def _too_late(ticket: Ticket, mailbox: Mailbox) -> bool:
    window = timedelta(days=mailbox.reopen_days)
    return ticket.closed_at is not None and timezone.now() - ticket.closed_at > window
