import json

import pytest

from backend.mail.message import Bounce
from backend.mail.parse import parse
from backend.mail.tests.mails import mail, multipart, part

RETURNED = part(
    "From: suporte@desk.test\r\nMessage-ID: <t.1@desk.test>\r\nSubject: x\r\n\r\nwords",
    "message/rfc822",
)
DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.test>"


def report(*groups: str, returned: bytes = RETURNED, **headers: str) -> bytes:
    status = "Reporting-MTA: dns; mx.test\r\n\r\n" + "\r\n\r\n".join(groups) + "\r\n"
    return multipart(
        "report; report-type=delivery-status",
        part("Your mail could not be delivered."),
        part(status, "message/delivery-status"),
        returned,
        **headers,
    )


def group(address: str = "ana@x.test", action: str = "failed", status: str = "5.1.1") -> str:
    return f"Final-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: {status}"


def test_b6_b7_a_report_names_recipient_status_action_and_our_mail():
    result = parse(report(group()))
    assert result.auto.kind == "bounce"
    assert result.bounce is not None
    assert result.bounce.recipient == "ana@x.test"
    assert (result.bounce.status, result.bounce.action) == ("5.1.1", "failed")
    assert result.bounce.original_message_id == "t.1@desk.test"


def test_b7_every_recipient_of_a_report_is_read():
    bounces = parse(report(group("a@x.test"), group("b@x.test", "delayed", "4.4.1"))).bounces
    assert [(x.recipient, x.action) for x in bounces] == [
        ("a@x.test", "failed"),
        ("b@x.test", "delayed"),
    ]


@pytest.mark.parametrize(
    ("fields", "status", "action"),
    [
        ("Final-Recipient: rfc822;a@x.test\r\nStatus: 4.2.2 (full)", "4.2.2", "delayed"),
        (
            "Final-Recipient: rfc822;a@x.test\r\nAction: FAILED (x)\r\nStatus: 5.0.0",
            "5.0.0",
            "failed",
        ),
        (
            "Final-Recipient: rfc822;a@x.test\r\nDiagnostic-Code: smtp; 550 5.7.1 no",
            "5.7.1",
            "failed",
        ),
        ("Original-Recipient: rfc822;a@x.test\r\nAction: failed", "5.0.0", "failed"),
        ("Final-Recipient: a@x.test\r\nAction: failed\r\nStatus: 5.1.1", "5.1.1", "failed"),
        ("Final-Recipient: rfc822;\r\n <a@x.test>\r\nAction: failed", "5.0.0", "failed"),
    ],
)
def test_b7_reports_that_bend_the_standard_are_read(fields: str, status: str, action: str):
    bounce = parse(report(fields)).bounce
    assert bounce is not None
    assert (bounce.recipient, bounce.status, bounce.action) == ("a@x.test", status, action)


@pytest.mark.parametrize(
    "kind", ["text/rfc822-headers", "message/rfc822", "message/global-headers"]
)
def test_b7_our_id_is_found_in_the_returned_headers(kind: str):
    bounce = parse(
        report(group(), returned=part("Message-ID:\r\n <t.2@desk.test>\r\n", kind))
    ).bounce
    assert bounce is not None
    assert bounce.original_message_id == "t.2@desk.test"


def test_b6_a_report_that_calls_itself_an_answer_is_still_a_bounce():
    assert parse(report(group(), Auto_Submitted="auto-replied")).auto.kind == "bounce"


def test_x_failed_recipients_of_exim_is_read():
    body = "550 5.1.1 no such user\r\n\r\n--- copy ---\r\nMessage-ID: <t.3@desk.test>\r\n"
    result = parse(mail(body, From=DAEMON, X_Failed_Recipients="a@x.test, b@x.test"))
    assert [x.recipient for x in result.bounces] == ["a@x.test", "b@x.test"]
    assert result.bounces[0].status == "5.1.1"
    assert result.bounces[0].original_message_id == "t.3@desk.test"


def test_x_failed_recipients_of_a_stranger_means_nothing():
    assert parse(mail(X_Failed_Recipients="a@x.test")).bounces == ()


