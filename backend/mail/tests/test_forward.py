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


OUTLOOK = (
    "Para conhecimento.\n\nDe: Ana Silva <ana@customer.test>\nEnviada em: 2 de março de 2026\n"
    "Para: Suporte <suporte@desk.test>; Bia <b@desk.test>\nAssunto: Boleto\n\nNão recebi."
)


@pytest.mark.parametrize("prefix", ["ENC", "Enc", "FW", "Fwd", "WG", "TR", "RV", "I", "VB", "PD"])
def test_t12_outlook_tells_a_forward_by_the_subject_alone(prefix: str):
    forwarded = parse(mail(OUTLOOK, Subject=f"{prefix}: Boleto")).forwarded
    assert forwarded is not None
    assert [x.address for x in forwarded.to] == ["suporte@desk.test", "b@desk.test"]
    assert (forwarded.subject, forwarded.text) == ("Boleto", "Não recebi.")


@pytest.mark.parametrize("subject", ["RES: Boleto", "Re: ENC: Boleto", "Boleto", "AW: WG: Boleto"])
def test_t12_the_same_block_under_an_answer_is_no_forward(subject: str):
    assert parse(mail(OUTLOOK, Subject=subject)).forwarded is None


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Ana Silva [mailto:ana@customer.test]", "ana@customer.test"),
        ("Ana Silva <mailto:ana@customer.test>", "ana@customer.test"),
        ("Ana Silva <ana@customer.test<mailto:ana@customer.test>>", "ana@customer.test"),
        ("Ana Silva <ana@customer.test> <mailto:ana@customer.test>", "ana@customer.test"),
        ('"Silva, Ana" <ana@customer.test>', "ana@customer.test"),
        ("Ana Silva\n <ana@customer.test>", "ana@customer.test"),
    ],
)
def test_t12_the_author_is_read_however_the_program_writes_addresses(written: str, address: str):
    text = f"---------- Forwarded message ---------\nFrom: {written}\nSubject: x\n\nold"
    forwarded = parse(mail(text)).forwarded
    assert forwarded is not None
    assert forwarded.from_ is not None
    assert forwarded.from_.address == address


def test_t12_a_forward_deeper_in_the_quoted_history_was_not_made_by_this_author():
    quoted = (
        f"Enviado: ontem\nPara: c\nAssunto: x\n\n---------- Forwarded message ---------\n{BLOCK}"
    )
    text = f"Obrigado!\n\nDe: B <b@desk.test>\n{quoted}"
    assert parse(mail(text, Subject="RES: x")).forwarded is None
    marked = "\n".join(
        f"> {x}" for x in f"---------- Forwarded message ---------\n{BLOCK}".split("\n")
    )
    answer = f"Obrigado!\n\nEm 02/03/2026 10:00, B escreveu:\n{marked}"
    assert parse(mail(answer)).forwarded is None


def test_t13_the_words_of_who_forwards_are_the_reply_text():
    assert parse(mail(OUTLOOK, Subject="ENC: Boleto")).reply_text == "Para conhecimento."


def test_q1_a_forward_without_words_is_shown_whole():
    text = f"---------- Forwarded message ---------\n{BLOCK}"
    assert parse(mail(text)).reply_text.endswith("Não recebi o boleto.")
