"""What agents change on a ticket, what is refused, and what is recorded."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from backend.audit.models import Log
from backend.core.errors import Conflict, Invalid, Missing, Stale
from backend.events.models import Event
from backend.mailboxes.models import Mailbox
from backend.tickets import changing
from backend.tickets.models import Note, Status, Ticket, TicketEvent
from backend.tickets.replying import Reply, reply
from backend.tickets.visibility import may_see, visible_to
from backend.users.models import Team, User
from backend.users.services import team_named
from tests.desk import acting, mailbox, person, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def box() -> Mailbox:
    return mailbox()


@pytest.fixture
def ticket(box: Mailbox) -> Ticket:
    return ticket_from(box, letter())


@pytest.fixture
def agent() -> User:
    return person()


def change(ticket: Ticket, user: User, *, version: int | None = None, **changes: Any) -> Ticket:
    return changing.change(
        actor=acting(user), user=user, ticket_id=ticket.id, changes=changes, version=version
    )


def test_fields_change_with_history_audit_and_event(ticket: Ticket, agent: User):
    changed = change(
        ticket,
        agent,
        subject="Novo\nassunto",
        priority="urgent",
        status="waiting",
        assignee=agent.id,
        tags=["vip", " vip ", "", "Boleto"],
        category="Financeiro",
    )
    assert (changed.subject, changed.priority) == ("Novo assunto", "urgent")
    assert (changed.status_id, changed.status_category) == ("waiting", "waiting")
    assert (changed.assignee, changed.tags) == (agent, ["Boleto", "vip"])
    assert changed.version == ticket.version + 1
    events = TicketEvent.objects.filter(kind="changed").values_list("data__field", flat=True)
    assert set(events) == {"subject", "priority", "status", "assignee", "tags", "category"}
    entry = Log.objects.get(action="ticket.changed")
    assert entry.actor_user == agent
    assert entry.before is not None
    assert entry.after is not None
    assert (entry.before["priority"], entry.after["priority"]) == ("normal", "urgent")
    assert Event.objects.filter(kind="ticket.updated", ticket_id=ticket.id).count() == 1


def test_a_change_that_changes_nothing_is_not_recorded(ticket: Ticket, agent: User):
    unchanged = change(ticket, agent, priority="normal", status="open", assignee=None, team=None)
    assert unchanged.version == ticket.version
    assert not Log.objects.filter(action="ticket.changed").exists()


def test_a_stale_version_changes_nothing(ticket: Ticket, agent: User):
    change(ticket, agent, priority="high", version=ticket.version)
    with pytest.raises(Stale):
        change(ticket, agent, priority="low", version=ticket.version)
    ticket.refresh_from_db()
    assert ticket.priority == "high"


def test_one_wrong_field_changes_none(ticket: Ticket, agent: User):
    with pytest.raises(Invalid), transaction.atomic():
        change(ticket, agent, priority="high", status="nonsense")
    ticket.refresh_from_db()
    assert ticket.priority == "normal"


def test_resolving_ends_the_waiting_and_opening_again_forgets_the_end(ticket: Ticket, agent: User):
    done = change(ticket, agent, status="resolved")
    assert (done.waiting_since, done.closed_at is None) == (None, False)
    again = change(ticket, agent, status="open")
    assert again.closed_at is None


def test_taking_a_resolution_back_lets_the_customer_wait_since_they_wrote(
    ticket: Ticket, agent: User
):
    asked = ticket.waiting_since
    assert asked is not None
    change(ticket, agent, status="resolved")
    assert change(ticket, agent, status="open").waiting_since == asked


def test_opening_an_answered_ticket_again_leaves_nobody_waiting(ticket: Ticket, agent: User):
    reply(
        actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Está a caminho.")
    )
    change(ticket, agent, status="resolved")
    assert change(ticket, agent, status="open").waiting_since is None


def test_closing_a_resolved_ticket_keeps_the_time_it_was_done(ticket: Ticket, agent: User):
    resolved = change(ticket, agent, status="resolved")
    assert change(ticket, agent, status="closed").closed_at == resolved.closed_at


@pytest.mark.parametrize("field", ["status", "assignee", "team"])
def test_what_does_not_exist_is_refused_by_name(ticket: Ticket, agent: User, field: str):
    missing: Any = "nonsense" if field == "status" else uuid.uuid4()
    with pytest.raises(Invalid) as caught:
        change(ticket, agent, **{field: missing})
    assert field in caught.value.fields


def test_a_deactivated_person_gets_no_ticket(ticket: Ticket, agent: User):
    gone = person()
    User.objects.filter(pk=gone.pk).update(is_active=False)
    with pytest.raises(Invalid):
        change(ticket, agent, assignee=gone.id)


def test_somebody_of_another_team_gets_no_ticket(agent: User):
    sales = person(team="Vendas")
    ticket = ticket_from(mailbox(team="Vendas"), letter())
    with pytest.raises(Invalid) as caught:
        change(ticket, sales, assignee=agent.id)
    assert "assignee" in caught.value.fields


def test_a_light_agent_is_given_a_ticket_and_sees_it_from_then_on(ticket: Ticket, agent: User):
    light = person("light")
    assert not visible_to(light).filter(pk=ticket.pk).exists()
    change(ticket, agent, assignee=light.id)
    assert visible_to(light).filter(pk=ticket.pk).exists()


def test_a_ticket_and_its_new_team_are_given_to_somebody_of_that_team_at_once(ticket: Ticket):
    sales, admin = person(team="Vendas"), person("admin")
    Ticket.objects.filter(pk=ticket.pk).update(team=team_named("Suporte"))
    changed = change(ticket, admin, assignee=sales.id, team=team_named("Vendas").id)
    assert (changed.assignee, changed.team) == (sales, team_named("Vendas"))


def test_an_assignee_who_may_not_see_the_new_team_loses_the_ticket(ticket: Ticket, agent: User):
    admin = person("admin")
    change(ticket, admin, assignee=agent.id)
    moved = change(ticket, admin, team=team_named("Vendas").id)
    assert moved.assignee is None
    fields = list(
        TicketEvent.objects.filter(kind="changed").order_by("id").values_list("data", flat=True)
    )
    assert [(one["field"], one["old_name"]) for one in fields[-2:]] == [
        ("team", None),
        ("assignee", agent.name),
    ]


def test_an_agent_moves_no_ticket_into_a_team_they_are_not_in(ticket: Ticket, agent: User):
    team_named("Vendas")
    with pytest.raises(Invalid) as caught:
        change(ticket, agent, team=Team.objects.get().id)
    assert "team" in caught.value.fields


def test_an_agent_moves_a_ticket_between_teams_they_are_in(box: Mailbox):
    agent = person(team="Vendas")
    agent.teams.add(team_named("Suporte"))
    ticket = ticket_from(mailbox("v@desk.test", team="Vendas"), letter())
    assert change(ticket, agent, team=team_named("Suporte").id).team == team_named("Suporte")


def test_a_ticket_of_another_team_can_not_be_told_from_none(agent: User):
    ticket = ticket_from(mailbox(team="Vendas"), letter())
    for verb in (
        lambda: change(ticket, agent, priority="high"),
        lambda: changing.add_note(
            actor=acting(agent), user=agent, ticket_id=ticket.id, text="nota"
        ),
        lambda: changing.delete(actor=acting(agent), user=agent, ticket_id=ticket.id),
        lambda: changing.restore(actor=acting(agent), user=agent, ticket_id=ticket.id),
    ):
        with pytest.raises(Missing):
            verb()


@pytest.mark.parametrize("role", ["admin", "supervisor", "agent"])
def test_a_deactivated_person_sees_nothing(ticket: Ticket, role: str):
    user = person(role)
    user.is_active = False
    assert not visible_to(user).exists()


def test_the_trash_keeps_a_ticket_and_gives_it_back(ticket: Ticket):
    admin = person("admin")
    changing.delete(actor=acting(admin), user=admin, ticket_id=ticket.id)
    with pytest.raises(Conflict) as caught:
        change(ticket, admin, priority="high")
    assert caught.value.code == "ticket_deleted"
    with pytest.raises(Conflict):
        changing.add_note(actor=acting(admin), user=admin, ticket_id=ticket.id, text="nota")
    restored = changing.restore(actor=acting(admin), user=admin, ticket_id=ticket.id)
    assert (restored.deleted_at, restored.message_count) == (None, 1)


def test_deleting_and_restoring_twice_is_recorded_once(ticket: Ticket):
    admin = person("admin")
    for verb in (changing.delete, changing.delete, changing.restore, changing.restore):
        verb(actor=acting(admin), user=admin, ticket_id=ticket.id)
    kinds = TicketEvent.objects.filter(actor_user=admin).values_list("kind", flat=True)
    assert list(kinds.order_by("id")) == ["deleted", "restored"]


def test_a_merged_ticket_is_neither_changed_nor_noted_on(ticket: Ticket, box: Mailbox, agent: User):
    other = ticket_from(box, letter(own_id="other@customers.test"))
    Ticket.objects.filter(pk=ticket.pk).update(merged_into=other)
    for verb in (
        lambda: change(ticket, agent, priority="high"),
        lambda: changing.add_note(actor=acting(agent), user=agent, ticket_id=ticket.id, text="n"),
    ):
        with pytest.raises(Conflict) as caught:
            verb()
        assert caught.value.code == "ticket_merged"


def test_a_note_is_kept_and_counts_as_activity(ticket: Ticket, agent: User):
    note = changing.add_note(
        actor=acting(agent), user=agent, ticket_id=ticket.id, text="liga\0r amanhã"
    )
    ticket.refresh_from_db()
    assert (note.text, note.author) == ("ligar amanhã", agent)
    assert ticket.last_activity_at == note.created_at
    assert ticket.waiting_since is not None


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_an_empty_note_is_refused(ticket: Ticket, agent: User, text: str):
    with pytest.raises(Invalid) as caught:
        changing.add_note(actor=acting(agent), user=agent, ticket_id=ticket.id, text=text)
    assert caught.value.code == "empty_note"
    assert not Note.objects.exists()


def test_the_database_refuses_a_category_that_is_not_the_statuss(ticket: Ticket):
    def disagree() -> None:
        Ticket.objects.filter(pk=ticket.pk).update(status_category="closed")
        connection.check_constraints()

    with pytest.raises(IntegrityError, match="tickets_category_of_status"), transaction.atomic():
        disagree()


def test_a_status_that_changes_its_meaning_takes_its_tickets_along(ticket: Ticket):
    Status.objects.filter(pk="open").update(category="waiting")
    ticket.refresh_from_db()
    assert ticket.status_category == "waiting"


def test_the_database_refuses_an_unknown_priority(ticket: Ticket):
    with pytest.raises(IntegrityError), transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(priority="asap")


def test_the_rule_in_memory_is_the_rule_of_the_lists(box: Mailbox):
    people = [person(role, team=team) for role in User.Role.values for team in (None, "Vendas")]
    tickets = [
        ticket_from(box, letter(own_id="a@c.test")),
        ticket_from(mailbox("v@desk.test", team="Vendas"), letter(own_id="b@c.test")),
        ticket_from(mailbox("j@desk.test", team="Legal"), letter(own_id="c@c.test")),
    ]
    light = [one for one in people if one.role == "light"]
    Ticket.objects.filter(pk=tickets[2].pk).update(assignee=light[0])
    tickets[2].refresh_from_db()
    for user in people:
        listed = set(visible_to(user))
        assert listed == {ticket for ticket in tickets if may_see(user, ticket)}
