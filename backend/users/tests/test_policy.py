"""Who may do what: the whole table, written down a second time on purpose."""

from __future__ import annotations

import pytest

from backend.core.errors import Forbidden
from backend.users.models import User
from backend.users.policy import PERMISSIONS, Permission, can, require

# light, agent, supervisor, admin
TABLE = {
    "ticket.read": "LASX",
    "ticket.note": "LASX",
    "contact.read": "LASX",
    "ticket.write": "ASX",
    "ticket.reply": "ASX",
    "contact.write": "ASX",
    "mailbox.read": "ASX",
    "ledger.read": "ASX",
    "ticket.delete": "SX",
    "ledger.write": "SX",
    "health.read": "SX",
    "mailbox.write": "X",
}
ROLES = {"light": "L", "agent": "A", "supervisor": "S", "admin": "X"}


def test_the_table_names_every_permission_and_every_role():
    assert set(TABLE) == {permission.value for permission in Permission}
    assert set(ROLES) == set(User.Role.values) == set(PERMISSIONS)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("permission", TABLE)
def test_a_role_may_do_what_the_table_says(role: str, permission: str):
    user = User(role=role, is_active=True)
    assert can(user, Permission(permission)) is (ROLES[role] in TABLE[permission])


@pytest.mark.parametrize("role", ROLES)
def test_somebody_deactivated_may_do_nothing(role: str):
    user = User(role=role, is_active=False)
    assert not [one for one in Permission if can(user, one)]


def test_a_refusal_names_the_role_and_what_it_lacks():
    with pytest.raises(Forbidden, match=r"light.*ticket\.reply"):
        require(User(role="light"), Permission.TICKET_REPLY)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_do_all_that_the_one_below_may(role: str):
    order = list(ROLES)
    below = order[: order.index(role)]
    assert all(PERMISSIONS[one] <= PERMISSIONS[role] for one in below)
