import json

import pytest

from backend.mail.message import Complaint, Receipt
from backend.mail.parse import parse
from backend.mail.tests.mails import mail, multipart, part

OURS = part(
    "From: suporte@desk.test\r\nTo: Ana <ana@x.test>\r\nMessage-ID: <t.1@desk.test>\r\n\r\nwords",
    "message/rfc822",
)


def complaint(fields: str, returned: bytes = OURS, kind: str = "feedback-report") -> bytes:
    return multipart(
        f"report; report-type={kind}",
        part("This is an email abuse report."),
        part(fields, "message/feedback-report"),
        returned,
        From="fbl@provider.test",
    )


def receipt(fields: str, subject: str = "Lida: Boleto", **headers: str) -> bytes:
    return multipart(
        "report; report-type=disposition-notification",
        part("Sua mensagem foi lida."),
        part(fields, "message/disposition-notification"),
        Subject=subject,
        **headers,
    )


def test_b9_a_complaint_tells_who_complained_and_about_which_mail():
    # RFC 5965 appendix B.2
    fields = (
        "Feedback-Type: abuse\r\nUser-Agent: SomeGenerator/1.0\r\nVersion: 1\r\n"
        "Original-Mail-From: <somespammer@example.net>\r\nOriginal-Rcpt-To: <user@example.com>\r\n"
        "Source-IP: 192.0.2.1\r\nReported-Domain: example.net\r\n"
    )
    result = parse(complaint(fields))
    assert result.auto.kind == "complaint"
    assert result.complaint == Complaint("abuse", "user@example.com", "t.1@desk.test")
    assert (result.bounces, result.receipt) == ((), None)


@pytest.mark.parametrize(
    ("fields", "feedback_type", "recipient"),
    [
        ("Feedback-Type: Fraud", "fraud", "ana@x.test"),
        ("Feedback-Type: not-spam (by the user)", "not-spam", "ana@x.test"),
        ("Version: 1", "abuse", "ana@x.test"),
        ("Feedback-Type: opt-out\r\nRemoval-Recipient: bob@y.test", "opt-out", "bob@y.test"),
        (
            "Feedback-Type: abuse\r\nOriginal-Rcpt-To: redacted@y.test\r\n"
            "Original-Rcpt-To: rfc822; c@y.test",
            "abuse",
            "c@y.test",
        ),
        # RFC 6591: a server tells that a signature failed, nobody complained
        ("Feedback-Type: auth-failure\r\nAuth-Failure: dmarc", "auth-failure", ""),
    ],
)
def test_b9_feedback_types_and_recipients(fields: str, feedback_type: str, recipient: str):
    result = parse(complaint(fields)).complaint
    assert result == Complaint(feedback_type, recipient, "t.1@desk.test")


def test_b9_a_complaint_that_hides_who_complained_names_nobody():
    hidden = part("To: redacted@y.test\r\nMessage-ID: t.2@desk.test\r\n", "text/rfc822-headers")
    result = parse(complaint("Feedback-Type: abuse", hidden)).complaint
    assert result == Complaint("abuse", "", "t.2@desk.test")


def test_b9_a_report_in_a_plain_multipart_is_a_complaint_too():
    raw = complaint("Feedback-Type: abuse").replace(b"multipart/report; report", b"multipart/x; x")
    assert parse(raw).auto.kind == "complaint"


def test_b9_the_form_of_microsoft_is_read():
    returned = part(
        "X-HmXmrOriginalRecipient: ana@hotmail.test\r\nTo: x@y.test\r\n"
        "Message-ID: <t.3@desk.test>\r\n\r\nwords",
        "message/rfc822",
    )
    subject = "complaint about message from 192.0.2.1"
    result = parse(multipart("mixed", returned, From="staff@hotmail.com", Subject=subject))
    assert result.auto.kind == "complaint"
    assert result.complaint == Complaint("abuse", "ana@hotmail.test", "t.3@desk.test")


def test_b9_a_person_who_complains_about_a_message_stays_a_person():
    subject = "Complaint about message from your shop"
    result = parse(multipart("mixed", part("It was rude."), OURS, Subject=subject))
    assert (result.auto.kind, result.complaint) == ("none", None)


def test_b9_the_notice_of_a_sending_service_is_read():
    notice = {
        "notificationType": "Complaint",
        "complaint": {"complainedRecipients": [{"emailAddress": "ana@x.test"}]},
        "mail": {"headers": [{"name": "Message-ID", "value": "<t.4@desk.test>"}]},
    }
    result = parse(mail(json.dumps(notice), From="no-reply@sns.amazonaws.com"))
    assert result.auto.kind == "complaint"
    assert result.complaint == Complaint("abuse", "ana@x.test", "t.4@desk.test")


def test_b10_a_read_receipt_tells_who_read_which_mail():
    # RFC 8098 section 9
    fields = (
        "Reporting-UA: joes-pc.cs.example.com; Foomail 97.1\r\n"
        "Original-Recipient: rfc822;Joe_Recipient@example.com\r\n"
        "Final-Recipient: rfc822;Joe_Recipient@example.com\r\n"
        "Original-Message-ID: <199509192301.23456@example.org>\r\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\r\n"
    )
    result = parse(receipt(fields))
    assert result.auto.kind == "read_receipt"
    assert result.receipt == Receipt(
        "displayed", "Joe_Recipient@example.com", "199509192301.23456@example.org"
    )


@pytest.mark.parametrize(
    ("disposition", "subject", "expected"),
    [
        ("automatic-action/MDN-sent-automatically; deleted", "Não lida: x", "deleted"),
        ("automatic-action/MDN-sent-automatically;\r\n displayed/error", "x", "displayed"),
        ("manual-action/MDN-sent-manually; Processed (by rule)", "x", "processed"),
        ("automatic-action/MDN-sent-automatically; dispatched", "x", "dispatched"),
        ("manual-action/MDN-sent-manually; denied", "x", ""),
        ("", "Lida: Boleto", "displayed"),
        ("", "Leído: Boleto", "displayed"),
        ("", "Read: Boleto", "displayed"),
        ("", "Gelesen: Boleto", "displayed"),
        ("", "Not read: Boleto", "deleted"),
        ("", "Não lida: Boleto", "deleted"),
        ("", "Ungelesen: Boleto", "deleted"),
        ("", "Boleto", ""),
    ],
)
def test_b10_dispositions(disposition: str, subject: str, expected: str):
    raw = receipt(f"Final-Recipient: rfc822;a@x.test\r\nDisposition: {disposition}\r\n", subject)
    result = parse(raw).receipt
    assert result is not None
    assert result.disposition == expected


def test_b10_a_receipt_without_fields_tells_what_it_answers():
    raw = receipt("", In_Reply_To="<t.5@desk.test>")
    assert parse(raw).receipt == Receipt("displayed", "", "t.5@desk.test")


def test_b10_a_receipt_from_the_null_path_is_no_bounce():
    fields = "Final-Recipient: rfc822;a@x.test\r\nDisposition: a/b; displayed"
    result = parse(receipt(fields, "Undeliverable: x", Return_Path="<>"))
    assert (result.auto.kind, result.bounces) == ("read_receipt", ())


def test_b10_a_person_whose_subject_begins_like_a_receipt_stays_a_person():
    result = parse(mail(Subject="Lida: sua proposta"))
    assert (result.auto.kind, result.receipt) == ("none", None)
