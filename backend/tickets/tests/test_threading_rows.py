"""Tokens in addresses, changed subjects, closed tickets, shared mailboxes, other desks (1.5)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.mail.token import make_message_id, make_reply_address
from backend.mailboxes.models import InboundMail, Mailbox
from backend.tickets import changing, receiving
from backend.tickets.models import Message, Ticket
from backend.tickets.replying import Reply, reply
from backend.tickets.subjects import without_prefixes
from backend.tickets.threading import token_key
from backend.users.models import User
from tests.desk import acting, mailbox, person, receive, ticket_from
from tests.mails import DESK, letter

pytestmark = pytest.mark.django_db
Fate = InboundMail.Fate


@pytest.fixture
def box() -> Mailbox:
    return mailbox()


@pytest.fixture
def agent() -> User:
    return person()


def set_status(ticket: Ticket, agent: User, status: str) -> None:
    changing.change(
        actor=acting(agent),
        user=agent,
        ticket_id=ticket.id,
        changes={"status": status},
        version=None,
    )


@pytest.mark.parametrize("field", ["to", "cc", "delivered_to", "x_original_to"])
def test_t1_a_mail_to_the_signed_address_joins_its_ticket(box: Mailbox, field: str):
    ticket = ticket_from(box, letter())
    signed = make_reply_address(DESK, ticket.number, token_key())
    back = receive(box, letter(own_id="b@customers.test", **{field: signed.upper()}))
    assert (back.fate, back.ticket) == (Fate.REPLY, ticket)


def test_t1_an_answer_names_the_signed_address_where_the_server_takes_it(agent: User):
    from backend.core import blobs

    box = mailbox(plus_addressing=True)
    ticket = ticket_from(box, letter())
    message = reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Oi."))
    signed = make_reply_address(DESK, ticket.number, token_key())
    assert f"Reply-To: Suporte <{signed}>".encode() in blobs.get(message.outbound.sha256)
    answer = letter(own_id="b@customers.test", to=signed, cc=f"{signed}, rui@customers.test")
    receive(box, answer)
    again = reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Oi."))
    assert [one["address"] for one in again.to + again.cc] == [
        "ana@customers.test",
        "rui@customers.test",
    ]


def test_t2_an_address_with_a_wrong_mac_names_no_ticket(box: Mailbox):
    ticket = ticket_from(box, letter())
    forged = make_reply_address(DESK, ticket.number, b"some other key of 16 bytes")
    assert receive(box, letter(own_id="b@customers.test", to=forged)).fate == Fate.TICKET


def test_t2_a_forged_message_id_of_ours_is_shown(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter())
    forged = make_message_id(ticket.id, "desk.test", b"some other key of 16 bytes")
    mail = receive(box, letter(own_id="b@other.test", in_reply_to=forged))
    assert mail.message is not None
    assert mail.message.flags == ["wrong_token"]
    elsewhere = make_message_id(ticket.id, "another-desk.test", b"some other key of 16 bytes")
    honest = receive(box, letter(own_id="c@other.test", in_reply_to=elsewhere))
    assert honest.message is not None
    assert honest.message.flags == []


def test_t5_a_colleague_named_later_is_known_whichever_mail_comes_first(box: Mailbox):
    ticket = ticket_from(box, letter())
    early = receive(
        box,
        letter(
            sender="carla@customers.test",
            own_id="carla@customers.test",
            references=["first@customers.test", "copying@customers.test"],
        ),
    )
    assert early.message is not None
    assert early.message.flags == ["another_address"]
    receive(
        box,
        letter(
            own_id="copying@customers.test",
            in_reply_to="first@customers.test",
            cc="carla@customers.test",
        ),
    )
    early.message.refresh_from_db()
    ticket.refresh_from_db()
    assert early.message.flags == []
    assert not ticket.needs_attention


def test_t7_replies_to_a_mail_we_never_saw_are_one_ticket(box: Mailbox):
    first = receive(box, letter(own_id="a@customers.test", in_reply_to="unseen@customers.test"))
    second = receive(box, letter(own_id="b@customers.test", in_reply_to="unseen@customers.test"))
    assert (second.fate, second.ticket) == (Fate.REPLY, first.ticket)


def test_t9_a_changed_subject_with_references_stays_and_keeps_its_own_subject(box: Mailbox):
    ticket = ticket_from(box, letter())
    other = receive(
        box,
        letter(
            own_id="b@customers.test", in_reply_to="first@customers.test", subject="Outra coisa"
        ),
    )
    assert other.ticket == ticket
    assert other.message is not None
    assert other.message.subject == "Outra coisa"


def test_t10_thread_index_and_topic_join_nothing(box: Mailbox):
    headers = {"thread_index": "AQHYabcdefabcdefabcdef==", "thread_topic": "Pedido 4711"}
    first = receive(box, letter(own_id="a@customers.test", **headers))
    second = receive(box, letter(own_id="b@customers.test", **headers))
    assert first.ticket != second.ticket


_PREFIXES = "Re RE Res RES Enc ENC Fw Fwd Aw AW Antw Wg Rv Tr R I Odp Sv Vs Re[2] Re:Fwd:Enc"


@pytest.mark.parametrize("prefix", [*_PREFIXES.split(), "Re [12]"])
def test_t11_prefixes_of_all_languages_are_left_out(prefix: str):
    assert without_prefixes(f"{prefix}: Nota fiscal") == "Nota fiscal"


def test_t11_words_that_only_begin_like_a_prefix_stay():
    assert without_prefixes("Retorno: nota") == "Retorno: nota"
    assert without_prefixes("Re nota") == "Re nota"


def test_t15_a_new_ticket_continues_the_one_closed_too_long_ago(agent: User):
    box = mailbox(reopen_days=7)
    old = ticket_from(box, letter())
    set_status(old, agent, "closed")
    Ticket.objects.update(closed_at=timezone.now() - timedelta(days=8))
    back = receive(box, letter(own_id="b@customers.test", in_reply_to="first@customers.test"))
    assert back.fate == Fate.TICKET
    assert back.reason == f"#{old.number} was closed more than 7 days ago"
    assert back.ticket is not None
    assert back.ticket.continues == old


def test_t15_a_stranger_continues_nothing(agent: User):
    box = mailbox(reopen_days=7)
    old = ticket_from(box, letter())
    set_status(old, agent, "closed")
    Ticket.objects.update(closed_at=timezone.now() - timedelta(days=8))
    odd = receive(
        box,
        letter(sender="eve@other.test", own_id="b@other.test", in_reply_to="first@customers.test"),
    )
    assert odd.ticket is not None
    assert odd.ticket.continues is None


def test_t15_a_ticket_reopened_again_and_again_is_left_to_a_person(
    box: Mailbox, agent: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(receiving, "MOST_REOPENINGS", 2)
    ticket = ticket_from(box, letter())
    for number in range(3):
        set_status(ticket, agent, "resolved")
        receive(box, letter(own_id=f"n{number}@customers.test", in_reply_to="first@customers.test"))
        ticket.refresh_from_db()
    assert (ticket.status_id, ticket.needs_attention) == ("resolved", True)
    assert ticket.message_count == 4


def test_t16_a_mail_to_two_mailboxes_is_a_ticket_in_each(box: Mailbox):
    sales = mailbox("vendas@desk.test")
    one = receive(box, letter())
    two = receive(sales, letter())
    assert (one.fate, two.fate) == (Fate.TICKET, Fate.TICKET)
    assert one.ticket != two.ticket


def test_t16_mailboxes_that_share_conversations_keep_one_ticket():
    support = mailbox(share_conversations=True)
    sales = mailbox("vendas@desk.test", share_conversations=True)
    apart = mailbox("rh@desk.test")
    one = receive(support, letter())
    two = receive(sales, letter() + b"\n")
    three = receive(apart, letter())
    assert two.ticket == one.ticket
    assert two.fate == Fate.DUPLICATE
    assert three.ticket != one.ticket


def test_t17_the_same_id_with_other_bytes_is_a_second_message_marked(box: Mailbox):
    first = receive(box, letter())
    second = receive(box, letter(text="Outra coisa com o mesmo Message-ID.\n"))
    assert second.ticket == first.ticket
    assert second.message is not None
    assert second.message.flags == ["same_id_other_bytes"]
    assert Message.objects.count() == 2


def partner(number: str, *, own_id: str, sender: str = "ti@cliente.test") -> bytes:
    return letter(sender=sender, own_id=own_id, subject=f"[{number}] Servidor fora do ar")


def test_t20_the_number_of_a_partners_desk_joins():
    box = mailbox(partner_desks=[{"domain": "cliente.test", "prefix": "INC"}])
    first = receive(box, partner("INC0012345", own_id="a@cliente.test"))
    second = receive(box, partner("INC0012345", own_id="b@cliente.test"))
    other = receive(box, partner("INC0099999", own_id="c@cliente.test"))
    assert (second.fate, second.ticket) == (Fate.REPLY, first.ticket)
    assert other.ticket != first.ticket


def test_t20_the_same_number_from_elsewhere_joins_nothing():
    box = mailbox(partner_desks=[{"domain": "cliente.test", "prefix": "INC"}])
    first = receive(box, partner("INC0012345", own_id="a@cliente.test"))
    elsewhere = receive(box, partner("INC0012345", own_id="b@other.test", sender="eve@other.test"))
    colleague = receive(
        box, partner("INC0012345", own_id="c@cliente.test", sender="rh@cliente.test")
    )
    assert elsewhere.ticket != first.ticket
    assert colleague.ticket == first.ticket
    assert colleague.message is not None
    assert colleague.message.flags == ["another_address"]


def test_t21_case_and_plus_tags_of_an_address_are_as_written_but_compared_without_case(
    box: Mailbox,
):
    ticket = ticket_from(box, letter(sender="Ana.Lima+Loja@Customers.test"))
    assert ticket.contact_address == "ana.lima+loja@customers.test"
    same = ticket_from(box, letter(sender="ANA.LIMA+loja@customers.TEST", own_id="b@x.test"))
    dotless = ticket_from(box, letter(sender="analima+loja@customers.test", own_id="c@x.test"))
    assert same.contact == ticket.contact
    assert dotless.contact != ticket.contact


def test_t20_nobody_takes_the_place_of_a_partners_number_with_an_id_of_that_form():
    box = mailbox(partner_desks=[{"domain": "cliente.test", "prefix": "INC"}])
    number = b"partner:cliente.test:inc0012345"
    trap = receive(box, letter(sender="eve@other.test", own_id="PLACE").replace(b"PLACE", number))
    first = receive(box, partner("INC0012345", own_id="a@cliente.test"))
    assert first.ticket != trap.ticket
    cited = receive(
        box,
        letter(
            sender="eve@other.test",
            own_id="b@other.test",
            in_reply_to="PLACE",
        ).replace(b"PLACE", number),
    )
    assert cited.ticket == trap.ticket


def test_t16_an_answer_to_two_mailboxes_is_one_message_of_its_ticket(box: Mailbox, agent: User):
    sales = mailbox("vendas@desk.test")
    ticket = ticket_from(box, letter())
    sent = reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Oi."))
    answer = {"own_id": "b@customers.test", "in_reply_to": sent.message_id, "text": "Obrigada!\n"}
    one = receive(box, letter(**answer, delivered_to=DESK))
    two = receive(sales, letter(**answer, delivered_to="vendas@desk.test"))
    assert (one.fate, two.fate) == (Fate.REPLY, Fate.DUPLICATE)
    assert two.ticket == ticket
    assert DESK in two.reason
    assert Message.objects.filter(ticket=ticket, direction="in").count() == 2


def test_t16_other_words_under_the_same_id_are_a_message_of_their_own(box: Mailbox, agent: User):
    sales = mailbox("vendas@desk.test")
    ticket = ticket_from(box, letter())
    sent = reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Oi."))
    answer = {"own_id": "b@customers.test", "in_reply_to": sent.message_id}
    receive(box, letter(**answer, text="Obrigada!\n"))
    assert receive(sales, letter(**answer, text="Outra coisa.\n")).fate == Fate.REPLY
