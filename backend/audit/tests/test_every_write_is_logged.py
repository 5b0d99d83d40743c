"""Every write of a service makes exactly one entry: who, what, before and after."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db.models.functions import Now

from backend.audit.models import Log
from backend.audit.services import Actor
from backend.contacts import services as contacts
from backend.contacts.models import Contact
from backend.core.errors import DeskError
from backend.events.models import Event
from backend.mailboxes import ledger, outbox
from backend.mailboxes import services as mailboxes
from backend.mailboxes.models import Mailbox, OutboundMail
from backend.tickets import changing, creating
from backend.tickets.models import Ticket
from backend.tickets.replying import Reply, reply
from backend.users import services as users
from backend.users import sessions
from backend.users.models import User
from tests.desk import PASSWORD, TESTS, acting, arrive, mailbox, person, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "another horse battery"


@dataclass
class Desk:
    """What a write may need: made before it, so that its entries are not counted."""

    me: User
    box: Mailbox
    ticket: Ticket
    contact: Contact
    signed_in: sessions.SignedIn
    failed: OutboundMail
    quarantined: uuid.UUID

    @property
    def actor(self) -> Actor:
        return acting(self.me)


@pytest.fixture
def desk() -> Desk:
    me, box = person("admin"), mailbox()
    ticket = ticket_from(box, letter())
    contact = contacts.create_contact(
        actor=TESTS, name="Rui", addresses=["rui@customers.test"], values={}
    )
    answered = ticket_from(box, letter(own_id="second@customers.test"))
    sent = reply(actor=acting(me), user=me, ticket_id=answered.id, wanted=Reply(text="Já vai."))
    OutboundMail.objects.update(state="failed")
    bad = arrive(box, letter(own_id="third@customers.test"))
    [claimed] = ledger.claim(1)
    assert claimed == bad
    ledger.quarantine(claimed, reason="tests")
    session = sessions.open_session(user=me, user_agent="tests", ip=None, actor=TESTS)
    return Desk(me, box, ticket, contact, session, sent.outbound, bad.id)


def change_ticket(desk: Desk, **changes: Any) -> None:
    changing.change(
        actor=desk.actor, user=desk.me, ticket_id=desk.ticket.id, changes=changes, version=None
    )


def in_trash(desk: Desk) -> uuid.UUID:
    Ticket.objects.filter(pk=desk.ticket.pk).update(deleted_at=Now())
    return desk.ticket.id


@dataclass(frozen=True)
class Write:
    """A call and the one entry it makes; what `before` and `after` hold, None: nothing."""

    action: str
    call: Callable[[Desk], object]
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


WRITES = [
    Write(
        "user.create",
        lambda d: users.create_user(
            actor=d.actor, email="New@desk.test", name="Nova", password=PASSWORD, role="light"
        ),
        after={"email": "new@desk.test", "name": "Nova", "role": "light", "team": None},
    ),
    Write(
        "user.profile",
        lambda d: users.change_profile(actor=d.actor, user=d.me, changes={"theme": "dark"}),
        before={"theme": "system"},
        after={"theme": "dark"},
    ),
    Write(
        "user.password",
        lambda d: users.change_password(
            actor=d.actor, user=d.me, current=PASSWORD, new=NEW_PASSWORD, keep_session=None
        ),
    ),
    Write(
        "user.sign_in",
        lambda d: sessions.sign_in(
            email=d.me.email, password=PASSWORD, user_agent="", ip=None, actor=d.actor
        ),
    ),
    Write(
        "user.sign_out",
        lambda d: sessions.sign_out(token=d.signed_in.refresh or "", actor=d.actor),
    ),
    Write(
        "token.create",
        lambda d: sessions.create_api_token(actor=d.actor, user=d.me, name="script"),
        after={"name": "script"},
    ),
    Write(
        "contact.create",
        lambda d: contacts.create_contact(
            actor=d.actor, name="Eva", addresses=["EVA@customers.test"], values={}
        ),
        after={"name": "Eva", "addresses": ["eva@customers.test"]},
    ),
    Write(
        "contact.change",
        lambda d: contacts.change_contact(
            actor=d.actor,
            contact_id=d.contact.id,
            changes={"name": "Rui Sá", "addresses": ["sa@customers.test"]},
            version=None,
        ),
        before={"name": "Rui", "addresses": ["rui@customers.test"]},
        after={"name": "Rui Sá", "addresses": ["sa@customers.test"]},
    ),
    Write(
        "contact.delete",
        lambda d: contacts.delete_contact(actor=d.actor, contact_id=d.contact.id),
        before={"name": "Rui", "addresses": ["rui@customers.test"]},
    ),
    Write(
        "mailbox.create",
        lambda d: mailboxes.create_mailbox(
            actor=d.actor,
            values={
                "name": "Vendas",
                "address": "vendas@desk.test",
                "imap_host": "imap.desk.test",
                "imap_port": 993,
                "imap_username": "v",
                "imap_password": PASSWORD,
                "smtp_host": "smtp.desk.test",
                "smtp_port": 465,
            },
        ),
        after={"address": "vendas@desk.test", "imap_port": 993},
    ),
    Write(
        "mailbox.change",
        lambda d: mailboxes.change_mailbox(
            actor=d.actor,
            mailbox_id=d.box.id,
            values={"name": "Ajuda", "imap_password": NEW_PASSWORD},
            version=None,
        ),
        before={"name": "Suporte"},
        after={"name": "Ajuda", "imap_password": "changed"},
    ),
    Write(
        "mailbox.delete",
        lambda d: mailboxes.delete_mailbox(actor=d.actor, mailbox_id=mailbox("empty@desk.test").id),
        before={"address": "empty@desk.test"},
    ),
    Write(
        "inbound.reprocess",
        lambda d: ledger.reprocess(actor=d.actor, inbound_id=d.quarantined),
    ),
    Write(
        "outbound.retry",
        lambda d: outbox.retry(actor=d.actor, outbound_id=d.failed.id),
        before={"state": "failed"},
        after={"state": "queued"},
    ),
    Write(
        "ticket.changed",
        lambda d: change_ticket(d, priority="high", subject="Novo assunto"),
        before={"priority": "normal", "subject": "Pedido 4711"},
        after={"priority": "high", "subject": "Novo assunto"},
    ),
    Write(
        "ticket.note",
        lambda d: changing.add_note(
            actor=d.actor, user=d.me, ticket_id=d.ticket.id, text="Só para nós"
        ),
        after={},
    ),
    Write(
        "ticket.deleted",
        lambda d: changing.delete(actor=d.actor, user=d.me, ticket_id=d.ticket.id),
        after={"subject": "Pedido 4711"},
    ),
    Write(
        "ticket.restored",
        lambda d: changing.restore(actor=d.actor, user=d.me, ticket_id=in_trash(d)),
    ),
    Write(
        "ticket.message_out",
        lambda d: reply(
            actor=d.actor, user=d.me, ticket_id=d.ticket.id, wanted=Reply(text="Já vai.")
        ),
        after={},
    ),
]


def entries_of(actor: Actor, after: int) -> list[Log]:
    rows = Log.objects.filter(id__gt=after, actor_user_id=actor.user_id)
    return list(rows.order_by("id"))


def newest() -> int:
    return Log.objects.order_by("-id").values_list("id", flat=True).first() or 0


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.action)
def test_a_write_makes_one_entry_with_who_and_what(desk: Desk, write: Write):
    start = newest()
    write.call(desk)
    (entry,) = entries_of(desk.actor, start)
    assert entry.action == write.action
    assert (entry.actor_kind, entry.actor_label, entry.cause) == ("user", desk.me.email, "tests")
    assert entry.object_type
    assert entry.object_id
    assert_holds(entry.before, write.before)
    assert_holds(entry.after, write.after)


def assert_holds(found: dict[str, Any] | None, wanted: dict[str, Any] | None) -> None:
    if wanted is None:
        assert not found
        return
    assert found is not None
    assert {field: found[field] for field in wanted} == wanted


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.action)
def test_no_entry_and_no_event_holds_a_password(desk: Desk, write: Write):
    write.call(desk)
    said = [f"{one.before} {one.after}" for one in Log.objects.all()]
    said += [str(vars(one)) for one in Event.objects.all()]
    assert not [one for one in said if PASSWORD in one or NEW_PASSWORD in one or "sealed" in one]


@pytest.mark.parametrize(
    "call",
    [
        lambda d: change_ticket(d, priority="normal"),
        lambda d: users.change_profile(actor=d.actor, user=d.me, changes={"theme": "system"}),
        lambda d: changing.restore(actor=d.actor, user=d.me, ticket_id=d.ticket.id),
        lambda d: sessions.sign_out(token="unknown", actor=d.actor),
    ],
    ids=["ticket", "profile", "restore", "sign out"],
)
def test_what_changes_nothing_leaves_no_entry(desk: Desk, call: Callable[[Desk], object]):
    start = newest()
    call(desk)
    assert entries_of(desk.actor, start) == []


@pytest.mark.parametrize(
    "call",
    [
        lambda d: change_ticket(d, status="no-such-status"),
        lambda d: outbox.retry(actor=d.actor, outbound_id=uuid.uuid4()),
        lambda d: mailboxes.delete_mailbox(actor=d.actor, mailbox_id=d.box.id),
        lambda d: contacts.delete_contact(actor=d.actor, contact_id=d.ticket.contact_id),
        lambda d: users.create_user(actor=d.actor, email="x@y.test", name="X", password="short"),
        lambda d: users.change_password(
            actor=d.actor, user=d.me, current="wrong", new=NEW_PASSWORD, keep_session=None
        ),
    ],
    ids=["ticket", "retry", "mailbox", "contact", "user", "password"],
)
def test_a_refused_write_leaves_no_entry(desk: Desk, call: Callable[[Desk], object]):
    start = newest()
    with pytest.raises(DeskError):
        call(desk)
    assert entries_of(desk.actor, start) == []


@pytest.mark.parametrize("send", [True, False])
def test_a_ticket_an_agent_opens_is_logged_as_created_and_with_its_first_message(
    desk: Desk, send: bool
):
    start = newest()
    wanted = creating.NewTicket(
        mailbox_id=desk.box.id,
        contact_address="nova@customers.test",
        contact_name="Nova",
        subject="Oi",
        text="Olá",
        send=send,
    )
    ticket = creating.create_ticket(actor=desk.actor, user=desk.me, wanted=wanted)
    actions = [entry.action for entry in entries_of(desk.actor, start)]
    message = "ticket.message_out" if send else "ticket.message_in"
    assert actions == ["contact.create", "ticket.created", message]
    assert Log.objects.filter(object_id=str(ticket.id)).count() == 2


def test_what_a_mail_did_is_logged_with_its_sender_and_the_mail_as_cause(desk: Desk):
    entry = Log.objects.get(action="ticket.created", object_id=str(desk.ticket.id))
    mail = desk.ticket.inbound.get()
    assert (entry.actor_kind, entry.actor_label) == ("mail", "ana@customers.test")
    assert entry.cause == f"inbound:{mail.id}"
