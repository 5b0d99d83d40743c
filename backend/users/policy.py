"""Who may do what: the one place that is asked (SECURITY.md 3.1).

`can` answers for actions; which tickets a person may know of is `tickets.selectors.visible_to`.
"""

from __future__ import annotations

from enum import StrEnum

from backend.core.errors import Forbidden
from backend.users.models import User


class Permission(StrEnum):
    """Everything a role can be allowed to do."""

    TICKET_READ = "ticket.read"
    TICKET_WRITE = "ticket.write"
    TICKET_NOTE = "ticket.note"
    TICKET_REPLY = "ticket.reply"
    TICKET_DELETE = "ticket.delete"
    CONTACT_READ = "contact.read"
    CONTACT_WRITE = "contact.write"
    MAILBOX_READ = "mailbox.read"
    MAILBOX_WRITE = "mailbox.write"
    LEDGER_READ = "ledger.read"
    LEDGER_WRITE = "ledger.write"
    HEALTH_READ = "health.read"


_LIGHT = {Permission.TICKET_READ, Permission.TICKET_NOTE, Permission.CONTACT_READ}
_AGENT = _LIGHT | {
    Permission.TICKET_WRITE,
    Permission.TICKET_REPLY,
    Permission.CONTACT_WRITE,
    Permission.MAILBOX_READ,
    Permission.LEDGER_READ,
}
_SUPERVISOR = _AGENT | {
    Permission.TICKET_DELETE,
    Permission.LEDGER_WRITE,
    Permission.HEALTH_READ,
}
_ADMIN = set(Permission)
PERMISSIONS: dict[str, frozenset[Permission]] = {
    User.Role.LIGHT: frozenset(_LIGHT),
    User.Role.AGENT: frozenset(_AGENT),
    User.Role.SUPERVISOR: frozenset(_SUPERVISOR),
    User.Role.ADMIN: frozenset(_ADMIN),
}


def can(user: User, permission: Permission) -> bool:
    """True when this active person's role allows it."""
    return user.is_active and permission in PERMISSIONS[user.role]


def require(user: User, permission: Permission) -> None:
    """Raise Forbidden unless `can`."""
    if not can(user, permission):
        raise Forbidden(f"Your role ({user.role}) does not allow {permission.value}.")
