"""What agents do to a ticket besides answering: fields, notes, trash."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone

from backend.audit.services import Actor
from backend.core.errors import Conflict, FieldError, Invalid, Missing, Stale
from backend.core.text import one_line, storable
from backend.tickets import search
from backend.tickets.history import Change, note_changes
from backend.tickets.models import Message, Note, Status, Ticket
from backend.tickets.visibility import in_team, may_see, visible_to
from backend.users.models import Team, User

_DONE = {Status.Category.RESOLVED, Status.Category.CLOSED}
_MOST_TAGS = 30
_PEOPLE = {"assignee", "team"}


def locked(ticket_id: uuid.UUID, *, user: User) -> Ticket:
    """The ticket, locked until the transaction ends; raises Missing when `user` may not see it."""
    ticket = (
        visible_to(user)
        .select_for_update(of=("self",))
        .select_related("mailbox", "contact")
        .filter(pk=ticket_id)
        .first()
    )
    if ticket is None:
        raise Missing("There is no such ticket.")
    return ticket


@transaction.atomic
def change(
    *,
    actor: Actor,
    user: User,
    ticket_id: uuid.UUID,
    changes: dict[str, Any],
    version: int | None,
) -> Ticket:
    """Change subject, status, priority, assignee, team, tags or category.

    `version` is what the person saw; raises Stale when the ticket moved on since. Also raises
    Missing, Invalid, and Conflict for a ticket in the trash or merged into another. Nothing
    changed: nothing recorded. A ticket that goes to a team leaves an assignee who is not in it.
    """
    ticket = locked(ticket_id, user=user)
    if version is not None and version != ticket.version:
        raise Stale("Somebody changed this ticket meanwhile: look at it again.")
    _refuse_gone(ticket)
    wanted = dict(changes)
    # The assignee comes last: who may have the ticket depends on its team.
    done = [_set(ticket, one, wanted[one], by=user) for one in wanted if one != "assignee"]
    if "team" in wanted and ticket.assignee and not _may_have(ticket.assignee, ticket):
        wanted.setdefault("assignee", None)
    if "assignee" in wanted:
        done.append(_set(ticket, "assignee", wanted["assignee"], by=user))
    done = [one for one in done if one["old"] != one["new"]]
    if not done:
        return ticket
    ticket.version += 1
    ticket.save()
    if any(one["field"] == "subject" for one in done):
        search.add(ticket.id, ticket.subject)
    note_changes(ticket, *(Change("changed", one) for one in done), actor=actor)
    return ticket


def set_status(ticket: Ticket, slug: str) -> None:
    """Give an unsaved change of status to the ticket; raises Invalid for an unknown one."""
    status = Status.objects.filter(pk=slug).first()
    if status is None:
        raise Invalid(
            "There is no such status.",
            fields={"status": [FieldError("No such status.", "unknown_status")]},
        )
    was_done = ticket.status_category in _DONE
    ticket.status = status
    ticket.status_category = status.category
    if status.category in _DONE:
        ticket.closed_at = ticket.closed_at or timezone.now()
        ticket.waiting_since = None
    else:
        ticket.closed_at = None
        if was_done:
            ticket.waiting_since = unanswered_since(ticket)


def unanswered_since(ticket: Ticket) -> datetime | None:
    """When the customer wrote what nobody has answered yet; None when all is answered."""
    said = ticket.messages.filter(direction=Message.Direction.OUT)
    # An acknowledgement answers nothing, nor does what has not left.
    said = said.exclude(flags__overlap=["automatic", "not_sent"])
    answered: datetime | None = said.aggregate(last=Max("created_at"))["last"]
    asked = ticket.messages.filter(direction=Message.Direction.IN).exclude(
        flags__overlap=["automatic", "another_address"]
    )
    if answered is not None:
        asked = asked.filter(created_at__gt=answered)
    first: datetime | None = asked.aggregate(first=Min("created_at"))["first"]
    return first


@transaction.atomic
def add_note(*, actor: Actor, user: User, ticket_id: uuid.UUID, text: str) -> Note:
    """Add an internal note; it never leaves the desk. Raises Missing, Invalid, Conflict."""
    ticket = locked(ticket_id, user=user)
    _refuse_gone(ticket)
    if not text.strip():
        raise Invalid(
            "The note is empty: write something first.",
            code="empty_note",
            fields={"text": [FieldError("Write something first.", "blank")]},
        )
    note = Note.objects.create(
        ticket=ticket, author=user, text=storable(text), created_at=timezone.now()
    )
    ticket.version += 1
    ticket.last_activity_at = note.created_at
    ticket.save(update_fields=["version", "last_activity_at"])
    search.add(ticket.id, note.text)
    note_changes(ticket, Change("note", {"note": str(note.id)}), actor=actor)
    return note


@transaction.atomic
def delete(*, actor: Actor, user: User, ticket_id: uuid.UUID) -> None:
    """Move a ticket to the trash; `restore` brings it back. Raises Missing."""
    ticket = locked(ticket_id, user=user)
    if ticket.deleted_at is not None:
        return
    ticket.deleted_at = timezone.now()
    ticket.version += 1
    ticket.save(update_fields=["deleted_at", "version"])
    note_changes(ticket, Change("deleted", {"subject": ticket.subject}), actor=actor)


@transaction.atomic
def restore(*, actor: Actor, user: User, ticket_id: uuid.UUID) -> Ticket:
    """Take a ticket out of the trash; raises Missing."""
    ticket = locked(ticket_id, user=user)
    if ticket.deleted_at is None:
        return ticket
    ticket.deleted_at = None
    ticket.version += 1
    ticket.save(update_fields=["deleted_at", "version"])
    note_changes(ticket, Change("restored"), actor=actor)
    return ticket


def _refuse_gone(ticket: Ticket) -> None:
    if ticket.deleted_at is not None:
        raise Conflict("This ticket is in the trash: restore it first.", code="ticket_deleted")
    if ticket.merged_into_id is not None:
        raise Conflict("This ticket was merged: go on in the other one.", code="ticket_merged")


def _get(ticket: Ticket, field: str) -> Any:
    if field in _PEOPLE:
        value = getattr(ticket, f"{field}_id")
        return str(value) if value else None
    if field == "status":
        return ticket.status_id
    return getattr(ticket, field)


def _name(ticket: Ticket, field: str) -> str | None:
    value = getattr(ticket, field) if field in _PEOPLE else None
    return value.name if value is not None else None


def _set(ticket: Ticket, field: str, value: Any, *, by: User) -> dict[str, Any]:
    """Give one field its new value; {field, old, new} as the history shows it."""
    old, old_name = _get(ticket, field), _name(ticket, field)
    _assign(ticket, field, value, by=by)
    change = {"field": field, "old": old, "new": _get(ticket, field)}
    if field in _PEOPLE:
        # Names as they were: the history must read right when the person has left.
        change |= {"old_name": old_name, "new_name": _name(ticket, field)}
    return change


def _assign(ticket: Ticket, field: str, value: Any, *, by: User) -> None:
    if field == "status":
        set_status(ticket, value)
    elif field == "assignee":
        ticket.assignee = _assignee(value, ticket)
    elif field == "team":
        ticket.team = _team(value, by=by)
    elif field == "tags":
        ticket.tags = _tags(value)
    elif field == "subject":
        ticket.subject = one_line(value, limit=500)
    elif field == "category":
        ticket.category = one_line(value, limit=80)
    elif field == "priority":
        ticket.priority = value
    else:
        raise Invalid(
            f"{field} can't be changed.",
            fields={field: [FieldError("Can't be changed.", "read_only")]},
        )


def _assignee(user_id: uuid.UUID | None, ticket: Ticket) -> User | None:
    if user_id is None:
        return None
    person = User.objects.filter(pk=user_id, is_active=True).first()
    if person is None or not _may_have(person, ticket):
        raise Invalid(
            "This person can't have the ticket.",
            fields={
                "assignee": [
                    FieldError("Not somebody who may see this ticket.", "may_not_have_ticket")
                ]
            },
        )
    return person


def _may_have(person: User, ticket: Ticket) -> bool:
    """A light agent sees a ticket by being given it; others must be able to see it."""
    return person.role == User.Role.LIGHT or may_see(person, ticket)


def _team(team_id: uuid.UUID | None, *, by: User) -> Team | None:
    """The team; both ends of a move must be the person's to see (SECURITY.md row 65)."""
    if team_id is None:
        return None
    team = Team.objects.filter(pk=team_id).first()
    if team is None or not (by.role == User.Role.ADMIN or in_team(by, team_id)):
        raise Invalid(
            "There is no such team.", fields={"team": [FieldError("No such team.", "unknown_team")]}
        )
    return team


def _tags(tags: list[str]) -> list[str]:
    clean = [one_line(tag, limit=60) for tag in tags]
    return sorted({tag for tag in clean if tag}, key=str.casefold)[:_MOST_TAGS]
