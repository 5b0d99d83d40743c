"""Mails made to break the desk: each gets a fate, none stops its neighbours."""

from __future__ import annotations

import itertools
import random
import unicodedata

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.contacts.models import Contact
from backend.core import blobs
from backend.mailboxes import ledger
from backend.mailboxes.models import InboundMail
from backend.tickets import intake
from backend.tickets.models import Message, Ticket
from tests.desk import arrive, mailbox, receive
from tests.mails import letter

pytestmark = pytest.mark.django_db
State, Fate = InboundMail.State, InboundMail.Fate
RANDOM = random.Random(4711)  # noqa: S311 - the same mails at every run
NUMBERS = itertools.count()


def assert_understood(mail: InboundMail) -> None:
    assert (mail.state, mail.error) == (State.DONE, ""), mail.error


def wild(count: int) -> str:
    """Letters of four bytes in UTF-8 that compression can't shrink."""
    return "".join(chr(RANDOM.randrange(0x20000, 0x2A6D0)) for _ in range(count))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"\0",
        b"\xff\xfe" * 500,
        b"From: \n\n",
        b"From:\xc3\x28 <x@y>\nSubject: =?utf-8?b?////?=\n\n\xff",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n--x\n--x",
        b"Content-Type: multipart/mixed\n\n",
        b"Content-Type: text/plain; charset=no-such-charset\n\nol\xe1",
        b"Content-Transfer-Encoding: base64\n\n!!!!",
        b"Subject: " + b"=?utf-8?q?" + b"=00" * 50 + b"?=\n\nNUL",
        b"Subject: =?utf-16?b?2D3YPQ==?=\nFrom: =?utf-16?b?2D0=?= <a@b.test>\n\nsurrogates",
        b"Subject: a\x00b\nFrom: a\x00b <a\x00@b.test>\nMessage-ID: <\x00@b>\n\nx\x00y",
        b"Date: Mon, 99 Foo 99999 99:99:99 +9999\n\nx",
        b"Date: Fri, 31 Dec 9999 23:59:59 -2359\nFrom: a@b.test\n\nx",
        b"Date: Mon, 01 Jan 0001 00:00:00 +2359\nFrom: a@b.test\n\nx",
        b"Message-ID: <>\nReferences: <><>\nIn-Reply-To: <\n\nx",
        b"X: " + b"y" * 2_000_000 + b"\n\nx",
        b"To: " + b"a@b.test, " * 20_000 + b"\n\nx",
        b"References: " + b"<r@b.test> " * 20_000 + b"\n\nx",
    ],
    ids=range(20),
)
def test_a_malformed_mail_gets_a_fate_and_is_never_quarantined(raw: bytes):
    assert_understood(receive(mailbox(), raw))


@pytest.mark.parametrize("header", ["Message-ID", "In-Reply-To", "References"])
def test_an_id_of_a_thousand_wild_letters_is_stored(header: str):
    raw = f"From: a@b.test\n{header}: <{wild(1200)}@b.test>\n\nx".encode()
    assert_understood(receive(mailbox(), raw))


def test_many_wild_references_are_stored():
    ids = " ".join(f"<{wild(200)}@b.test>" for _ in range(100))
    assert_understood(receive(mailbox(), f"From: a@b.test\nReferences: {ids}\n\nx".encode()))


def test_a_subject_of_a_megabyte_is_cut():
    mail = receive(mailbox(), f"From: a@b.test\nSubject: {wild(300_000)}\n\nx".encode())
    assert_understood(mail)
    assert Ticket.objects.get().subject.startswith(mail.subject[:100])


@pytest.mark.parametrize("letters", ["\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}", None])
def test_a_name_whose_folding_is_many_times_longer_is_stored(letters: str | None):
    ligatures = [
        chr(n) for n in range(0xFB50, 0xFE00) if len(unicodedata.normalize("NFKD", chr(n))) > 2
    ]
    name = letters * 300 if letters else "".join(RANDOM.choices(ligatures, k=300))
    mail = receive(mailbox(), f"From: {name} <{wild(60)}@b.test>\n\nx".encode())
    assert_understood(mail)


