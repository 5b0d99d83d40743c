"""Who an answer goes to when the agent does not say."""

from __future__ import annotations

from dataclasses import dataclass

from backend.mail.token import without_tag
from backend.mailboxes.models import Mailbox
from backend.tickets.models import Message, Ticket


@dataclass(frozen=True)
class ReplyDefaults:
    """Addresses of To and Cc, and the display names known for them."""

    to: list[str]
    cc: list[str]
    names: dict[str, str]


def reply_defaults(ticket: Ticket) -> ReplyDefaults:
    """Reply-all to the newest message of the customer (MAIL.md M17, S17).

    To: its Reply-To, else its sender; an automatic mail's Reply-To is ignored. Cc: everybody
    else who got it. Never one of the desk's own addresses.
    """
    last = newest_of_customer(ticket)
    if last is None:
        address = ticket.contact_address
        return ReplyDefaults([address], [], {address: ticket.contact.name})
    return defaults_of(last, requester=ticket.contact_address, own=own_addresses())


def newest_of_customer(ticket: Ticket) -> Message | None:
    """The message an answer answers; never one of somebody who takes no part (MAIL.md T3)."""
    return (
        Message.objects.filter(ticket=ticket, direction=Message.Direction.IN)
        .exclude(flags__contains=["another_address"])
        .order_by("-created_at", "-id")
        .first()
    )


def defaults_of(last: Message, *, requester: str, own: set[str]) -> ReplyDefaults:
    """`reply_defaults` from a message already read."""
    names: dict[str, str] = {}
    sender = [{"name": last.from_name, "address": last.from_address}]
    answer_to = last.reply_to if last.reply_to and "automatic" not in last.flags else sender
    to = _kept(answer_to, own, names) or _kept(sender, own, names) or [requester]
    cc = [one for one in _kept([*last.to, *last.cc], own, names) if one not in to]
    return ReplyDefaults(to, cc, names)


def own_addresses() -> set[str]:
    """Every address the desk reads; an answer to one of them would be a loop."""
    own: set[str] = set()
    for address, aliases in Mailbox.objects.values_list("address", "aliases"):
        own.update([address, *aliases])
    return own


def _kept(found: list[dict[str, str]], own: set[str], names: dict[str, str]) -> list[str]:
    kept = []
    for one in found:
        address = one["address"]
        if "@" not in address or without_tag(address) in own or address.endswith("@invalid"):
            continue
        names.setdefault(address, one["name"])
        if address not in kept:
            kept.append(address)
    return kept
