"""The sample desk: what the stories say, and what the tables hold after them."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from backend.audit.services import Actor, command
from backend.contacts.models import Contact
from backend.contacts.services import create_contact
from backend.core import blobs
from backend.core.errors import DeskError
from backend.core.text import one_line
from backend.demo import samples
from backend.mailboxes.models import Mailbox
from backend.tickets import search
from backend.tickets.models import (
    Attachment,
    Message,
    Note,
    Status,
    ThreadReference,
    Ticket,
    TicketEvent,
)
from backend.tickets.receiving import PREVIEW
from backend.tickets.threading import message_of_token
from backend.users import selectors
from backend.users.models import User
from backend.users.services import create_first_admin
from backend.users.sessions import sign_in
from tests.accounts import connect

TWO_WEEKS = 14 * 24 * 60
LIVE = ("open", "waiting")


@pytest.fixture
def mailbox(db: None) -> Mailbox:
    """A demo mailbox nobody reads."""
    mailbox = connect(address="suporte@demo.local")
    Mailbox.objects.filter(pk=mailbox.pk).update(is_demo=True)
    mailbox.refresh_from_db()
    return mailbox


@pytest.fixture
def filled(mailbox: Mailbox) -> samples.Filled:
    """The samples, told until now."""
    return samples.fill(mailbox, now=timezone.now())


def test_every_story_moves_forwards_and_lies_within_two_weeks():
    for story in samples.load().tickets:
        times = [entry.minutes_ago for entry in story.entries]
        assert times == sorted(set(times), reverse=True), story.subject
        assert times[-1] > 0, story.subject
        assert times[0] <= TWO_WEEKS, story.subject


def test_every_story_begins_with_its_customer_and_names_known_people_and_statuses():
    loaded = samples.load()
    keys = {one.key for one in loaded.customers}
    for story in loaded.tickets:
        assert story.entries[0].kind == "in", story.subject
        assert {story.customer, *story.cc} <= keys, story.subject
        assert story.priority in Ticket.Priority.values, story.subject
        for entry in story.entries:
            assert entry.status in {"", "waiting", "resolved", "closed"}, story.subject
            assert bool(entry.text) != (entry.kind == "status"), story.subject


def test_every_sample_address_lives_in_the_demo_room():
    for one in samples.load().customers:
        assert re.fullmatch(r"[a-z0-9._-]+@demo\.local", one.address)


def test_the_samples_show_every_status_priority_and_kind_of_entry():
    stories = samples.load().tickets
    assert len(stories) >= 40
    assert {story.priority for story in stories} == set(Ticket.Priority.values)
    kinds = {entry.kind for story in stories for entry in story.entries}
    assert kinds == {"in", "out", "note", "status"}
    assert any(story.cc for story in stories)
    assert any(entry.files for story in stories for entry in story.entries)


def test_filling_adds_every_story_marked_as_demo(filled: samples.Filled):
    loaded = samples.load()
    assert filled.tickets == Ticket.objects.filter(is_demo=True).count() == len(loaded.tickets)
    assert filled.contacts == Contact.objects.filter(is_demo=True).count() == len(loaded.customers)
    assert filled.messages == Message.objects.count()
    assert set(Ticket.objects.values_list("status_id", flat=True)) == {
        "open",
        "waiting",
        "resolved",
        "closed",
    }


def test_every_ticket_agrees_with_what_was_said_in_it(filled: samples.Filled):
    for ticket in Ticket.objects.prefetch_related("messages", "notes"):
        said = sorted(ticket.messages.all(), key=lambda one: one.created_at)
        assert ticket.message_count == len(said)
        assert ticket.created_at == said[0].created_at
        assert ticket.last_activity_at >= said[-1].created_at
        assert ticket.last_direction == said[-1].direction
        assert ticket.preview == one_line(said[-1].text, limit=PREVIEW)
        answers = [one.created_at for one in said if one.direction == "out"]
        assert ticket.first_answered_at == (min(answers) if answers else None)
        assert (ticket.assignee_id is not None) == bool(answers)


def test_only_live_tickets_whose_customer_spoke_last_are_waiting_for_an_answer(
    filled: samples.Filled,
):
    for ticket in Ticket.objects.prefetch_related("messages"):
        said = sorted(ticket.messages.all(), key=lambda one: one.created_at)
        unanswered: list[Message] = []
        for message in said:
            unanswered = [] if message.direction == "out" else [*unanswered, message]
        expected = None
        if unanswered and ticket.status_category in LIVE:
            expected = unanswered[0].created_at
        assert ticket.waiting_since == expected, ticket.subject


def test_done_tickets_know_when_they_were_done_and_others_do_not(filled: samples.Filled):
    categories = dict(Status.objects.values_list("slug", "category"))
    for ticket in Ticket.objects.all():
        assert ticket.status_category == categories[ticket.status_id or ""]
        assert (ticket.closed_at is None) == (ticket.status_category in LIVE)


def test_the_history_of_a_ticket_ends_at_its_status(filled: samples.Filled):
    for ticket in Ticket.objects.all():
        events = TicketEvent.objects.filter(ticket=ticket).order_by("id")
        assert events[0].kind == "created"
        times = [event.at for event in events]
        assert times == sorted(times)
        statuses = [e.data["new"] for e in events if e.data.get("field") == "status"]
        assert (statuses[-1] if statuses else "open") == ticket.status_id


def test_older_tickets_have_lower_numbers(filled: samples.Filled):
    by_number = list(Ticket.objects.order_by("number").values_list("created_at", flat=True))
    assert by_number == sorted(by_number)


def test_the_newest_story_happened_minutes_ago_and_the_oldest_within_two_weeks(mailbox: Mailbox):
    now = timezone.now()
    samples.fill(mailbox, now=now)
    times = list(Message.objects.order_by("created_at").values_list("created_at", flat=True))
    assert now - timedelta(days=14) <= times[0]
    assert now - timedelta(hours=1) < times[-1] < now


def test_answers_carry_our_signed_id_and_every_id_is_known_to_threading(filled: samples.Filled):
    for message in Message.objects.filter(direction="out"):
        assert message_of_token(message.message_id) == message.id
    known = dict(ThreadReference.objects.values_list("message_id", "ticket_id"))
    assert known == dict(Message.objects.values_list("message_id", "ticket_id"))


def test_each_answer_refers_to_the_message_before_it(filled: samples.Filled):
    for ticket in Ticket.objects.prefetch_related("messages"):
        said = sorted(ticket.messages.all(), key=lambda one: one.created_at)
        for before, after in pairwise(said):
            assert after.in_reply_to == [before.message_id]
            assert after.references[-1] == before.message_id


def test_words_of_messages_notes_and_files_find_their_ticket(filled: samples.Filled):
    def found(text: str) -> set[str]:
        condition = search.matches(text)
        assert condition is not None
        return set(Ticket.objects.filter(condition).values_list("subject", flat=True))

    assert "Pedido 48213 não chegou e o rastreio está parado" in found("aniversario 48213")
    assert "Agenda da clínica fora do ar" in found("renovação automática")
    assert "Relatório de comissões com valores errados" in found("conferencia-comissoes")


def test_attached_files_can_be_opened(filled: samples.Filled):
    files = list(Attachment.objects.all())
    assert files
    for file in files:
        assert len(blobs.get(file.sha256)) == file.size


def test_notes_are_written_by_the_demo_team(filled: samples.Filled):
    authors = set(Note.objects.values_list("author__email", flat=True))
    assert authors == {samples.AGENT_EMAIL}


def test_nobody_can_sign_in_as_the_demo_team(filled: samples.Filled):
    agent = User.objects.get(email=samples.AGENT_EMAIL)
    assert not agent.is_active
    assert not agent.has_usable_password()
    with pytest.raises(DeskError, match="wrong"):
        sign_in(email=agent.email, password="", user_agent="", ip=None, actor=command("tests"))


def test_a_desk_with_samples_still_waits_for_its_first_administrator(filled: samples.Filled):
    assert not selectors.anybody_exists()
    create_first_admin(
        actor=command("tests"),
        email="ana@desk.test",
        name="Ana",
        password="correct horse battery",
        language="pt-BR",
    )
    assert selectors.anybody_exists()


def test_a_contact_who_is_known_already_is_used_and_not_marked(mailbox: Mailbox):
    actor: Actor = command("tests")
    known = create_contact(
        actor=actor, name="Marina (cliente)", addresses=["marina.alves@demo.local"], values={}
    )
    samples.fill(mailbox, now=timezone.now())
    known.refresh_from_db()
    assert known.name == "Marina (cliente)"
    assert not known.is_demo
    assert known.tickets.count() == 1
