import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.reply import strip

NEW = "Ainda não recebi o boleto.\nPodem reenviar?"
OLD = "Segue o boleto em anexo.\nBom dia!"
QUOTED = "\n".join(f"> {line}" for line in OLD.split("\n"))

ATTRIBUTIONS = [
    # Gmail
    "Em seg., 3 de mar. de 2026 às 10:00, Ana <a@x.test> escreveu:",
    "Em ter, 3 de mar de 2026 10:00, Ana Silva <a@x.test>\nescreveu:",
    "Em seg., 3 de mar. de 2026 às 10:00, Loja e Serviços Ltda\n<suporte@loja.test> escreveu:",
    "On Mon, Mar 3, 2026 at 10:00 AM Ana <a@x.test> wrote:",
    "On Mon, Mar 3, 2026 at 10:00 AM Ana Maria da Silva e Souza <\na@x.test> wrote:",
    "El lun, 3 mar 2026 a las 10:00, Ana (<a@x.test>) escribió:",
    "El lun., 3 mar. 2026 10:00, Ana <a@x.test> escribió:",
    # Apple Mail
    "Em 3 de mar. de 2026, à(s) 10:00, Ana <a@x.test> escreveu:",
    "On 3 Mar 2026, at 10:00, Ana <a@x.test> wrote:",
    "El 3 mar 2026, a las 10:00, Ana <a@x.test> escribió:",
    # Thunderbird
    "Em 03/03/2026 10:00, Ana escreveu:",
    "On 03/03/2026 10:00, Ana wrote:",
    "El 3/3/26 a las 10:00, Ana escribió:",
    # Yahoo
    "Em segunda-feira, 3 de março de 2026 às 10:00:00 BRT, Ana <a@x.test> escreveu:",
    "On Monday, March 3, 2026 at 10:00:00 AM GMT-3, Ana <a@x.test> wrote:",
    "El lunes, 3 de marzo de 2026, 10:00:00 GMT-3, Ana <a@x.test> escribió:",
    # others
    "Am Mo., 3. März 2026 um 10:00 Uhr schrieb Ana <a@x.test>:",
    "Am 03.03.2026 um 10:00 schrieb Ana:",
    "Le lun. 3 mars 2026 à 10:00, Ana <a@x.test> a écrit :",
    "Il giorno lun 3 mar 2026 alle ore 10:00 Ana <a@x.test> ha scritto:",
    "Op ma 3 mrt 2026 om 10:00 schreef Ana <a@x.test>:",
    "W dniu 3.03.2026 o 10:00, Ana pisze, napisał(a):",
    "Den 3 mars 2026 10:00 skrev Ana <a@x.test>:",
    'On 3 Mar 2026, at 10:00, "O\'Neil, Ana [Sales]" <a@x.test> wrote:',
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
@pytest.mark.parametrize("old", [QUOTED, OLD], ids=["marked", "unmarked"])
def test_q3_what_follows_an_attribution_is_left_out(attribution: str, old: str):
    assert strip(f"{NEW}\n\n{attribution}\n\n{old}").text == NEW


BLOCKS = [
    "De: Ana <a@x.test>\nEnviado em: 3 de março de 2026 10:00\nPara: Suporte\nAssunto: Boleto",
    "De: Ana <a@x.test>\nEnviada em: 3 de março de 2026\nPara: Suporte\nCc: B\nAssunto: Boleto",
    "De: Ana <a@x.test>\nData: 03/03/2026\nPara: Suporte\nAssunto: Boleto",
    "De: Ana <a@x.test>\nPara: Suporte\nEnviadas: 3 de março de 2026\nAssunto: Boleto",
    "From: Ana <a@x.test>\nSent: Monday, March 3, 2026 10:00 AM\nTo: Support\nSubject: Invoice",
    "*From:* Ana <a@x.test>\n*Sent:* Monday, March 3, 2026\n*To:* Support\n*Subject:* Invoice",
    "De: Ana <a@x.test>\nEnviado el: lunes, 3 de marzo de 2026\nPara: Soporte\nAsunto: Factura",
    "Von: Ana <a@x.test>\nGesendet: Montag, 3. März 2026\nAn: Support\nBetreff: Rechnung",
    "De : Ana <a@x.test>\nEnvoyé : lundi 3 mars 2026\nÀ : Support\nObjet : Facture",
    "-----Mensagem original-----\nDe: Ana",
    "-----Mensagem Original-----\nDe: Ana",
    "-----Original Message-----\nFrom: Ana",
    "----- Mensaje original -----\nDe: Ana",
    "-----Ursprüngliche Nachricht-----\nVon: Ana",
    "---------- Forwarded message ---------\nFrom: Ana",
    "---------- Mensagem encaminhada ---------\nDe: Ana",
    "-------- Mensagem encaminhada --------\nAssunto: x",
    "Início da mensagem encaminhada:\n\nDe: Ana",
]


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("rule", ["", "________________________________\n"], ids=["plain", "rule"])
def test_q3_what_follows_a_header_block_is_left_out(block: str, rule: str):
    assert strip(f"{NEW}\n\n{rule}{block}\n\n{OLD}").text == NEW


@pytest.mark.parametrize(
    "text",
    [
        "On Monday we wrote to you.\nNo answer came.",
        "Em 3 de março escrevi para vocês: sem resposta.",
        "From: is the field in the form\nthat I cannot fill",
        "De: para quem?\nNão sei.",
        "O valor é\n> 100\nreais",
        "> 100",
        "if a > b:\n    print(a)",
        "Data: 03/03/2026\nValor: 10,00",
        "Wrote:\nnothing",
        "O cliente escreveu:\nnão funciona",
        "a | b\n--|--\n1 | 2",
        "Sent from my desk, is much easier than my phone.",
        "Obrigado",
        "Atenciosamente,",
    ],
)
def test_q4_what_is_no_quote_stays(text: str):
    assert strip(text).text == text


def test_q5_an_answer_below_the_quote_is_found():
    assert strip(f"Em 03/03/2026 10:00, Ana escreveu:\n{QUOTED}\n\n{NEW}").text == NEW


def test_q5_an_answer_below_a_quote_without_introduction_is_found():
    assert strip(f"{QUOTED}\n\n{NEW}").text == NEW


def test_q5_an_interleaved_answer_keeps_its_context():
    text = "Em 03/03/2026 10:00, Ana escreveu:\n> Qual o valor?\nDez reais.\n> E o prazo?\nAmanhã."
    assert strip(text).text == "> Qual o valor?\nDez reais.\n> E o prazo?\nAmanhã."


SIGNATURES = [
    "-- \nAna Silva\n+55 11 99999-0000",
    "--\nAna",
    "Atenciosamente,\nAna Silva\nGerente",
    "Att.\nAna",
    "Abraços,\nAna",
    "Grata!\nAna",
    "Obrigado,\n\nAna Silva\n(11) 99999-0000",
    "Best regards,\nAna",
    "Saludos,\nAna",
    "Mit freundlichen Grüßen\nAna",
    "Enviado do meu iPhone",
    "Enviado do meu celular",
    "Enviado via Outlook para Android",
    "Obter o Outlook para iOS",
    "Obter o Outlook para Android",
    "Enviado do Yahoo Mail no Android",
    "Enviado do Email para Windows",
    "Sent from my iPhone",
    "Sent from my Galaxy S26",
    "Get Outlook for iOS",
    "Enviado desde mi iPhone",
    "Von meinem iPhone gesendet",
    "Envoyé de mon iPhone",
    "AVISO LEGAL: o conteúdo é reservado.",
    "Esta mensagem pode conter informação confidencial.",
    "This e-mail is confidential and intended only for the addressee.",
]


@pytest.mark.parametrize("signature", SIGNATURES)
def test_q6_signatures_are_left_out_and_said_so(signature: str):
    result = strip(f"{NEW}\n\n{signature}")
    assert (result.text, result.signature_stripped) == (NEW, True)


@pytest.mark.parametrize("signature", SIGNATURES)
def test_q6_a_signature_above_the_quote_is_left_out(signature: str):
    text = f"{NEW}\n\n{signature}\n\n{ATTRIBUTIONS[0]}\n{QUOTED}"
    assert strip(text).text == NEW


@pytest.mark.parametrize("signature", SIGNATURES)
def test_q6_a_signature_is_never_the_only_content(signature: str):
    result = strip(signature)
    assert (result.text, result.signature_stripped) == (signature.replace("-- \n", "--\n"), False)


@pytest.mark.parametrize(
    "text",
    [QUOTED, f"{ATTRIBUTIONS[0]}\n{QUOTED}", f"{BLOCKS[0]}\n\n{OLD}", "-- \nAna", "  \n x"],
)
def test_q1_when_nothing_would_be_left_everything_is_shown(text: str):
    assert strip(text).text.strip() == "\n".join(x.rstrip() for x in text.split("\n")).strip()


@given(st.text())
def test_q1_the_reply_is_never_empty_unless_the_text_is(text: str):
    assert bool(strip(text).text.strip()) == bool(text.strip())


LINES = st.sampled_from(
    [*ATTRIBUTIONS, *BLOCKS, *SIGNATURES, QUOTED, OLD, NEW, "", "> ", "From: a", "On x:", "--"]
)


@given(st.lists(LINES, max_size=12))
def test_q1_every_line_of_the_reply_is_a_line_of_the_text(pieces: list[str]):
    text = "\n".join(pieces)
    known = {line.rstrip() for line in text.split("\n")}
    assert all(line in known for line in strip(text).text.split("\n"))


@pytest.mark.parametrize(
    "line",
    [
        *("On On On wrote", "On 3 a:", "From: a", "De: a\n\n", "> x\ny", "-" * 490 + "x"),
        *("Esta mensagem" + " " * 480 + "x", "Em " * 150, ":" * 400, "Att\n" * 2, "x" * 499 + ":"),
    ],
)
def test_q7_a_mebibyte_of_almost_quotes_is_read(line: str):
    text = f"{line}\n" * ((1 << 20) // (len(line) + 1))
    assert strip(text).text


@pytest.mark.parametrize(
    "text", ["On " * 40_000, ">" * 100_000, " " * 1_000_000, "wrote:" * 100_000]
)
def test_row_55_one_long_line_is_read(text: str):
    assert strip(text).text == text.strip("\n").rstrip()
