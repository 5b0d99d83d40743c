import pytest

from backend.mail.parse import parse
from backend.mail.tests.mails import mail

BLOCK = (
    "De: Ana Silva <ana@customer.test>\nDate: seg., 3 de mar. de 2026 às 10:00\n"
    "Subject: Boleto\nTo: <suporte@desk.test>, Bia <b@desk.test>\n\n\nNão recebi o boleto."
)


@pytest.mark.parametrize(
    "line",
    [
        "---------- Forwarded message ---------",
        "---------- Mensagem encaminhada ---------",
        "-------- Mensagem encaminhada --------",
        "Início da mensagem encaminhada:",
        "Begin forwarded message:",
        "---------- Weitergeleitete Nachricht ---------",
    ],
)
def test_t12_a_forwarded_mail_is_found_with_its_author(line: str):
    forwarded = parse(mail(f"Veja abaixo\n\n{line}\n{BLOCK}")).forwarded
    assert forwarded is not None
    assert forwarded.from_ is not None
    assert (forwarded.from_.name, forwarded.from_.address) == ("Ana Silva", "ana@customer.test")
    assert [x.address for x in forwarded.to] == ["suporte@desk.test", "b@desk.test"]
    assert (forwarded.subject, forwarded.text) == ("Boleto", "Não recebi o boleto.")
    assert forwarded.date == "seg., 3 de mar. de 2026 às 10:00"


def test_t12_apple_mail_puts_a_blank_line_before_the_block():
    forwarded = parse(mail(f"Início da mensagem encaminhada:\n\n{BLOCK}")).forwarded
    assert forwarded is not None
    assert forwarded.subject == "Boleto"


@pytest.mark.parametrize(
    "text",
    ["Olá", BLOCK, "---------- Forwarded message ---------\nno header", "-------- x --------"],
)
def test_without_announcement_and_block_nothing_was_forwarded(text: str):
    assert parse(mail(text)).forwarded is None
