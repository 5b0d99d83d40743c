import pytest

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
