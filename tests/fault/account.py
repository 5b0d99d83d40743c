"""The account of mail: what went in and what became of it, what left and where it really is.

Whatever was killed or lied meanwhile, in the end these hold:

    UIDs on the server = rows of the ledger, each with one fate
    rows that became messages = incoming messages, none twice
    for each recipient: accepted = the server has it once; failed = it has none;
        uncertain = none or one; nothing is undecided
"""

from __future__ import annotations

import imaplib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from backend.mailboxes.models import InboundMail, OutboundMail, OutboundRecipient
from backend.tickets.models import Message
from desk_cli.servers.smtp_script import accepted
from desk_cli.servers.smtp_sink import SinkMessage

Fate, Settled = InboundMail.Fate, OutboundRecipient.State
# What always becomes a message of a ticket.
SAID = frozenset({Fate.TICKET, Fate.REPLY})
SHOWN = 5  # examples in a complaint


@dataclass(frozen=True)
class Incoming:
    """What became of the mails that were put into mailboxes; `problems` is empty when it is right.

    fates: how many rows of the ledger have which, "" for none yet. duplicates: rows beyond the
    first that brought the same Message-ID into the desk without being called so.
    """

    mails_in: int
    seen: int
    fates: Mapping[str, int]
    stuck: int
    messages: int
    duplicates: int
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Outgoing:
    """What became of the mails that were to leave; `problems` is empty when it is right."""

    mails_out: int
    states: Mapping[str, int]
    recipients: Mapping[str, int]
    delivered_twice: int
    undecided: int
    uncertain: int
    problems: tuple[str, ...]


def uids_on_server(
    port: int, address: str, password: str, folder: str = "INBOX"
) -> set[tuple[int, int]]:
    """(UIDVALIDITY, UID) of every mail in a folder, as the server itself says."""
    with imaplib.IMAP4("127.0.0.1", port, timeout=60) as link:
        link.login(address, password)
        kind, answer = link.select(folder, readonly=True)
        assert kind == "OK", answer
        validity = link.response("UIDVALIDITY")[1][0]
        found = link.uid("SEARCH", "ALL")[1][0] or b""
        return {(int(validity), int(uid)) for uid in re.findall(rb"\d+", found)}


def incoming(
    mailboxes: Collection[UUID],
    sent_in: Iterable[str],
    on_server: Collection[tuple[int, int]] | None = None,
) -> Incoming:
    """Compare mails (by Message-ID, without brackets) and UIDs with the ledger and the tickets."""
    wanted = Counter(sent_in)
    columns = ("uidvalidity", "uid", "internet_message_id", "fate", "message_id")
    rows = list(InboundMail.objects.filter(mailbox_id__in=mailboxes).values_list(*columns))
    fates = Counter(fate or "" for _, _, _, fate, _ in rows)
    first = Counter(own_id for _, _, own_id, fate, _ in rows if fate != Fate.DUPLICATE)
    messages = Message.objects.filter(
        direction=Message.Direction.IN, inbound__mailbox_id__in=mailboxes
    )
    said = Counter(messages.values_list("message_id", flat=True))
    speechless = [own_id for *_, own_id, fate, message in rows if fate in SAID and message is None]
    problems = [
        _complaint("mails have no row", wanted - first),
        _complaint("rows came from no mail", first - wanted),
        _complaint("messages exist more often than mails", said - wanted),
        _complaint("fates without the message they speak of", speechless),
        _complaint("mails have no fate", [own_id for *_, own_id, fate, _ in rows if fate is None]),
    ]
    if on_server is not None:
        known = {(validity, uid) for validity, uid, *_ in rows}
        problems.append(_complaint("UIDs on the server were never seen", set(on_server) - known))
    return Incoming(
        mails_in=wanted.total(),
        seen=len(rows),
        fates=dict(sorted(fates.items())),
        stuck=fates[""],
        messages=said.total(),
        duplicates=(first - wanted).total(),
        problems=tuple(filter(None, problems)),
    )


def outgoing(mailboxes: Collection[UUID], at_server: Iterable[SinkMessage]) -> Outgoing:
    """Compare the outbox with what the SMTP server really has."""
    copies = accepted(at_server)
    rows = list(
        OutboundRecipient.objects.filter(outbound__mailbox_id__in=mailboxes).values_list(
            "outbound__internet_message_id", "address", "state"
        )
    )
    recipients = Counter(state for *_, state in rows)
    mails = OutboundMail.objects.filter(mailbox_id__in=mailboxes)
    states = Counter(mails.values_list("state", flat=True))
    at_most = {Settled.ACCEPTED: 1, Settled.UNCERTAIN: 1}
    twice = [one for one, count in copies.items() if count > 1]
    gone = [(m, a) for m, a, state in rows if state == Settled.ACCEPTED and not copies[m, a]]
    unasked = [(m, a) for m, a, state in rows if copies[m, a] and state not in at_most]
    unknown = copies.keys() - {(m, a) for m, a, _ in rows}
    waiting = ("held", "queued", "sending", "deferred")
    undecided = recipients[Settled.PENDING] + recipients[Settled.DEFERRED]
    problems = [
        _complaint("were delivered more than once", twice),
        _complaint("are called accepted, and the server has none", gone),
        _complaint("are at the server, and the outbox does not say so", unasked),
        _complaint("are at the server, and were never written", unknown),
        f"{undecided} recipients are undecided" if undecided else "",
        _complaint("mails still wait", {one: states[one] for one in waiting if states[one]}),
    ]
    return Outgoing(
        mails_out=states.total(),
        states=dict(sorted(states.items())),
        recipients=dict(sorted(recipients.items())),
        delivered_twice=len(twice),
        undecided=undecided,
        uncertain=recipients[Settled.UNCERTAIN],
        problems=tuple(filter(None, problems)),
    )


def _complaint(words: str, found: Collection[object]) -> str:
    """One line about what is wrong, with examples; "" when nothing was found."""
    if not found:
        return ""
    examples = ", ".join(str(one) for one in list(found)[:SHOWN])
    return f"{len(found)} {words}: {examples}"
