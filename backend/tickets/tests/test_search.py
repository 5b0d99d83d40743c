"""Finding tickets by their words: accents, beginnings, numbers, and nothing that is a query."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.mailboxes.models import Mailbox
from backend.tickets import changing, selectors
from backend.tickets.models import Ticket
from backend.tickets.replying import Reply, reply
from backend.users.models import User
from tests.desk import acting, mailbox, person, receive, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def box() -> Mailbox:
    return mailbox()


@pytest.fixture
def agent() -> User:
    return person()


@pytest.fixture
def ticket(box: Mailbox) -> Ticket:
    return ticket_from(
        box,
        letter(
            subject="Cobrança indevida nos cartões",
            text="Não fiz essas instalações em São Paulo. Pedido AB-4711/2026.",
        ),
    )


def found(user: User, text: str) -> list[int]:
    rows, _ = selectors.page(user, selectors.TicketFilter(search=text))
    return [row["number"] for row in rows]


@pytest.mark.parametrize(
    "text",
    [
        "cobranca",
        "COBRANÇA",
        "cartao",
        "cartões",
        "instalação",
        "instalac",
        "instalaçõe",
        "nao",
        "são paulo",
        "paulo cartao",
        "4711",
        "ab-4711",
        "ana",
        "lima",
        "ana@customers.test",
        "indevid",
        "cobrança, indevida!",
    ],
)
def test_words_find_whatever_their_accents_case_plural_and_end(
    ticket: Ticket, agent: User, text: str
):
    assert found(agent, text) == [ticket.number]


@pytest.mark.parametrize("text", ["boleto", "cobranca boleto", "cartaz", "brança", "4712"])
def test_words_that_are_not_there_find_nothing(ticket: Ticket, agent: User, text: str):
    assert found(agent, text) == []


def test_a_number_finds_its_ticket(ticket: Ticket, agent: User):
    assert found(agent, str(ticket.number)) == [ticket.number]
    assert found(agent, f" #{ticket.number} ") == [ticket.number]
    assert found(agent, "9" * 18) == []
    assert found(agent, "9" * 400) == []


def test_replies_notes_and_later_mails_are_found_too(box: Mailbox, ticket: Ticket, agent: User):
    reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Estornamos."))
    changing.add_note(actor=acting(agent), user=agent, ticket_id=ticket.id, text="fraude provável")
    receive(box, letter(own_id="b@c.test", in_reply_to="first@customers.test", text="Obrigada!"))
    changing.change(
        actor=acting(agent),
        user=agent,
        ticket_id=ticket.id,
        changes={"subject": "Estorno urgente"},
        version=None,
    )
    for text in ("estornamos", "fraude provavel", "obrigada", "urgente"):
        assert found(agent, text) == [ticket.number], text


def test_nothing_is_found_in_another_teams_tickets_or_in_the_trash(agent: User):
    ticket_from(mailbox(team="Vendas"), letter(subject="Segredo"))
    assert found(agent, "segredo") == []


@pytest.mark.parametrize(
    "text",
    [
        "'",
        "''",
        "\\",
        "cartao'",
        "cartao\\",
        "cartao & ",
        "!cartao",
        "cartao | nada",
        "cartao:*",
        "(cartao",
        "cartao <-> x",
        "'cartao':A",
        "%",
        "_",
        "'; DROP TABLE tickets; --",
        "a b c d e f g h i j k l m n o p",
        "-",
        "\u200b",
        "🙂",
        "ß" * 61,
        "x" * 500,
        "é " * 250,
    ],
)
def test_signs_of_a_query_language_are_only_text(ticket: Ticket, agent: User, text: str):
    assert set(found(agent, text)) <= {ticket.number}
    assert Ticket.objects.count() == 1


def test_operators_do_not_operate(ticket: Ticket, agent: User):
    assert found(agent, "!boleto") == []
    assert found(agent, "boleto | cartao") == []
    assert found(agent, "cartao:B boleto") == []


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_can_be_searched(ticket: Ticket, agent: User, text: str):
    assert set(found(agent, text)) <= {ticket.number}


@given(word=st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=30))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_word_that_was_written_is_found(box: Mailbox, agent: User, word: str):
    from backend.core.folding import words
    from backend.tickets import search

    ticket = Ticket.objects.first() or ticket_from(box, letter())
    search.add(ticket.id, f"antes {word} depois")
    if words(word):
        assert found(agent, f"antes {word}") == [ticket.number]