@pytest.mark.parametrize(
    ("headers", "body", "recipient", "status"),
    [
        (
            {"From": DAEMON, "Subject": "failure notice"},
            "I wasn't able to deliver.\r\n\r\n<ana@x.test>:\r\n550 5.1.1 user unknown",
            "ana@x.test",
            "5.1.1",
        ),
        (
            {"From": "postmaster@x.test", "Subject": "Não entregue: Boleto"},
            "Não foi possível entregar a ana@x.test. Caixa cheia. 452 4.2.2",
            "ana@x.test",
            "4.2.2",
        ),
        (
            {"Return_Path": "<>", "Subject": "Undeliverable: x"},
            "ana@x.test: 550 no",
            "ana@x.test",
            "5.0.0",
        ),
    ],
)
def test_b6_reports_for_people_are_known_by_sender_and_words(
    headers: dict[str, str], body: str, recipient: str, status: str
):
    result = parse(mail(body, **headers))
    assert result.auto.kind == "bounce"
    assert result.bounce is not None
    assert (result.bounce.recipient, result.bounce.status) == (recipient, status)


@pytest.mark.parametrize(
    "headers",
    [
        {"Subject": "Undeliverable: x"},
        {"From": "postmaster@x.test", "Subject": "Hello"},
        {"Return_Path": "<>", "Subject": "Out of office: x"},
    ],
)
def test_words_or_sender_alone_make_no_bounce(headers: dict[str, str]):
    assert parse(mail("Bom dia, tudo bem?", **headers)).bounces == ()


def test_row_34_a_report_with_thousands_of_recipients_is_bounded():
    assert len(parse(report(*[group(f"{n}@x.test") for n in range(3_000)])).bounces) == 500


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Undelivered order 1234", "The parcel could not be delivered."),
        ("Delivery failure of my order", "It says the delivery to my office failed."),
        ("Falha na entrega do pedido 55", "Não foi possível fazer a entrega ontem."),
        ("Não entregue", "O pacote não pôde ser entregue, e agora?"),
    ],
)
def test_a_person_who_writes_about_a_failed_delivery_sent_no_report(subject: str, text: str):
    headers = {"From": "Ana <ana@example.com>", "Return-Path": "<ana@example.com>"}
    result = parse(mail(text, Subject=subject, **headers))
    assert (result.auto.kind, result.bounce) == ("none", None)


PASTED = (
    "This is the mail system at host mx.test.\r\n\r\n<ana@x.test>: host mx said: 550 5.1.1 "
    "user unknown\r\n\r\nReceived: from a by b\r\nMessage-ID: <1@b.test>\r\nSubject: x\r\n"
)
FIELDS = part(
    "Final-Recipient: rfc822; ana@x.test\r\nAction: failed\r\nStatus: 5.1.1\r\n",
    "message/delivery-status",
)


@pytest.mark.parametrize(
    "raw",
    [
        mail(PASTED, Subject="Fwd: Undelivered Mail Returned to Sender"),
        mail("Receberam isto?\r\n> " + PASTED, Subject="RES: Não entregue: Boleto"),
        mail(PASTED, Subject="Undelivered Mail Returned to Sender", Return_Path="<ana@x.test>"),
        mail("Final-Recipient: rfc822; a@x.test\r\nAction: failed", Subject="Erro ao enviar"),
        multipart("mixed", part("Veja: delivery failed"), RETURNED, Subject="Erro na entrega"),
        multipart("mixed", part("Olha só"), FIELDS, RETURNED, Subject="Enc: Undeliverable: x"),
        mail("Podemos falar do DKIM?", From="Postmaster <postmaster@x.test>", Subject="Dúvida"),
        mail("I returned the item", Subject="Returned mail order 55"),
        mail("My cheque bounced", Subject="Bounced cheque"),
        mail("oi", Return_Path="<>"),
    ],
)
def test_people_who_forward_quote_or_mention_bounces_stay_people(raw: bytes):
    result = parse(raw)
    assert (result.auto.kind, result.bounces) == ("none", ())


@pytest.mark.parametrize(
    "headers",
    [
        {"Subject": "Falha na entrega do pedido 55", "From": "Loja <noreply@loja.test>"},
        {"Subject": "Delivery failed: parcel 12", "Auto-Submitted": "auto-generated"},
        {"Subject": "Delivery status", "List-Id": "<parcels.test>", "Precedence": "bulk"},
    ],
)
def test_a_shop_that_writes_about_a_parcel_sent_no_report(headers: dict[str, str]):
    result = parse(mail("The parcel could not be delivered to ana@x.test.", **headers))
    assert result.auto.kind != "bounce"


