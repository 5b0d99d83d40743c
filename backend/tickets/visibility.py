"""Which tickets a person may know of: the one queryset every path starts from (SECURITY.md 0.6)."""

from __future__ import annotations

import uuid

from django.db.models import Q, QuerySet

from backend.tickets.models import Ticket
from backend.users.models import User


def visible_to(user: User) -> QuerySet[Ticket]:
    """Tickets `user` may read, deleted and merged ones included.

    Administrators see all; supervisors and agents those without a team and those of their teams;
    light agents those assigned to them.
    """
    if not user.is_active:
        return Ticket.objects.none()
    if user.role == User.Role.ADMIN:
        return Ticket.objects.all()
    if user.role == User.Role.LIGHT:
        return Ticket.objects.filter(assignee=user)
    return Ticket.objects.filter(Q(team__isnull=True) | Q(team__in=user.teams.all()))


def may_see(user: User, ticket: Ticket) -> bool:
    """The rule of `visible_to`, asked for a ticket as it stands in memory, saved or not."""
    if not user.is_active:
        return False
    if user.role == User.Role.LIGHT:
        return ticket.assignee_id == user.id
    return user.role == User.Role.ADMIN or in_team(user, ticket.team_id)


def in_team(user: User, team_id: uuid.UUID | None) -> bool:
    """True for a team of the user's; what belongs to no team is everybody's."""
    return team_id is None or user.teams.filter(pk=team_id).exists()