def test_every_letter_may_stand_in_an_address():
    """Python and PostgreSQL must agree about lower case, whatever the letter."""
    disagreeing = []
    box = mailbox()
    with connection.cursor() as cursor:
        for start in range(0x80, 0x1F000, 0x800):
            chars = [
                chr(n).lower() for n in range(start, start + 0x800) if not 0xD800 <= n < 0xE000
            ]
            cursor.execute("SELECT c FROM unnest(%s::text[]) c WHERE lower(c) <> c", [chars])
            disagreeing += [row[0] for row in cursor.fetchall()]
    for letter_ in [*disagreeing, "İ", "ẞ", "Σ"]:
        assert_understood(receive(box, f"From: x{letter_}@b.test\n\n{letter_}".encode()))


def book(words: int) -> str:
    """A text of so many different words, as long as the search takes them."""
    return " ".join(wild(58) for _ in range(words))


def test_a_long_thread_never_becomes_too_long_for_the_search():
    """A tsvector holds at most one megabyte; a thread of book-length mails goes on."""
    box = mailbox()
    for number, length in enumerate((1900, 4000, 4000)):
        text = book(length)
        mail = receive(
            box, letter(own_id=f"long{number}@b.test", text=text, in_reply_to="long0@b.test")
        )
        assert_understood(mail)
    assert Ticket.objects.get().message_count == 3


def test_two_long_tickets_can_become_one():
    box = mailbox()
    for name, length in (("a", 1900), ("b", 4000)):
        receive(box, letter(own_id=f"{name}@b.test", text=book(length)))
    linking = receive(box, letter(own_id="c@b.test", references=["a@b.test", "b@b.test"]))
    assert_understood(linking)
    assert Ticket.objects.filter(merged_into=None).count() == 1


@given(raw=st.binary(max_size=2000))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_get_a_fate(db: None, raw: bytes):
    box = mailbox(address=f"box{next(NUMBERS)}@desk.test")
    assert_understood(receive(box, raw))


HEADER = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=80)


@given(name=HEADER, address=HEADER, subject=HEADER, text=st.text(max_size=200), own=HEADER)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_in_any_place_gets_a_fate(
    db: None, name: str, address: str, subject: str, text: str, own: str
):
    raw = (
        f"From: {name} <{address}>\nTo: {address}\nCc: {name}\nReply-To: {subject}\n"
        f"Subject: {subject}\nMessage-ID: <{own}>\nReferences: {own} <{own}> <{name}>\n"
        f'Content-Disposition: attachment; filename="{name}"\n\n{text}'
    ).encode("utf-8", "replace")
    box = mailbox(address=f"box{next(NUMBERS)}@desk.test")
    assert_understood(receive(box, raw))


def test_a_mail_the_database_refuses_is_quarantined_after_three_tries_and_stops_no_other():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tickets ADD CHECK (subject <> 'poison')")
    box = mailbox()
    poison = arrive(box, letter(own_id="poison@b.test", subject="poison"))
    neighbours = [arrive(box, letter(own_id=f"n{n}@b.test")) for n in range(3)]
    for expected in (State.STORED, State.STORED, State.QUARANTINED):
        intake.drain()
        poison.refresh_from_db()
        assert poison.state == expected
        InboundMail.objects.filter(pk=poison.pk, state=State.STORED).update(
            next_attempt_at=poison.stored_at
        )
    assert (poison.tries, poison.fate) == (3, Fate.QUARANTINED)
    assert "tickets_subject_check" in poison.error
    for neighbour in neighbours:
        neighbour.refresh_from_db()
        assert_understood(neighbour)
    assert not Contact.objects.filter(tickets=None).exists()
    assert Message.objects.count() == 3


