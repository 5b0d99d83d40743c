"""Where is my e-mail? What a person pastes, and the story of every mail it means (A14).

An address, a Message-ID with or without its brackets, a ticket's number, or words of a subject.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any, Literal

from backend.core.errors import Missing
from backend.core.paging import bad_cursor_value, decode_cursor, encode_cursor
from backend.mailboxes import selectors, trace
from backend.mailboxes.models import InboundMail
from backend.mailboxes.trace import Key
from backend.mailboxes.trace_steps import Row, Step, step
from backend.tickets import search
from backend.tickets.models import Acknowledgement, Ticket, TicketEvent
from backend.tickets.visibility import visible_to
from backend.users.models import User

_NUMBER = re.compile(r"#?\s*(\d{1,18})")
_IN_BRACKETS = re.compile(r"<([^<>\s]{1,998})>")
_FIELD_NAME = re.compile(r"(?:message-id|from|to|de|para|subject|assunto)\s*:\s*", re.IGNORECASE)
_MOST_TICKETS = 200

Meant = Literal["nothing", "ticket", "address", "subject"]


@dataclass(frozen=True)
class Question:
    """What was pasted: its kind, and the value to look for.

    "address" is an address or a Message-ID: both have an @, and either may be meant.
    """

    kind: Meant
    value: str


def understood(text: str) -> Question:
    """What a person means by `text`."""
    words = _FIELD_NAME.sub("", text.strip(), count=1) if ":" in text[:20] else text.strip()
    if not words:
        return Question("nothing", "")
    if number := _NUMBER.fullmatch(words):
        return Question("ticket", number[1])
    if bracketed := _IN_BRACKETS.search(words):
        return Question("address", bracketed[1])
    if "@" in words and not re.search(r"\s", words):
        return Question("address", words.strip("<>,;\"'"))
    return Question("subject", words)


def trace_of(user: User, text: str, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Every mail `text` means that `user` may know of, newest first, each with all its steps.

    {asked, results, next, behind}: `asked` is how the text was understood, `behind` the
    mailboxes that may hold mail the desk has not seen yet. Raises Invalid for a forged cursor.
    """
    question = understood(text)
    before = _before(cursor)
    keys = _found(user, question, before)
    if question.kind == "ticket" and not keys and "#" not in text:
        question = Question("subject", question.value)
        keys = _found(user, question, before)
    known = trace.visible(user, keys)
    page = known[:limit]
    # A full set of candidates may have more behind it, even if this person may see none of them.
    last = page[-1] if len(known) > limit else keys[-1] if _is_full(keys) else None
    return {
        "asked": question.kind,
        "results": trace.traces(page, more=_ticket_steps),
        "next": encode_cursor(last[0]) if last else None,
        "behind": trace.behind(user),
    }


def _before(cursor: str | None) -> uuid.UUID | None:
    if not cursor:
        return None
    (last,) = decode_cursor(cursor, parts=1)
    try:
        return uuid.UUID(last or "")
    except ValueError as error:
        raise bad_cursor_value(error) from error


def _is_full(keys: list[Key]) -> bool:
    return len(keys) >= trace.MOST_CANDIDATES


def _found(user: User, question: Question, before: uuid.UUID | None) -> list[Key]:
    """Candidates, newest first, at most MOST_CANDIDATES; not all of them are for this person."""
    value = question.value
    if question.kind == "ticket":
        return trace.of_tickets(_ticket_and_merged(user, int(value)), before=before)
    if question.kind == "address":
        keys = trace.of_message_id(value, before=before)
        return keys or trace.of_address(value.lower()[:320], before=before)
    if question.kind == "subject":
        return _of_subject(user, value, before)
    return []


def _ticket_and_merged(user: User, number: int) -> list[uuid.UUID]:
    """The ticket of this number and those that were merged into it, if `user` may see it."""
    ticket = visible_to(user).filter(number=number).only("id", "merged_into_id").first()
    if ticket is None:
        return []
    merged = Ticket.objects.filter(merged_into=ticket.pk).values_list("pk", flat=True)
    return [ticket.pk, *merged]


def _of_subject(user: User, text: str, before: uuid.UUID | None) -> list[Key]:
    """Mails of tickets that hold the words, and newest mails without a ticket."""
    matching = search.matches(text)
    keys: list[Key] = trace.without_ticket(text, before=before)
    if matching is not None:
        tickets = visible_to(user).filter(matching).order_by("-last_activity_at", "-id")
        ids = list(tickets.values_list("pk", flat=True)[:_MOST_TICKETS])
        keys += trace.with_subject(trace.of_tickets(ids, before=before), text)
    return sorted(set(keys), reverse=True)[: trace.MOST_CANDIDATES]


def inbound_story(user: User, inbound_id: uuid.UUID) -> dict[str, Any]:
    """One received mail as in the ledger's list, with its steps; raises Missing."""
    return selectors.inbound_row(user, inbound_id) | _story((inbound_id, "in"))


def outbound_story(user: User, outbound_id: uuid.UUID) -> dict[str, Any]:
    """One outgoing mail as in the ledger's list, with its steps; raises Missing."""
    return selectors.outbound_row(user, outbound_id) | _story((outbound_id, "out"))


def _story(key: Key) -> dict[str, Any]:
    found = trace.traces([key], more=_ticket_steps)
    if not found:
        raise Missing("There is no such mail in the ledger.")
    return {name: found[0][name] for name in ("steps", "ended", "waiting", "has_original")}


def _ticket_steps(rows: list[Row]) -> dict[uuid.UUID, list[Step]]:
    """What the tickets opened by these mails know: the acknowledgement, or why there was none."""
    opened = {
        row["ticket_id"]: row
        for row in rows
        if row["fate"] == InboundMail.Fate.TICKET and row["ticket_id"]
    }
    if not opened:
        return {}
    found: dict[uuid.UUID, list[Step]] = {}
    sent = Acknowledgement.objects.filter(ticket_id__in=opened).order_by("id")
    for one in sent.values(
        "ticket_id", "created_at", "message__to", "message__outbound__id",
        "message__outbound__state", "message__in_reply_to",
    ):  # fmt: skip
        mail = opened[one["ticket_id"]]
        if mail["internet_message_id"] not in one["message__in_reply_to"]:
            continue
        told = step(
            one["created_at"],
            "acknowledged",
            to=[address["address"] for address in one["message__to"]],
            outbound=one["message__outbound__id"],
            state=one["message__outbound__state"],
        )
        found.setdefault(mail["id"], []).append(told)
    skipped = TicketEvent.objects.filter(ticket_id__in=opened, kind="acknowledgement_skipped")
    for event in skipped.order_by("id").values("ticket_id", "at", "data"):
        mail = opened[event["ticket_id"]]
        why = event["data"]
        told = step(event["at"], "not_acknowledged", why=why.get("why"), to=why.get("to"))
        found.setdefault(mail["id"], []).append(told)
    return found
