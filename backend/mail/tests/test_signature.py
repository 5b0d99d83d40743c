"""What ends a letter and what only looks so (Q6)."""

import pytest

from backend.mail.reply import strip

WORDS = "The lid is cracked.\nCan you send another one?"
SIGNATURES = [
    "--\nBob",
    "-- \nBob\nACME Inc\n+1 555 0100",
    "—\nBob",
    "-Abhishek Kona",
    "/John",
    "- Bob Smith",
    "Regards, Bob",
    "Cheers,\nBob Smith\nACME Inc\n+1 555 0100",
    "Thanks,\nBob",
    "Thanks & Regards,\n\nBob",
    "Obrigada,\nAna Maria da Silva",
    "Desde já, obrigado.\nAtt.\nRui",
    "Abs, Ana",
    "Um grande abraço\nAna",
    "Muchas gracias\nLucía",
    "Viele Grüße\nJürgen",
    "Bien cordialement,\nÉlodie",
    "Cordiali saluti\nChiara",
    "Mvg\nJoris",
    "Pozdrawiam,\nŁukasz",
    "С уважением,\nАнна",
    "Mvh,\nÅsa\n070-0000000",
    "Kh\nPeter",
    "Ystävällisin terveisin\nPäivi",
    "S pozdravem\nJiří",
    "以上、よろしくお願いいたします",
    "此致\n敬礼",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Sent from a magnificent torch of pixels",
    "Sent from Mail for Windows 10",
    "Enviado pelo Gmail no celular",
    "Enviado com o Proton Mail",
    "Outlook für Android beziehen",
    "Diese Nachricht wurde von meinem Android-Gerät gesendet.",
    "Envoyé à partir d'Outlook pour iOS",
    "Inviato da iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Wysłane z iPhone'a",
    "Отправлено с iPhone",
    "Skickat från min iPhone",
    "Sendt fra min iPhone",
    "Lähetetty iPhonesta",
    "Odesláno z iPhonu",
    "iPhoneから送信",
    "发自我的iPhone",
    "AVISO DE CONFIDENCIALIDADE: o conteúdo é reservado.",
    "*CONFIDENTIALITY NOTICE*: This e-mail is for the addressee.",
    "Diese E-Mail enthält vertrauliche Informationen.",
    "Ce message est confidentiel.",
    "Questo messaggio è riservato al destinatario.",
    "Antes de imprimir, pense no meio ambiente.",
    "_______________________________\nBob Smith\nbob@x.test\n+1 555 0100",
    "_" * 47 + "\nusers mailing list\nusers@lists.x.test",
    "Regards,\nBob\n\nSent from my iPhone\n\nCONFIDENTIALITY NOTICE: this e-mail is private.",
]


@pytest.mark.parametrize("signature", SIGNATURES)
def test_q6_signatures_of_many_languages_are_left_out(signature: str):
    result = strip(f"{WORDS}\n\n{signature}\n")
    assert (result.text, result.signature_stripped) == (WORDS, True)


@pytest.mark.parametrize(
    "text",
    [
        "List:\n- Bread\n- Milk",
        "Things to buy\n\n- Bread",
        "Please fix it.\n\nThanks",
        "Obrigado!\nAmanhã eu confirmo o pagamento",
        "Thanks, Bob! I will try it tomorrow and let you know.\nIt may take a while.",
        "Enviei o documento.\n\nEnviado do banco para a conta errada, como provar?",
        "Enviado de São Paulo ontem\nNão chegou",
        "Esta mensagem aparece na tela\nquando tento entrar",
        "Hi there -- this is no signature.\n\nkthxbai",
        "Here it is\n\nSent from my desk, is much easier than my phone.",
        "Best\nof all would be a refund, since I have waited for more than three weeks by now.",
        "Regards the invoice: it is wrong.\nPlease look.",
        "Um abraço\nfoi o que o cliente pediu, e mais nada do que isso eu vou poder fazer hoje.",
    ],
)
def test_q6_what_only_looks_like_a_signature_stays(text: str):
    result = strip(text)
    assert (result.text, result.signature_stripped) == (text, False)


@pytest.mark.parametrize("signature", ["-- \nBob", "Sent from my iPhone", "Regards,\nBob"])
def test_q6_a_signature_alone_above_a_quote_is_shown(signature: str):
    text = f"{signature}\n\nOn Mon, Mar 2, 2026 at 10:00 AM A <a@x.test> wrote:\n> old"
    result = strip(text)
    assert (result.text, result.signature_stripped) == (signature.replace("-- \n", "--\n"), False)


def test_q6_a_signature_alone_above_a_forward_is_no_answer():
    text = "-- \nBob\n\n---------- Forwarded message ---------\nFrom: a <a@x.test>\n\nold"
    result = strip(text)
    assert (result.text, result.signature_stripped) == (text.replace("-- \n", "--\n"), False)


def test_q6_what_the_readers_own_server_wrote_on_top_is_left_out():
    banner = "CAUTION: This email originated from outside of the organization."
    result = strip(f"{banner}\n\n{WORDS}")
    assert (result.text, result.signature_stripped) == (WORDS, False)


def test_q6_a_warning_in_the_mail_itself_stays():
    text = "Atenção: o e-mail de cobrança chegou duas vezes.\nPodem verificar?"
    assert strip(text).text == text