@pytest.mark.parametrize(
    "headers",
    [
        {"Subject": "Automatic reply: Delivery failed", "X-Auto-Response-Suppress": "All"},
        {"Subject": "Re: Boleto", "Auto-Submitted": "auto-replied"},
        {"Subject": "Away until May 5", "Auto-Submitted": "auto-replied (vacation)"},
        {"Subject": "Fora do escritório: Boleto"},
    ],
)
def test_an_absence_note_from_the_null_path_is_an_answer_and_no_bounce(headers: dict[str, str]):
    text = "My answer will be delayed. Your mail was not delivered to bob@x.test, write there."
    raw = mail(text, Return_Path="<>", In_Reply_To="<t.1@desk.test>", **headers)
    result = parse(raw)
    assert (result.auto.kind, result.bounces) == ("auto_reply", ())


def notice(**told: object) -> bytes:
    mail_of_ours = {"headers": [{"name": "Message-ID", "value": "<t.1@desk.test>"}]}
    return mail(
        json.dumps({"notificationType": "", **told, "mail": mail_of_ours}),
        From="SES <no-reply@sns.amazonaws.com>",
    )


def test_b7_notices_of_a_sending_service_are_read():
    person = {
        "emailAddress": "ana@x.test",
        "action": "failed",
        "status": "5.0.0",
        "diagnosticCode": "smtp; 550 5.1.1 user unknown",
    }
    bounce = {"bounceType": "Permanent", "bouncedRecipients": [person]}
    result = parse(notice(notificationType="Bounce", bounce=bounce))
    assert result.auto.kind == "bounce"
    assert result.bounces == (Bounce("ana@x.test", "5.1.1", "failed", "t.1@desk.test"),)
    delivery = {"recipients": ["ana@x.test"], "smtpResponse": "250 2.6.0 Message received"}
    result = parse(notice(notificationType="Delivery", delivery=delivery))
    assert result.bounces == (Bounce("ana@x.test", "2.6.0", "delivered", "t.1@desk.test"),)


@pytest.mark.parametrize("body", ["{", "{" * 100_000, '{"notificationType":"Bounce"', "{}", "[1]"])
def test_a_notice_that_cannot_be_read_is_no_report(body: str):
    assert parse(mail(body, From="no-reply@sns.amazonaws.com")).bounces == ()


def test_b7_a_recipient_told_twice_counts_once():
    assert len(parse(report(group(), group())).bounces) == 1


def test_b7_a_report_without_the_mail_is_tied_by_what_it_answers():
    raw = report(group(), returned=part("x"), In_Reply_To="<t.9@desk.test>")
    bounce = parse(raw).bounce
    assert bounce is not None
    assert bounce.original_message_id == "t.9@desk.test"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("user unknown", "5.1.1"),
        ("mailbox is full", "5.2.2"),
        ("452 mailbox is full", "4.2.2"),
        ("Host unknown", "5.1.2"),
        ("message size exceeds limit", "5.3.4"),
        ("blocked as spam", "5.7.1"),
        ("this account has been disabled", "5.2.1"),
        ("message expired", "5.4.7"),
        ("connection refused", "5.4.1"),
        ("too many hops", "5.4.6"),
        ("usuário inexistente", "5.1.1"),
        ("caixa postal cheia", "5.2.2"),
        ("550 sorry", "5.0.0"),
        ("sorry", "5.0.0"),
        ("550 5.2.1 (user unknown)", "5.2.1"),
        ("server 5.5.2657.72 says 550 nothing", "5.0.0"),
    ],
)
def test_b7_a_bounce_without_a_code_gets_its_status_from_its_words(words: str, status: str):
    raw = mail(f"<ana@x.test>:\r\n{words}\r\n", From=DAEMON, Subject="failure notice")
    bounce = parse(raw).bounce
    assert bounce is not None
    assert (bounce.recipient, bounce.status, bounce.action) == ("ana@x.test", status, "failed")