def test_a_mail_that_fills_an_index_row_is_quarantined_and_not_tried_for_ever():
    """PostgreSQL calls a limit of its own an operational error, but waiting mends nothing."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX ON messages (text)")
    box = mailbox()
    mail = arrive(box, letter(own_id="wide@b.test", text=wild(4000)))
    for _ in range(ledger.MAX_TRIES):
        intake.drain()
        InboundMail.objects.filter(pk=mail.pk, state=State.STORED).update(
            next_attempt_at=mail.stored_at
        )
    mail.refresh_from_db()
    assert (mail.state, mail.tries) == (State.QUARANTINED, ledger.MAX_TRIES)


def test_a_mail_whose_bytes_are_gone_is_quarantined_at_once():
    box = mailbox()
    mail = arrive(box, letter())
    blobs._path(mail.sha256).unlink()
    intake.drain()
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (State.QUARANTINED, "The stored bytes are gone or damaged.")


def test_x8_a_quarantined_mail_has_a_ticket_made_of_its_header():
    box = mailbox()
    mail = arrive(box, letter(subject="Pedido 99"))
    blobs._path(mail.sha256).unlink()
    intake.drain()
    mail.refresh_from_db()
    assert mail.ticket is not None
    assert (mail.ticket.subject, mail.ticket.contact_address) == ("Pedido 99", "ana@customers.test")
    assert mail.ticket.waiting_since is not None
    assert mail.message is not None
    assert (mail.message.flags, mail.message.text) == (["unreadable"], "")


def test_x8_a_mail_without_an_id_that_is_read_in_the_end_takes_the_place_of_its_header():
    from tests.desk import TESTS

    box = mailbox()
    mail = arrive(box, letter().replace(b"message-id: <first@customers.test>\n", b""))
    path = blobs._path(mail.sha256)
    content = path.read_bytes()
    path.unlink()
    intake.drain()
    mail.refresh_from_db()
    opened = mail.ticket
    path.write_bytes(content)
    ledger.reprocess(actor=TESTS, inbound_id=mail.id)
    intake.drain()
    mail.refresh_from_db()
    assert (mail.state, mail.ticket) == (State.DONE, opened)
    message = Message.objects.get()
    assert (message.flags, message.text) == ([], "Olá, onde está o meu pedido?")


def test_a_quarantined_mail_can_be_read_again_once_its_trouble_is_over():
    from tests.desk import TESTS

    box = mailbox()
    mail = arrive(box, letter())
    bytes_ = blobs.get(mail.sha256)
    blobs._path(mail.sha256).unlink()
    intake.drain()
    placeholder = Ticket.objects.get()
    blobs.put(bytes_)
    ledger.reprocess(actor=TESTS, inbound_id=mail.id)
    intake.drain()
    mail.refresh_from_db()
    assert (mail.state, mail.fate, mail.ticket) == (State.DONE, Fate.REPLY, placeholder)
    assert [message.flags for message in Message.objects.all()] == [[]]
    placeholder.refresh_from_db()
    assert placeholder.message_count == 1


def test_a_mail_that_killed_its_worker_three_times_is_put_aside():
    box = mailbox()
    mail = arrive(box, letter())
    InboundMail.objects.filter(pk=mail.pk).update(
        state=State.PROCESSING, tries=3, lease_until=mail.stored_at
    )
    after = arrive(box, letter(own_id="after@b.test"))
    intake.drain()
    mail.refresh_from_db()
    after.refresh_from_db()
    assert mail.state == State.QUARANTINED
    assert "killed its worker" in mail.reason
    assert_understood(after)


def test_m15_a_display_name_written_like_an_address_names_nobody():
    box = mailbox()
    receive(box, letter(sender='"suporte@desk.test" <eve@other.test>', own_id="eve@other.test"))
    ticket = Ticket.objects.get()
    assert (ticket.contact.name, ticket.contact_address) == ("", "eve@other.test")
